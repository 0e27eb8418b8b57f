"""Score -> Notice or nothing: the threshold, the floor of evidence, who is named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.classes import UNKNOWN, attack_class
from netheed.core.acts import Acts
from netheed.core.features import HostWindows
from netheed.core.hour_vector import HOURS as STEPS
from netheed.core.life_vector import known, plain
from netheed.core.lives import LONG
from netheed.core.names import Names
from netheed.core.state import State
from netheed.core.vector import FEATURES
from netheed.pipeline import Scores, Verdict
from netheed.records import Driver, Notice, Severity
from netheed.scales import HOURS, MINUTE, PAIR
from netheed.triage.drivers import Drivers
from netheed.triage.evidence import evidence_of, peer_row
from netheed.triage.repeats import Repeats

SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high", "critical")
_INDEX: Final = {name: position for position, name in enumerate(FEATURES)}

FEWEST_CONNECTIONS: Final = 5
"""Of a pair, or one of LONG, before its life is told: below it there is too little to speak of."""


@dataclass(slots=True, kw_only=True)
class Triage:
    """Decides what the analyst sees. Remembers only what it has told."""

    drivers: Drivers
    model: str
    """Id of the model whose scores come."""
    p_value: float
    """A window at most this probable among normal ones is noticed."""
    repeats: Repeats
    config: str
    """Hash of the configuration in force."""
    names: Names = field(default_factory=Names)
    """What hosts call their peers: the core's."""
    acts: Acts = field(default_factory=Acts)
    """What signatures are called: the core's."""

    def notices(self, windows: HostWindows, scores: Scores) -> list[Notice]:
        """The notices of one tick, in the order of its hosts."""
        self.repeats.purge(windows.tick.end)
        odd = np.flatnonzero(scores.p_value <= self.p_value)
        found = (self._notice(windows, scores, int(at)) for at in odd)
        return [notice for notice in found if notice is not None]

    def snapshot(self) -> State:
        """What has been told."""
        return self.repeats.snapshot()

    def restore(self, state: State) -> None:
        """Take up what another instance with the same settings gave."""
        self.repeats.restore(state)

    def _notice(self, windows: HostWindows, scores: Scores, at: int) -> Notice | None:
        """By the first verdict that has evidence and has not been told."""
        host, site, tick = windows.names[at], windows.sites[at], windows.tick
        for verdict, p_value in verdicts(windows, scores, at, self.p_value):
            kind, probability = kind_of(verdict.kinds, verdict.names)
            if not has_evidence(windows, verdict, at, kind):
                continue
            severity = severity_of(p_value, probability, kind)
            row = row_of_peer(windows, verdict, at, kind)
            peer = windows.peer_at(row) if row >= 0 else None
            same = self.repeats.same(site, host, kind, peer, verdict.scale)
            if self.repeats.again(same, tick.end, severity):
                continue
            return Notice(
                id=_identity(host, site, tick.start, self.model),
                host=host,
                site=site or None,
                peer=peer,
                peer_name=self.names.text(windows.called[row]),
                alerts=self._alerts(windows, at, row),
                start=tick.start,
                end=tick.end,
                connections=int(windows.connections[at]),
                sampled=float(windows.sampled[at]),
                score=verdict.score,
                p_value=p_value,
                severity=SEVERITIES[severity],
                kind=kind,
                kind_probability=probability,
                scale=verdict.scale,
                techniques=attack_class(kind).techniques,
                drivers=self._drivers(windows, verdict, at),
                evidence=evidence_of(windows, at, row),
                model=self.model,
                config=self.config,
            )
        return None

    def _alerts(self, windows: HostWindows, at: int, row: int) -> tuple[str, ...]:
        """With the peer of a host-row, or of the host where no peer is named."""
        return tuple(filter(None, map(self.acts.text, windows.raised.at(at, row))))

    def _drivers(self, windows: HostWindows, verdict: Verdict, at: int) -> tuple[Driver, ...]:
        if verdict.scale == PAIR:
            return self.drivers.of_pair(windows, verdict.look)
        if verdict.scale == HOURS:
            return self.drivers.of_hours(windows, verdict.look)
        return self.drivers.of(windows, at)


def kind_of(kinds: NDArray[np.float32], names: tuple[str, ...]) -> tuple[str, float]:
    """The likeliest kind; `unknown` where the model leans to benign and yet finds it odd.

    The probability is the kind's, for `unknown` that of any attack.
    """
    best = int(np.argmax(kinds))
    if best == 0:
        return UNKNOWN, 1.0 - float(kinds[0])
    return names[best], float(kinds[best])


def verdicts(
    windows: HostWindows, scores: Scores, at: int, most: float
) -> Iterator[tuple[Verdict, float]]:
    """What a host may be told by, and the p-value: its oddest look with that of all together.

    Then each other look that is odd enough by itself, with its own. So neither a minute with too
    little in it nor the pair that was told yesterday hides what another look has found, and none
    borrows what that one found. `most` is the threshold; a pair's p-value counts times their
    number.
    """
    first = scores.by(at)
    yield first, float(scores.p_value[at])
    pairs = np.flatnonzero(windows.lives.host == at)
    p_values = scores.pairs.p_value[pairs] * len(pairs)
    minute, _, hours = scores.p_values[:, at].tolist()
    own = int(scores.own_hours[at])
    looks = [(p, PAIR, pair) for p, pair in zip(p_values.tolist(), pairs.tolist(), strict=True)]
    looks += [(minute, MINUTE, -1), (hours, HOURS, own)]
    # What says nothing is NaN, and not odd enough.
    others = [look for look in looks if look[0] <= most and look[1:] != (first.scale, first.look)]
    for p_value, scale, look in sorted(others, key=lambda each: each[0]):
        verdict = scores.of_minute(at) if scale == MINUTE else scores.of_look(scale, look)
        yield verdict, p_value


def has_evidence(windows: HostWindows, verdict: Verdict, at: int, kind: str) -> bool:
    """Whether there is what a notice of the kind needs, in what the verdict looked at."""
    if verdict.scale == PAIR:
        life = windows.lives.context[verdict.look]
        often = round(known(life, "connections")) >= FEWEST_CONNECTIONS
        return often or known(life, "longest") >= LONG
    if verdict.scale == HOURS:
        return _over_hours(windows, verdict.look, attack_class(kind).hours_floor)
    values, floor = windows.values[at], attack_class(kind).floor
    return all(bool(values[_INDEX[name]] >= least) for name, least in floor.items())


def _over_hours(windows: HostWindows, look: int, floor: Mapping[str, float]) -> bool:
    """Whether the hours that are kept come to these sums; float16 steps make them a little off."""
    steps = plain(windows.hours.steps[look][windows.hours.there[look]], STEPS)
    sums = dict(zip(STEPS, steps.sum(axis=0).tolist(), strict=True))
    return all(sums[name] >= 0.99 * least for name, least in floor.items())


def row_of_peer(windows: HostWindows, verdict: Verdict, at: int, kind: str) -> int:
    """The host-row of the one peer that a notice names, -1 where no single one is the reason."""
    if verdict.scale == PAIR:
        return int(windows.lives.row[verdict.look])
    # Hours look at no peer, and who is met in this minute need not be the reason.
    return -1 if verdict.scale == HOURS else peer_row(windows, at, kind)


def severity_of(p_value: float, probability: float, kind: str) -> int:
    """Index into SEVERITIES: from how rare the window is, up to medium for an unknown kind."""
    level = sum(p_value <= bound for bound in (1e-3, 3e-4))
    if attack_class(kind) is attack_class(UNKNOWN):
        return min(level, 1)
    return level + (probability >= 0.9)


def _identity(host: str, site: str, start: float, model: str) -> str:
    """Equal for the same window of the same host under the same model."""
    where = f"{site}/{host}" if site else host
    return blake2b(f"{where} {start:.6f} {model}".encode(), digest_size=10).hexdigest()

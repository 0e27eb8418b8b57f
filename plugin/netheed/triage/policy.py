"""Score -> Notice or nothing: the threshold, the floor of evidence, the suppression of repeats."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.classes import CLASSES, UNKNOWN, attack_class
from netheed.core.features import HostWindows
from netheed.core.vector import FEATURES, transform
from netheed.model.scorer import Ranges, Scorer
from netheed.pipeline import Scores
from netheed.records import Connection, Driver, Notice, Outcome, Severity

SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high", "critical")
_INDEX: Final = {name: position for position, name in enumerate(FEATURES)}
ONE_PEER: Final = 0.8
"""A peer with this share of the connections is the reason where the kind names none."""
DRIVERS: Final = 5
ROUNDING: Final = 0.02
"""On the transformed scale, about 2 %: sequences keep float16."""
EVIDENCE: Final = 5


@dataclass(slots=True, kw_only=True)
class Triage:
    """Decides what the analyst sees. Keeps only what it needs to recognise repeats."""

    scorer: Scorer
    p_value: float
    """A window at most this probable among normal ones is noticed."""
    repeat_after: float
    """Seconds for which the same kind at the same host is not noticed again."""
    config: str
    """Hash of the configuration in force."""
    _last: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)

    def notices(self, windows: HostWindows, scores: Scores) -> list[Notice]:
        """The notices of one tick, in the order of its hosts."""
        odd = np.flatnonzero(scores.p_value <= self.p_value)
        found = (self._notice(windows, scores, int(host)) for host in odd)
        return [notice for notice in found if notice is not None]

    def _notice(self, windows: HostWindows, scores: Scores, host: int) -> Notice | None:
        kind, probability = self._kind(scores, host)
        values = windows.values[host]
        if any(values[_INDEX[name]] < least for name, least in attack_class(kind).floor.items()):
            return None
        severity = _severity(float(scores.p_value[host]), probability, kind)
        name = windows.names[host]
        if self._is_repeat(name, kind, windows.tick.end, severity):
            return None
        peer_row = _peer_row(windows, host, kind)
        peer = windows.peer_at(peer_row) if peer_row >= 0 else None
        return Notice(
            id=_identity(name, windows.tick.start, self.scorer.manifest.id),
            host=name,
            peer=peer,
            start=windows.tick.start,
            end=windows.tick.end,
            connections=int(windows.connections[host]),
            score=float(scores.score[host]),
            p_value=float(scores.p_value[host]),
            severity=SEVERITIES[severity],
            kind=kind,
            kind_probability=probability,
            techniques=attack_class(kind).techniques,
            drivers=self._drivers(windows, scores, host),
            evidence=_evidence(windows.connections_of(host), name, peer),
            model=self.scorer.manifest.id,
            config=self.config,
        )

    def _kind(self, scores: Scores, host: int) -> tuple[str, float]:
        """The likeliest kind; `unknown` where the model leans to benign and yet finds it odd.

        The probability is the kind's, for `unknown` that of any attack.
        """
        kinds = scores.kinds[host]
        best = int(np.argmax(kinds))
        if best == 0:
            return UNKNOWN, 1.0 - float(kinds[0])
        return self.scorer.manifest.kinds[best], float(kinds[best])

    def _is_repeat(self, host: str, kind: str, now: float, severity: int) -> bool:
        """True within `repeat_after` of the last notice, unless the severity has risen."""
        last = self._last.get((host, kind))
        if last and now - last[0] < self.repeat_after and severity <= last[1]:
            return True
        self._last[host, kind] = (now, severity)
        return False

    def _drivers(self, windows: HostWindows, scores: Scores, host: int) -> tuple[Driver, ...]:
        """The features whose return to the usual takes most of the score away.

        Each feature alone is put back to its usual value in the newest window and the sequence is
        scored again: occlusion (Zeiler and Fergus 2014), checked on the model itself. Features
        inside their usual range are no reason while there is one outside.
        """
        word = windows.rows.hosts[host : host + 1]
        values = windows.values[host]
        usual, is_own = self._usual(values, self.scorer.own_range(word))
        peers = self.scorer.peers_range(word)
        effects = self._effects(scores.sequences[host], scores.mask[host], usual)
        outside = _outside(values, usual) & (np.array(list(FEATURES)) != "age")
        telling = (effects > 0) & outside
        chosen = telling if telling.any() else effects > 0
        order = [int(at) for at in np.argsort(-effects, kind="stable") if chosen[at]][:DRIVERS]
        names = list(FEATURES.items())
        return tuple(
            Driver(
                feature=names[at][0],
                unit=names[at][1].unit,
                value=float(values[at]),
                usual_low=float(usual.low[at]),
                usual_high=float(usual.high[at]),
                usual_from="host" if is_own[at] else "model",
                peers_low=float(peers.low[at]) if peers else None,
                peers_high=float(peers.high[at]) if peers else None,
                effect=float(effects[at]),
            )
            for at in order
        )

    def _usual(
        self, values: NDArray[np.float32], own: Ranges | None
    ) -> tuple[Ranges, NDArray[np.bool_]]:
        """What is usual of each feature, and whether that is the host's own range.

        The model's benign range stands in for a new host, and for a feature that is inside the
        host's own range: an attack of hours has become usual for its host.
        """
        model = self.scorer.usual
        if own is None:
            return model, np.zeros(len(values), dtype=np.bool_)
        is_own = _outside(values, own)
        mixed = Ranges(
            low=np.where(is_own, own.low, model.low),
            median=np.where(is_own, own.median, model.median),
            high=np.where(is_own, own.high, model.high),
            windows=own.windows,
        )
        return mixed, is_own

    def _effects(
        self, sequence: NDArray[np.float32], mask: NDArray[np.bool_], usual: Ranges
    ) -> NDArray[np.float32]:
        features = len(FEATURES)
        variants = np.repeat(sequence[None], features + 1, axis=0)
        each = np.arange(features)
        variants[each, -1, each] = transform(usual.median)
        score, _, _ = self.scorer.judge(variants, np.repeat(mask[None], features + 1, axis=0))
        effects: NDArray[np.float32] = score[-1] - score[:-1]
        return effects


def _outside(values: NDArray[np.float32], usual: Ranges) -> NDArray[np.bool_]:
    """Features beyond their range by more than what rounding of kept vectors can make."""
    at, low, high = transform(values), transform(usual.low), transform(usual.high)
    outside: NDArray[np.bool_] = (at < low - ROUNDING) | (at > high + ROUNDING)
    return outside


def _severity(p_value: float, probability: float, kind: str) -> int:
    """Index into SEVERITIES: from how rare the window is, up to medium for an unknown kind."""
    level = sum(p_value <= bound for bound in (1e-3, 3e-4))
    if attack_class(kind) is CLASSES[UNKNOWN]:
        return min(level, 1)
    return level + (probability >= 0.9)


def _identity(host: str, start: float, model: str) -> str:
    return blake2b(f"{host} {start:.6f} {model}".encode(), digest_size=10).hexdigest()


def _peer_row(windows: HostWindows, host: int, kind: str) -> int:
    """The host-row of the peer that is the reason, -1 where no single one is."""
    named = attack_class(kind).peer
    if named is not None:
        return int(getattr(windows, f"{named}_row")[host])
    busiest = int(windows.busiest_row[host])
    if busiest < 0:
        return -1
    own = windows.rows.by_host.ids == host
    share = np.mean(windows.rows.peer[own] == windows.rows.peer[busiest])
    return busiest if share >= ONE_PEER else -1


def _evidence(connections: list[Connection], host: str, peer: str | None) -> tuple[Connection, ...]:
    """Up to five: with the named peer first, then failed ones, then the largest."""

    def telling(connection: Connection) -> tuple[bool, bool, int, float]:
        other = connection.resp if connection.orig == host else connection.orig
        failed = connection.outcome in (Outcome.UNANSWERED, Outcome.REFUSED)
        size = (connection.orig_bytes or 0) + (connection.resp_bytes or 0)
        return (other != peer, not failed, -size, connection.start)

    return tuple(sorted(connections, key=telling)[:EVIDENCE])

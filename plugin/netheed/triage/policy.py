"""Score -> Notice or nothing: the threshold, the floor of evidence, the suppression of repeats."""

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.classes import UNKNOWN, attack_class
from netheed.core.features import HostWindows
from netheed.core.names import Names
from netheed.core.state import State, words
from netheed.core.vector import FEATURES
from netheed.pipeline import Scores
from netheed.records import Notice, Severity
from netheed.triage.drivers import Drivers
from netheed.triage.evidence import evidence_of, peer_row

SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high", "critical")
_INDEX: Final = {name: position for position, name in enumerate(FEATURES)}

Repeated = tuple[str, str, str]
"""Site, host, kind."""


@dataclass(slots=True, kw_only=True)
class Triage:
    """Decides what the analyst sees. Keeps only what it needs to recognise repeats."""

    drivers: Drivers
    model: str
    """Id of the model whose scores come."""
    p_value: float
    """A window at most this probable among normal ones is noticed."""
    repeat_after: float
    """Seconds for which the same kind at the same host is not noticed again."""
    config: str
    """Hash of the configuration in force."""
    names: Names = field(default_factory=Names)
    """What hosts call their peers: the core's."""
    _last: dict[Repeated, tuple[float, int]] = field(default_factory=dict)
    """End of the window and severity of the last notice."""
    _purged: float = -np.inf

    def notices(self, windows: HostWindows, scores: Scores) -> list[Notice]:
        """The notices of one tick, in the order of its hosts."""
        self._purge(windows.tick.end)
        odd = np.flatnonzero(scores.p_value <= self.p_value)
        found = (self._notice(windows, scores, int(at)) for at in odd)
        return [notice for notice in found if notice is not None]

    def snapshot(self) -> State:
        """The last notices."""
        last = np.array(list(self._last.values()), dtype=np.float64).reshape(-1, 2)
        return {
            "keys": words(text for key in self._last for text in key),
            "ends": last[:, 0],
            "severities": last[:, 1].astype(np.int64),
            "purged": np.array(self._purged),
        }

    def restore(self, state: State) -> None:
        """Take up what another instance with the same settings gave."""
        keys = iter(state["keys"].tolist())
        values = zip(state["ends"].tolist(), state["severities"].tolist(), strict=True)
        self._last = dict(zip(zip(keys, keys, keys, strict=True), values, strict=True))
        self._purged = float(state["purged"])

    def _notice(self, windows: HostWindows, scores: Scores, at: int) -> Notice | None:
        kind, probability = kind_of(scores, at)
        if not has_evidence(windows.values[at], kind):
            return None
        severity = severity_of(float(scores.p_value[at]), probability, kind)
        host, site, tick = windows.names[at], windows.sites[at], windows.tick
        if self._is_repeat((site, host, kind), tick.end, severity):
            return None
        peer = peer_row(windows, at, kind)
        return Notice(
            id=_identity(host, site, tick.start, self.model),
            host=host,
            site=site or None,
            peer=windows.peer_at(peer) if peer >= 0 else None,
            peer_name=self._name(windows, at, peer),
            start=tick.start,
            end=tick.end,
            connections=int(windows.connections[at]),
            score=float(scores.score[at]),
            p_value=float(scores.p_value[at]),
            severity=SEVERITIES[severity],
            kind=kind,
            kind_probability=probability,
            techniques=attack_class(kind).techniques,
            drivers=self.drivers.of(windows, at),
            evidence=evidence_of(windows, at, peer),
            model=self.model,
            config=self.config,
        )

    def _name(self, windows: HostWindows, at: int, peer: int) -> str | None:
        if peer < 0:
            return None
        return self.names.told(int(windows.rows.hosts[at]), int(windows.rows.peer[peer]))

    def _is_repeat(self, key: Repeated, now: float, severity: int) -> bool:
        """True within `repeat_after` of the last notice, unless the severity has risen."""
        last = self._last.get(key)
        if last and abs(now - last[0]) < self.repeat_after and severity <= last[1]:
            return True
        self._last[key] = (now, severity)
        return False

    def _purge(self, now: float) -> None:
        """Forget what repeats nothing any more, once in `repeat_after`."""
        if abs(now - self._purged) < self.repeat_after:
            return
        self._purged = now
        self._last = {
            key: last for key, last in self._last.items() if abs(now - last[0]) < self.repeat_after
        }


def kind_of(scores: Scores, at: int) -> tuple[str, float]:
    """The likeliest kind; `unknown` where the model leans to benign and yet finds it odd.

    The probability is the kind's, for `unknown` that of any attack.
    """
    kinds = scores.kinds[at]
    best = int(np.argmax(kinds))
    if best == 0:
        return UNKNOWN, 1.0 - float(kinds[0])
    return scores.names[best], float(kinds[best])


def has_evidence(values: NDArray[np.float32], kind: str) -> bool:
    """Whether one window, in the units of FEATURES, reaches the floor of its kind."""
    floor = attack_class(kind).floor
    return all(bool(values[_INDEX[name]] >= least) for name, least in floor.items())


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

"""What verdicts are worth: who was found and when, at which price on benign hosts."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nextafter
from typing import Final

import numpy as np

from netheed.training.judged import DEFAULT, Judged, Told, Window, noticed
from netheed.training.trials import Guilty, Trial, hour_of

HOURS: Final = 24
EARLY: Final = 600.0
CALIBRATED: Final = (0.1, 0.01, 0.001)
"""p-values whose share of benign windows is told."""
PER_HOST_DAY: Final = 1.0
RARELY: Final = 0.2
"""Notices per benign host and day that are the most to be borne."""
FALSE: Final = 1e-3
"""Share of benign windows that may be called odd."""
Verdict = tuple[Trial, Judged]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How one guilty host fared as configured."""

    kind: str
    """What the first right notice called it, empty without one."""
    scale: str
    """Which look raised that notice."""
    minutes: float | None
    """From its first connection to the end of the window of that notice."""
    calls: int | None
    """Of its connections that had ended by then."""
    peer: bool | None
    """Whether a right notice named the right peer; None where there is none to name."""
    notices: int
    """About it."""


def finding(guilty: Guilty, notices: Iterable[Told]) -> Finding:
    """A notice is right at its host while it lasts, whatever it calls the attack.

    One by the host's hours is right while they look back at it; see `Guilty.told`.
    """
    right = [n for n in notices if guilty.told(n.host, n.start, n.end, n.scale)]
    first = min(right, key=lambda notice: notice.end, default=None)
    return Finding(
        kind=first.kind if first else "",
        scale=first.scale if first else "",
        minutes=(first.end - guilty.begun) / 60 if first else None,
        calls=guilty.calls(first.end) if first else None,
        peer=any(n.peer == guilty.peer for n in right) if guilty.pair else None,
        notices=len(right),
    )


def needed(guilty: Guilty, windows: Iterable[Window]) -> float | None:
    """The p-value from which on it would be noticed; None where no window has the evidence."""
    about = (w for w in windows if w.evidence and guilty.told(w.host, w.start, w.end, w.scale))
    return min((window.p_value for window in about), default=None)


def others(trial: Trial, notices: Iterable[Told]) -> int:
    """Notices of a recording that are about nobody guilty."""
    return sum(
        not any(g.told(n.host, n.start, n.end, n.scale) for g in trial.guilty) for n in notices
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Benign:
    """Benign hosts of some trials, in the hours in which all is known of them."""

    windows: tuple[tuple[Window, ...], ...]
    """Of each trial, in order of time."""
    host_days: float
    """Active hours of hosts by 24: an hour counts when the host has a window in it."""
    all_host_days: float
    """The same of all hosts: what is not benign is attacked or not known."""
    notices: int
    """As configured."""
    early: int
    """Of these, those in the first EARLY seconds of a recording, by an empty memory."""

    @property
    def p_values(self) -> list[float]:
        """Of all windows, ascending."""
        return sorted(window.p_value for part in self.windows for window in part)

    def share(self, p_value: float) -> float:
        """Of the windows, those with at most this p-value; NaN without any."""
        found = self.p_values
        return bisect_right(found, p_value) / len(found) if found else float("nan")

    def noticed(self, p_value: float) -> int:
        """Notices at another p-value."""
        return sum(len(noticed(part, p_value)) for part in self.windows)

    def rate(self, p_value: float) -> float:
        """Notices per host and day at another p-value, NaN without hosts."""
        return self.noticed(p_value) / self.host_days if self.host_days else float("nan")


def benign(verdicts: Iterable[Verdict]) -> Benign:
    """The benign part of some trials."""
    parts, hours, every, notices, early = [], 0, 0, 0, 0
    for trial, judged in verdicts:
        parts.append(tuple(w for w in judged.windows if trial.benign(w.host, w.end)))
        hours += _hours(parts[-1])
        every += _hours(judged.windows)
        ends = [n.end for n in judged.notices if trial.benign(n.host, n.end)]
        begun = min((connection.start for connection in trial.recording.connections), default=0.0)
        notices, early = notices + len(ends), early + sum(end <= begun + EARLY for end in ends)
    return Benign(
        windows=tuple(parts),
        host_days=hours / HOURS,
        all_host_days=every / HOURS,
        notices=notices,
        early=early,
    )


def _hours(windows: Iterable[Window]) -> int:
    return len({(window.host, hour_of(window.end)) for window in windows})


def at_notices(benign: Benign, per_host_day: float = PER_HOST_DAY) -> float:
    """The highest p-value whose notices on benign hosts are at most so many a host and day."""
    evident = {w.p_value for part in benign.windows for w in part if w.evidence}
    candidates = sorted(evident)
    first = bisect_right(candidates, per_host_day * benign.host_days, key=benign.noticed)
    return nextafter(candidates[first], 0.0) if first < len(candidates) else 1.0


def at_windows(benign: Benign, rate: float = FALSE) -> float:
    """The highest p-value that at most a share `rate` of the benign windows have."""
    found = benign.p_values
    allowed = int(rate * len(found))
    return nextafter(found[allowed], 0.0) if allowed < len(found) else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Of one kind, at one p-value."""

    guilty: int
    noticed: int
    """Guilty hosts that triage would tell."""
    windows: int
    odd: int
    """Windows of an attack, and those of them with at most the p-value."""
    minutes: float
    """Median to the first notice over those noticed, NaN without any."""


def recall(verdicts: Sequence[Verdict], p_value: float) -> dict[str, Recall]:
    """Kind -> what would be found of it, by the rules of triage at another p-value."""
    found: dict[str, list[tuple[float, int, int]]] = defaultdict(list)
    for trial, judged in verdicts:
        told = told_at(judged, p_value)
        for guilty in trial.guilty:
            minutes = finding(guilty, told).minutes
            hit = [
                w for w in judged.windows if w.host == guilty.host and guilty.met(w.start, w.end)
            ]
            odd = sum(window.p_value <= p_value for window in hit)
            found[guilty.kind].append((np.nan if minutes is None else minutes, len(hit), odd))
    return {kind: _recall(each) for kind, each in sorted(found.items())}


def _recall(each: list[tuple[float, int, int]]) -> Recall:
    minutes = [after for after, _, _ in each if not np.isnan(after)]
    return Recall(
        guilty=len(each),
        noticed=len(minutes),
        windows=sum(windows for _, windows, _ in each),
        odd=sum(odd for _, _, odd in each),
        minutes=float(np.median(minutes)) if minutes else float("nan"),
    )


def told_at(judged: Judged, p_value: float) -> list[Told]:
    """The notices that triage would give at another p-value."""
    return [
        Told(w.host, w.peer, w.kind, w.start, w.end, w.p_value, w.score, w.scale)
        for w in noticed(judged.windows, p_value)
    ]


def configured() -> float:
    """The p-value of the default settings."""
    return DEFAULT.p_value

"""How far one origin of records (a file, a socket) has come in event time.

The frontier believes a time when three records have reached it, so that one or two with a wrong
date move nothing. A *leap* of more than an hour is believed only when 32 records in a row lie
beyond it, and as far as all of them have come: a few records from 2096 among today's are no proof,
after a quiet night neither. Should 32 be wrong all the same, then 32 records in a row that come
more than an hour too late say so, and the frontier falls back as far as all of them have come.
While a leap is not believed yet, only a clock moves the frontier (`advance`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from netheed.core.segments import Floats, Mask
from netheed.core.state import State

CONFIRMING: Final = 3
"""So many records must have reached a time before it is believed."""
LEAP: Final = 3600.0
"""Seconds. No lateness is so long that records farther apart are neighbours."""
SUSTAINED: Final = 32
"""So many records in a row prove a leap, or that one was none."""


@dataclass(slots=True)
class Frontier:
    """The confirmed time of one origin."""

    lateness: float = 0.0
    """Seconds by which its records may be behind their newest."""
    top: Floats = field(default_factory=lambda: np.full(CONFIRMING, -np.inf, dtype=np.float64))
    """The largest believed starts, descending."""
    ahead: list[float] = field(default_factory=list)
    """Starts beyond a leap, in a row up to now."""
    behind: list[float] = field(default_factory=list)
    """Starts of records that came a leap too late, in a row up to now."""

    @property
    def reached(self) -> float:
        """The confirmed time, -inf before the third record."""
        return float(self.top[-1])

    @property
    def watermark(self) -> float:
        """No record is waited for that is older."""
        # With nothing to come even an unbounded lateness waits for nobody.
        return self.reached if np.isinf(self.reached) else self.reached - self.lateness

    @property
    def earliest(self) -> float:
        """The confirmed time, or the least that any record says where too few have come for one."""
        known = self.top[np.isfinite(self.top)]
        return float(known[-1]) if len(known) else -np.inf

    def advance(self, time: float) -> None:
        """Somebody with a clock says that the origin has come so far."""
        self.top = np.maximum(self.top, time)
        self.ahead.clear()

    def pass_(self, starts: Floats) -> Floats:
        """The confirmed time before each record, after having seen those ahead of it.

        Running k-th maximum in k passes: what the running maximum displaces goes to the next rank.
        """
        unknown = int(np.count_nonzero(np.isneginf(self.top)))
        if 0 < unknown < len(starts):
            return np.concatenate((self.pass_(starts[:unknown]), self.pass_(starts[unknown:])))
        if not unknown and starts.max(initial=-np.inf) > self.top[-1] + LEAP:
            return np.array(list(self._pass_each(starts.tolist())))
        if len(starts):
            self.ahead.clear()
        rest = running = starts
        for rank in range(CONFIRMING):
            running = np.maximum.accumulate(np.concatenate((self.top[rank : rank + 1], rest)))
            rest = np.minimum(rest, running[:-1])
            self.top[rank] = running[-1]
        return running[:-1]

    def _pass_each(self, starts: list[float]) -> Iterator[float]:
        """The same one by one, where a leap may be among them."""
        first, second, third = self.top.tolist()
        for start in starts:
            yield third
            if start > third + LEAP:
                self.ahead.append(start)
                if len(self.ahead) < SUSTAINED:
                    continue
                # What all of them have passed: some may be wrong by years for all that.
                first = second = third = min(self.ahead)
                self.ahead.clear()
                continue
            self.ahead.clear()
            if start > first:
                first, second, third = start, first, second
            elif start > second:
                second, third = start, second
            elif start > third:
                third = start
        self.top = np.array([first, second, third])

    def follow(self, starts: Floats) -> None:
        """Pass records for one who only wants to know how far they have come."""
        while len(starts):
            before = self.pass_(starts)
            last = self.contradicted(starts, starts < before - 2 * LEAP)
            if last is None:
                return
            self.fall_back()
            starts = starts[last + 1 :]

    def contradicted(self, starts: Floats, far_late: Mask) -> int | None:
        """Where in the batch the record stands that proves the frontier wrong; None without one.

        `far_late` says which records came more than a leap too late. Records behind the one that
        is returned are not seen yet.
        """
        if not far_late.any():
            if len(starts):
                self.behind.clear()
            return None
        for at, (start, late) in enumerate(zip(starts.tolist(), far_late.tolist(), strict=True)):
            if not late:
                self.behind.clear()
                continue
            self.behind.append(start)
            if len(self.behind) == SUSTAINED:
                return at
        return None

    def fall_back(self) -> None:
        """Believe the records that came too late, as far as all of them have come."""
        self.top = np.full(CONFIRMING, min(self.behind))
        self.behind.clear()
        self.ahead.clear()

    def snapshot(self) -> State:
        """The believed starts and both rows of doubts."""
        return {
            "lateness": np.array(self.lateness),
            "top": self.top,
            "ahead": np.array(self.ahead, dtype=np.float64),
            "behind": np.array(self.behind, dtype=np.float64),
        }

    @classmethod
    def restored(cls, state: State) -> "Frontier":
        """The inverse of `snapshot`. Raises KeyError or ValueError for another's."""
        shapes = [state[name].ndim for name in ("ahead", "behind")]
        if state["top"].shape != (CONFIRMING,) or shapes != [1, 1]:
            raise ValueError("a watermark of another shape")
        lateness, doubts = float(state["lateness"]), (state["ahead"], state["behind"])
        return cls(lateness, state["top"].copy(), *(doubt.tolist() for doubt in doubts))

"""Which windows are closed for good, by number: so that none closes twice when time falls back."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from netheed.core.segments import Ints, Mask

GAP: Final = 60
"""Windows. Whoever closes one has passed so many before it, though they were empty."""
MOST: Final = 4096
"""Ranges that are remembered; those of the lowest numbers are forgotten first."""


@dataclass(slots=True)
class Closed:
    """Ranges of numbers, ascending, that do not touch each other."""

    firsts: list[int] = field(default_factory=list)
    lasts: list[int] = field(default_factory=list)

    def add(self, index: int) -> None:
        """A window has closed, and with it the empty ones between it and the last before."""
        at = bisect_right(self.firsts, index) - 1
        if at >= 0 and index <= self.lasts[at]:
            return
        if at >= 0 and index - self.lasts[at] <= GAP:
            self.lasts[at] = index
        else:
            at += 1
            self.firsts.insert(at, index)
            self.lasts.insert(at, index)
        if at + 1 < len(self.firsts) and self.firsts[at + 1] == index + 1:
            self.lasts[at] = self.lasts.pop(at + 1)
            del self.firsts[at + 1]
        if len(self.firsts) > MOST:
            del self.firsts[0], self.lasts[0]

    def holds(self, index: Ints) -> Mask:
        """Which of these windows are closed."""
        if not self.firsts or index.min(initial=self.lasts[-1] + 1) > self.lasts[-1]:
            return np.zeros(len(index), dtype=np.bool_)
        at = np.searchsorted(self.firsts, index, side="right") - 1
        held: Mask = (at >= 0) & (index <= np.array(self.lasts)[at])
        return held

    def ranges(self) -> Ints:
        """(ranges, 2): first and last of each."""
        return np.array([self.firsts, self.lasts], dtype=np.int64).T

    @classmethod
    def of(cls, ranges: Ints) -> "Closed":
        """The inverse of `ranges`. Raises ValueError where they do not ascend."""
        if ranges.dtype != np.int64 or ranges.ndim != 2 or (np.diff(ranges.ravel()) < 0).any():
            raise ValueError("ranges of closed windows that are none")
        return cls(ranges[:, 0].tolist(), ranges[:, 1].tolist())

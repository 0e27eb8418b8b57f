"""Rows brought together by a key: sums, and what is carried from one row of a key to the next."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netheed.core.segments import Floats, Ints, Mask, Words, stable_order


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows brought together by a 64-bit key, or by a key and a tick."""

    keys: Words
    """The key of each group, ascending; one in several ticks stands for each, in their order."""
    order: Ints
    """Row numbers, key by key, each key's rows in their old order."""
    firsts: Ints
    """Where each key begins in `order`."""
    group: Ints
    """The key number of each entry of `order`."""

    @classmethod
    def by(cls, keys: Words, tick: Ints | None = None) -> "Grouped":
        """Bring the rows of each key together, or of each key in each tick; ticks ascend."""
        order = stable_order(keys)
        ranked = keys[order]
        new = np.ones(len(ranked), dtype=np.bool_)
        new[1:] = ranked[1:] != ranked[:-1]
        if tick is not None and len(tick) and tick[0] != tick[-1]:
            new[1:] |= tick[order[1:]] != tick[order[:-1]]
        firsts = np.flatnonzero(new)
        return cls(ranked[firsts], order, firsts, np.cumsum(new) - 1)

    def counts(self) -> Ints:
        """Rows of each group."""
        counts = np.empty_like(self.firsts)
        counts[:-1], counts[-1:] = self.firsts[1:], len(self.order)
        counts -= self.firsts
        return counts

    @property
    def lasts(self) -> Ints:
        """Where each group ends in `order`: its last entry."""
        return self.firsts + self.counts() - 1

    def rounds(self) -> Iterator[tuple[Ints, Ints]]:
        """First the first row of each group, then the second of those that have one, and so on.

        Gives the numbers of the groups and those of their rows.
        """
        counts = self.counts()
        for number in range(counts.max(initial=0)):
            groups = np.flatnonzero(counts > number)
            yield groups, self.order[self.firsts[groups] + number]

    def running(self, held: NDArray[Any], added: NDArray[Any]) -> Ints:
        """What each group has after each of its entries, which add to what it held.

        `added` is in the order of the groups, and so is what comes.
        """
        upto = np.cumsum(added, dtype=np.int64)
        before = upto[self.firsts] - added[self.firsts]
        after: Ints = upto + (held.astype(np.int64) - before)[self.group]
        return after

    def before(self, values: Floats, first: Floats) -> Floats:
        """For each row the value of the row before it in its group; `first` for each group's."""
        ordered = values[self.order]
        shifted = np.empty_like(ordered)
        shifted[1:] = ordered[:-1]
        shifted[self.firsts] = first
        result = np.empty_like(shifted)
        result[self.order] = shifted
        return result

    def carried(
        self, held: NDArray[Any], added: Floats, elapsed: Floats, constant: float
    ) -> Floats:
        """What fades exponentially and is added to, after each row.

        `held` is what each group has, and becomes what it has after its last row; `elapsed` is the
        time since the row before in seconds, as `constant` is.
        """
        decay = np.exp(-np.maximum(elapsed, 0.0) / constant)
        after = np.empty_like(added)
        for groups, rows in self.rounds():
            after[rows] = held[groups].astype(np.float64) * decay[rows] + added[rows]
            held[groups] = after[rows]
        return after

    def sum(self, values: Floats) -> Floats:
        """The sum of each key's values; values are in the order of the rows."""
        sums = np.bincount(self.group, weights=values[self.order], minlength=len(self.keys))
        return sums.astype(np.float64)

    def select(self, chosen: Mask) -> "Grouped":
        """Only the groups of `chosen`."""
        kept = chosen[self.group]
        return Grouped(
            self.keys[chosen],
            self.order[kept],
            np.cumsum(self.counts()[chosen]) - self.counts()[chosen],
            (np.cumsum(chosen) - 1)[self.group[kept]],
        )

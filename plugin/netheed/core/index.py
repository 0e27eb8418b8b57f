"""Sorted 64-bit keys with a number for each, in two parts.

Keys that came lately stand in a second, small index, so that a newcomer moves thousands of numbers
and not millions.
"""

from dataclasses import dataclass, field
from math import isqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.segments import Ints, Mask, Words

Numbers = NDArray[np.uint32]
LAST_SECOND: Final = 2.0**32 - 1
"""Of the times that such a number can be, in seconds since the epoch: in the year 2106."""
_FEWEST_LATE: Final = 1024


def _no_keys() -> Words:
    return np.empty(0, dtype=np.uint64)


def _no_numbers() -> Numbers:
    return np.empty(0, dtype=np.uint32)


@dataclass(frozen=True, slots=True)
class Index:
    """Sorted keys and a number for each: 12 bytes a key."""

    keys: Words = field(default_factory=_no_keys)
    numbers: Numbers = field(default_factory=_no_numbers)

    def place(self, keys: Words) -> tuple[Ints, Mask]:
        """Where each key stands, and whether it does; places of absent keys are junk."""
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.bool_)
        at = self.keys.searchsorted(keys)
        at[at == len(self.keys)] = 0
        return at, self.keys[at] == keys

    def with_(self, keys: Words, numbers: Numbers) -> "Index":
        """With more keys, sorted, none of which is here."""
        place = np.searchsorted(self.keys, keys) + np.arange(len(keys))
        ours = np.ones(len(self.keys) + len(keys), dtype=np.bool_)
        ours[place] = False
        merged = Index(np.empty(len(ours), dtype=np.uint64), np.empty(len(ours), dtype=np.uint32))
        merged.keys[place], merged.keys[ours] = keys, self.keys
        merged.numbers[place], merged.numbers[ours] = numbers, self.numbers
        return merged

    @classmethod
    def restored(cls, keys: Words, numbers: Numbers, limit: int) -> "Index":
        """Of keys that were saved. Raises ValueError where they are not as an index has them."""
        if len(keys) != len(numbers) or len(keys) > limit or not (keys[1:] > keys[:-1]).all():
            raise ValueError("keys that are no index")
        return cls(keys, numbers)

    def only(self, kept: Mask) -> "Index":
        """Without some of the keys."""
        return Index(self.keys[kept], self.numbers[kept])


@dataclass(slots=True)
class Indexes:
    """An index of most keys, and a small one of those that came lately."""

    main: Index = field(default_factory=Index)
    late: Index = field(default_factory=Index)

    def __len__(self) -> int:
        return len(self.main.keys) + len(self.late.keys)

    def insert(self, keys: Words, numbers: Numbers) -> None:
        """Put sorted keys in, none of which is here."""
        self.late = self.late.with_(keys, numbers)
        # Newcomers move half of the late keys, a merger moves all: the root of all balances them.
        if len(self.late.keys) > _FEWEST_LATE + 12 * isqrt(len(self.main.keys)):
            self.merge()

    def merge(self) -> None:
        """Put the late keys among the others."""
        if len(self.late.keys):
            self.main = self.main.with_(self.late.keys, self.late.numbers)
            self.late = Index()

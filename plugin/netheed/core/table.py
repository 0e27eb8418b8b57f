"""Bounded tables of plain columns under 64-bit keys: no Python object stands for a row.

A row keeps its number as long as its key is remembered. An index of sorted keys finds it; keys that
came lately stand in a second, small one, so that a newcomer moves thousands of numbers and not
millions. Room for all rows is asked for at once, and what was never written takes no memory.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.segments import Floats, Ints, Mask, Words
from netheed.core.state import State

Numbers = NDArray[np.int32]
Layout = Mapping[str, tuple[str, int | tuple[int, ...]]]
"""Name -> (dtype, shape of one entry); 0 is a plain number."""

_FEWEST_LATE: Final = 1024
LAST_SECOND: Final = 2.0**32 - 1


@dataclass(slots=True)
class Rows:
    """Rows of one layout that are taken and given back; those never taken come in order."""

    layout: Layout
    limit: int
    values: NDArray[Any] = field(init=False)
    """One structured entry a row."""
    used: int = 0
    """Rows below this number have been taken once."""
    free: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.int32))
    """Those that were given back, to be taken from the end."""

    def __post_init__(self) -> None:
        parts = [(name, dtype, shape or ()) for name, (dtype, shape) in self.layout.items()]
        self.values = np.zeros(self.limit, dtype=np.dtype(parts))

    @property
    def nbytes(self) -> int:
        """Bytes of the rows that have been taken, also of those given back."""
        return self.used * self.values.itemsize + self.free.nbytes

    def take(self, count: int) -> Numbers:
        """Numbers of so many rows, all zero."""
        left = max(len(self.free) - count, 0)
        again, self.free = self.free[left:], self.free[:left]
        more = np.arange(self.used, self.used + count - len(again), dtype=np.int32)
        self.used += len(more)
        self.values[again] = np.zeros((), dtype=self.values.dtype)
        return np.concatenate((again[::-1], more))

    def give_back(self, numbers: NDArray[np.integer[Any]]) -> None:
        """Let others have these rows."""
        self.free = np.concatenate((np.sort(numbers.astype(np.int32))[::-1], self.free))


@dataclass(frozen=True, slots=True)
class _Index:
    """Sorted keys and the row of each: 12 bytes a key."""

    keys: Words = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    rows: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.int32))

    def find(self, keys: Words) -> tuple[Numbers, Mask]:
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.int32), np.zeros(len(keys), dtype=np.bool_)
        at = self.keys.searchsorted(keys)
        at[at == len(self.keys)] = 0
        return self.rows[at], self.keys[at] == keys

    def with_(self, keys: Words, rows: Numbers) -> "_Index":
        """With more keys, sorted, none of which is here."""
        place = np.searchsorted(self.keys, keys) + np.arange(len(keys))
        ours = np.ones(len(self.keys) + len(keys), dtype=np.bool_)
        ours[place] = False
        merged = _Index(np.empty(len(ours), dtype=np.uint64), np.empty(len(ours), dtype=np.int32))
        merged.keys[place], merged.keys[ours] = keys, self.keys
        merged.rows[place], merged.rows[ours] = rows, self.rows
        return merged


@dataclass(slots=True)
class Table:
    """Columns under 64-bit keys, at most `limit` of them; the longest unseen go first.

    What `find` and `admit` call a position is the number of a row, which holds until the key goes.
    """

    layout: Layout
    """`seen` is always there: whole seconds, rounded down, where the layout says nothing else."""
    limit: int
    dropped: Callable[[Ints], None] = lambda _: None
    """Told which rows go, while they can still be read."""
    rows: Rows = field(init=False)
    _main: _Index = field(default_factory=_Index)
    _late: _Index = field(default_factory=_Index)

    def __post_init__(self) -> None:
        self.rows = Rows({"seen": ("u4", 0), **self.layout}, self.limit)

    def __len__(self) -> int:
        return len(self._main.keys) + len(self._late.keys)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A column of all rows, by their numbers."""
        column: NDArray[Any] = self.rows.values[name]
        return column

    @property
    def nbytes(self) -> int:
        """Bytes of all rows and of what finds them."""
        return self.rows.nbytes + 12 * len(self)

    def snapshot(self) -> State:
        """Keys, ascending, and the columns in their order."""
        keys, at = self.ascending()
        return {"keys": keys} | {name: self[name][at] for name in self.rows.layout}

    def restore(self, state: State) -> None:
        """Take up the rows of another table of the same layout and limit."""
        keys = state["keys"].astype(np.uint64)
        self.rows = Rows(self.rows.layout, self.limit)
        at = self.rows.take(len(keys))
        for name in self.rows.layout:
            self[name][at] = state[name]
        self._main, self._late = _Index(keys, at), _Index()

    def ascending(self) -> tuple[Words, Ints]:
        """All keys, ascending, and the position of each."""
        self._merge()
        return self._main.keys, self._main.rows.astype(np.int64)

    def find(self, keys: Words) -> tuple[Ints, Mask]:
        """The position of each key, and whether it is there; positions of absent keys are junk."""
        at, known = self._main.find(keys)
        if len(self._late.keys):
            late_at, late = self._late.find(keys)
            at[late] = late_at[late]
            known |= late
        return at.astype(np.int64), known

    def admit(
        self, keys: Words, now: float | Floats, found: tuple[Ints, Mask] | None = None
    ) -> tuple[Ints, Mask]:
        """Positions of distinct, sorted keys, after making room; True where a key is new.

        `now` is one time, or one for each key; `found` is what `find` has just said of these keys.
        New rows are zero but for `seen`. Raises ValueError when more keys than the limit come at
        once.
        """
        if len(keys) > self.limit:
            raise ValueError(f"{len(keys)} keys at once for a table of {self.limit}")
        at, known = found or self.find(keys)
        if not known.all():
            fresh = keys[~known]
            self._make_room(len(fresh), at[known])
            at = at.copy()
            at[~known] = self._insert(fresh)
        seen = self["seen"]
        whole = seen.dtype.kind == "u"
        seen[at] = np.minimum(np.maximum(now, 0.0), LAST_SECOND) if whole else now
        return at, ~known

    def _make_room(self, wanted: int, needed: Ints) -> None:
        """Drop the longest unseen; rows at `needed` stay, however many must go."""
        excess = len(self) + wanted - self.limit
        if excess <= 0:
            return
        # A sixteenth more than needed, so that a full table is not searched for every newcomer.
        excess = min(len(self) - len(needed), excess + self.limit // 16)
        self._merge()
        going = np.ones(self.limit, dtype=np.bool_)
        going[needed] = False
        # In the order of the keys: rows have other numbers after a restore, and the same must go.
        offered = self._main.rows[going[self._main.rows]]
        oldest = offered[np.argpartition(self["seen"][offered], excess - 1)[:excess]]
        self.dropped(oldest.astype(np.int64))
        self.rows.give_back(oldest)
        going[:] = False
        going[oldest] = True
        kept = ~going[self._main.rows]
        self._main = _Index(self._main.keys[kept], self._main.rows[kept])

    def _insert(self, fresh: Words) -> Numbers:
        at = self.rows.take(len(fresh))
        self._late = self._late.with_(fresh, at)
        # Newcomers move half of the late keys, a merger moves all: the root of all balances them.
        if len(self._late.keys) > _FEWEST_LATE + 12 * isqrt(len(self._main.keys)):
            self._merge()
        return at

    def _merge(self) -> None:
        if len(self._late.keys):
            self._main = self._main.with_(self._late.keys, self._late.rows)
            self._late = _Index()

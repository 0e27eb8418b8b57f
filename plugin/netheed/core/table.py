"""Bounded tables of plain columns under 64-bit keys: no Python object stands for a row.

A row keeps its number as long as its key is remembered, and an index finds it. Room for all rows is
asked for at once, and what was never written takes no memory.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.index import LAST_SECOND, Index, Indexes, Numbers
from netheed.core.segments import Floats, Ints, Mask, Words
from netheed.core.state import State

SMALL: Final = 2**20
"""Bytes up to which a table is of the heap."""
Layout = Mapping[str, tuple[str | np.dtype[Any], int | tuple[int, ...]]]
"""Name -> (dtype, shape of one entry); 0 is a plain number."""


def blank(count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """So many zeros that take memory when they are written first, and give it back at the end.

    Of the heap, which recycles, they would be written at once: a table of millions in each new
    memory of a site. Raises MemoryError.
    """
    size = count * dtype.itemsize
    if size < SMALL:
        return np.zeros(count, dtype=dtype)
    try:
        room = mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS)
    except OSError as error:
        raise MemoryError(f"{size} bytes for a table: {error.strerror}") from None
    return np.frombuffer(room, dtype=dtype, count=count)


@dataclass(slots=True)
class Rows:
    """Rows of one layout that are taken and given back; those never taken come in order."""

    layout: Layout
    limit: int
    values: NDArray[Any] = field(init=False)
    """One structured entry a row."""
    used: int = 0
    """Rows below this number have been taken once."""
    free: Numbers = field(default_factory=lambda: np.empty(0, dtype=np.uint32))
    """Those that were given back, to be taken from the end."""

    def __post_init__(self) -> None:
        parts = [(name, dtype, shape or ()) for name, (dtype, shape) in self.layout.items()]
        self.values = blank(self.limit, np.dtype(parts))

    @property
    def nbytes(self) -> int:
        """Bytes of the rows that have been taken, also of those given back."""
        return self.used * self.values.itemsize + self.free.nbytes

    def take(self, count: int) -> Numbers:
        """Numbers of so many rows, all zero."""
        left = max(len(self.free) - count, 0)
        again, self.free = self.free[left:], self.free[:left]
        more = np.arange(self.used, self.used + count - len(again), dtype=np.uint32)
        self.used += len(more)
        self.values[again] = np.zeros((), dtype=self.values.dtype)
        return np.concatenate((again[::-1], more))

    def give_back(self, numbers: NDArray[np.integer[Any]]) -> None:
        """Let others have these rows."""
        self.free = np.concatenate((np.sort(numbers.astype(np.uint32))[::-1], self.free))


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
    _index: Indexes = field(default_factory=Indexes)
    """Keys and their rows."""

    def __post_init__(self) -> None:
        self.rows = Rows({"seen": ("u4", 0), **self.layout}, self.limit)

    def __len__(self) -> int:
        return len(self._index)

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
        """Take up the rows of another table of the same layout and limit. Raises ValueError."""
        keys = state["keys"].astype(np.uint64)
        if len(keys) > self.limit:
            raise ValueError(f"{len(keys)} rows, more than the limit of {self.limit}")
        self.rows = Rows(self.rows.layout, self.limit)
        at = self.rows.take(len(keys))
        for name in self.rows.layout:
            self[name][at] = state[name]
        self._index = Indexes(Index.restored(keys, at, self.limit))

    def ascending(self) -> tuple[Words, Ints]:
        """All keys, ascending, and the position of each."""
        self._index.merge()
        return self._index.main.keys, self._index.main.numbers.astype(np.int64)

    def find(self, keys: Words) -> tuple[Ints, Mask]:
        """The position of each key, and whether it is there; positions of absent keys are junk."""
        main, late = self._index.main, self._index.late
        at, known = main.place(keys)
        rows = main.numbers[at] if len(main.keys) else np.zeros(len(keys), dtype=np.uint32)
        if len(late.keys):
            at, lately = late.place(keys)
            rows[lately] = late.numbers[at[lately]]
            known |= lately
        return rows.astype(np.int64), known

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
        self._index.merge()
        going = np.ones(self.limit, dtype=np.bool_)
        going[needed] = False
        rows = self._index.main.numbers
        # In the order of the keys: rows have other numbers after a restore, and the same must go.
        offered = rows[going[rows]]
        oldest = offered[np.argpartition(self["seen"][offered], excess - 1)[:excess]]
        self.dropped(oldest.astype(np.int64))
        self.rows.give_back(oldest)
        going[:] = False
        going[oldest] = True
        self._index.main = self._index.main.only(~going[rows])

    def _insert(self, fresh: Words) -> Numbers:
        at = self.rows.take(len(fresh))
        self._index.insert(fresh, at)
        return at

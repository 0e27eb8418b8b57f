"""Rows of one form in several lengths, each cut off behind what it holds.

A row that is filled from its beginning is nothing but zeros behind, and most rows never get long: a
short one is the beginning of a long one. What outgrows its row moves to a longer one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.index import Numbers
from netheed.core.segments import Ints
from netheed.core.table import Rows

_BITS: Final = 2
"""Of a number, the lower ones say which length the row has."""
_LENGTHS: Final = 2**_BITS
_MOST: Final = 2 ** (32 - _BITS)


@dataclass(slots=True)
class CutRows:
    """Rows of a structured form, found by their numbers; 0 is the number of none.

    A number holds until the row is written again with more in it, or given back.
    """

    form: np.dtype[Any]
    cuts: Mapping[int, int]
    """How many entries a row of so many bytes of the form holds, both ascending, the form last."""
    limit: int
    """Rows at the most, of whatever length."""
    _rows: list[Rows] = field(init=False)
    _filled: Ints = field(init=False)
    """Entries above which a row of each length but the last is too short."""

    def __post_init__(self) -> None:
        lengths = list(self.cuts.values())
        if lengths != sorted(lengths) or lengths[-1] != self.form.itemsize:
            raise ValueError(f"rows of {self.form.itemsize} bytes cut at {lengths}")
        if len(lengths) > _LENGTHS or self.limit >= _MOST:
            raise ValueError(f"{len(lengths)} lengths of {self.limit} rows")
        self._filled = np.array(list(self.cuts)[:-1])
        # Row 0 of each length is nobody's, so that no number of a row is 0.
        self._rows = [Rows({"kept": (f"V{length}", 0)}, self.limit + 1) for length in lengths]
        for rows in self._rows:
            rows.take(1)

    @property
    def nbytes(self) -> int:
        """Bytes of the rows that have been taken, also of those given back."""
        return sum(rows.nbytes for rows in self._rows)

    def read(self, numbers: Numbers) -> NDArray[np.void]:
        """The rows as the whole form has them, zero where nothing is; of no row all zero."""
        found = np.zeros(len(numbers), dtype=self.form)
        whole = _bytes(found)
        for rows, own, at in self._by_length(numbers):
            kept = _bytes(rows.values["kept"][at])
            whole[own, : kept.shape[1]] = kept
        return found

    def write(self, numbers: Numbers, values: NDArray[np.void], entries: Ints) -> Numbers:
        """Keep rows that hold so many entries from now on; gives their numbers.

        Distinct rows, or 0 for a new one. Where the row is too short it is given back and another
        one taken; none gets shorter.
        """
        length = np.searchsorted(self._filled, entries)
        moved = (numbers == 0) | (length > (numbers & (_LENGTHS - 1)))
        if moved.any():
            numbers, old = numbers.copy(), numbers[moved]
            numbers[moved] = self._take(length[moved])
            self.give_back(old)
        whole = _bytes(np.ascontiguousarray(values))
        for rows, own, at in self._by_length(numbers):
            kept = rows.values["kept"]
            kept[at] = whole[own, : kept.itemsize].view(kept.dtype)[:, 0]
        return numbers

    def give_back(self, numbers: Numbers) -> None:
        """Let others have these rows; numbers of none are left out."""
        for rows, _, at in self._by_length(numbers[numbers > 0]):
            rows.give_back(at)

    def _take(self, length: Ints) -> Numbers:
        numbers = length.astype(np.uint32)
        for rows, own, _ in self._by_length(numbers):
            numbers[own] |= rows.take(len(own)) << _BITS
        return numbers

    def _by_length(self, numbers: Numbers) -> Iterator[tuple[Rows, Ints, Ints]]:
        """Of each length that is there: all of its rows, which of the numbers, and their rows."""
        at, length = numbers.astype(np.int64) >> _BITS, numbers & (_LENGTHS - 1)
        for number in np.bincount(length).nonzero()[0].tolist():
            own = (length == number).nonzero()[0]
            yield self._rows[number], own, at[own]


def _bytes(values: NDArray[np.void]) -> NDArray[np.uint8]:
    """The same memory, (rows, bytes of the form)."""
    return values.view(np.uint8).reshape(len(values), values.dtype.itemsize)

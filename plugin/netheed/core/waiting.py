"""Rows that wait for the window of their time, in an order that no reading decides."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]


@dataclass(slots=True)
class Waiting:
    """Rows with a `time`; those of equal times stand in the order of `then`, the first first."""

    none: Rows
    """No rows, of the layout of all."""
    then: Sequence[str]
    _rows: Rows = field(init=False)
    """In order."""
    _came: list[Rows] = field(default_factory=list)
    """What came since."""

    def __post_init__(self) -> None:
        self._rows = self.none

    def __len__(self) -> int:
        return len(self._rows) + sum(map(len, self._came))

    @property
    def nbytes(self) -> int:
        """Bytes of all that waits."""
        return sum(rows.nbytes for rows in (self._rows, *self._came))

    def add(self, rows: Rows) -> None:
        """Let some more wait."""
        if len(rows):
            self._came.append(rows)

    def until(self, end: float) -> Rows:
        """What is of a time before the end of a window, in order; it waits no longer."""
        rows = self.all()
        later = int(np.searchsorted(rows["time"], end))
        # What is left must not keep all that was there.
        self._rows = rows[later:].copy() if 2 * later > len(rows) else rows[later:]
        return rows[:later]

    def all(self) -> Rows:
        """All that waits, in order."""
        if self._came:
            rows = np.concatenate([self._rows, *self._came])
            keys = [rows[name] for name in (*reversed(self.then), "time")]
            self._rows, self._came = rows[np.lexsort(keys)], []
        return self._rows

    def restore(self, rows: NDArray[Any]) -> None:
        """Take up what `all` of another gave. Raises ValueError."""
        if rows.dtype != self.none.dtype:
            raise ValueError("what waits has another shape")
        self._rows, self._came = rows, []

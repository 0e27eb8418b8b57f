"""Event time -> closed windows. No clock, no input or output.

A connection belongs to the tumbling window in which it *ended*: that is when both sensors know all
of it. The watermark follows the *starts*, because they advance evenly whether a log was written at
the end of each connection (Zeek, Suricata) or sorted by start afterwards; a connection of an hour
that stands early in a sorted file then opens a future window and does not make its neighbours late.

    starts seen     10 11 12 13 ...          watermark = third largest start - lateness
    window k        [60 k, 60 k + 60)        closes when every origin's watermark >= its end

The third largest, so that one or two records with a date in 2099 cannot close everything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.networks import AddressWords
from netheed.core.services import group_of_word
from netheed.records import Connection

Words = NDArray[np.uint64]
Rows = NDArray[np.void]

ROW: Final = np.dtype(
    [
        ("start", "f8"),
        ("duration", "f8"),
        ("orig", "u8"),
        ("resp", "u8"),
        ("resp_port", "i4"),
        ("orig_bytes", "f8"),
        ("resp_bytes", "f8"),
        ("orig_pkts", "f8"),
        ("resp_pkts", "f8"),
        ("outcome", "i1"),
        ("proto", "i1"),
        ("service", "i1"),
    ]
)
"""One connection as numbers, NaN where the sensor did not say; `service` is a group."""

CONFIRMING_STARTS: Final = 3
"""So many records must have reached a time before the watermark believes it."""

PROTOS: Final = {"tcp": 0, "udp": 1, "icmp": 2}
OTHER_PROTO: Final = 3


@dataclass(frozen=True, slots=True)
class Tick:
    """All connections that ended in one window, in an order that does not depend on arrival."""

    start: float
    end: float
    rows: Rows
    connections: NDArray[Any]
    """The Connection behind each row."""


@dataclass(slots=True)
class _Origin:
    """How far one origin of records (a file, a socket) has come."""

    top: NDArray[np.float64] = field(
        default_factory=lambda: np.full(CONFIRMING_STARTS, -np.inf, dtype=np.float64)
    )
    """The largest starts seen, descending."""

    def advance(self, starts: NDArray[np.float64]) -> NDArray[np.float64]:
        """The confirmed time before each record, after having seen those ahead of it.

        Running k-th maximum in k passes: what the running maximum displaces goes to the next rank.
        """
        rest = running = starts
        for rank in range(CONFIRMING_STARTS):
            running = np.maximum.accumulate(np.concatenate((self.top[rank : rank + 1], rest)))
            rest = np.minimum(rest, running[:-1])
            self.top[rank] = running[-1]
        return running[:-1]


@dataclass(slots=True, kw_only=True)
class Windows:
    """Collects connections until their window is closed by the watermark.

    The same connections give the same ticks in any order within `lateness`, in batches of any
    size, live or offline. Not thread-safe.
    """

    width: float = 60.0
    """Seconds."""
    lateness: float = 1500.0
    """Seconds by which a record may be behind its origin's newest. The sensors write a flow when
    its inactivity timeout has passed: up to 300 s (Zeek) or 600 s (Suricata) after its end. A
    Suricata that reads a capture writes flows up to 1,120 s behind the newest (measured)."""
    words: AddressWords = field(default_factory=AddressWords)
    late: int = 0
    """Connections that came too late for their window and were left out."""
    _origins: dict[str, _Origin] = field(default_factory=dict)
    _open: dict[int, list[tuple[Rows, NDArray[Any]]]] = field(default_factory=dict)
    _first_open: int | None = None
    """Every window below this number is closed for good."""

    def begin(self, origin: str) -> None:
        """Announce an origin; no window closes before its watermark has passed too."""
        self._origins.setdefault(origin, _Origin())

    def add(self, origin: str, batch: Sequence[Connection]) -> None:
        """Take a batch from an origin that has begun. Late connections are counted and dropped."""
        if not batch:
            return
        rows = self._rows(batch)
        ends = rows["start"] + np.nan_to_num(rows["duration"])
        index = np.floor(ends / self.width).astype(np.int64)
        watermark = self._origins[origin].advance(rows["start"]) - self.lateness
        timely = (index + 1) * self.width > watermark
        if self._first_open is not None:
            timely &= index >= self._first_open
        self.late += int(np.count_nonzero(~timely))
        connections = np.empty(len(batch), dtype=np.object_)
        connections[:] = batch
        self._file(index[timely], rows[timely], connections[timely])

    def finish(self, origin: str) -> None:
        """The origin has ended and holds nothing back any more."""
        self._origins.pop(origin, None)

    def reached(self, origin: str) -> float:
        """The time up to which an origin has come, -inf before its first confirmed record."""
        return float(self._origins[origin].top[-1])

    def closed(self) -> Iterator[Tick]:
        """The windows that every origin's watermark has passed, oldest first; each once."""
        watermark = min((o.top[-1] for o in self._origins.values()), default=np.inf)
        for index in sorted(self._open):
            if (index + 1) * self.width > watermark - self.lateness:
                return
            self._first_open = index + 1
            yield self._tick(index)

    def _rows(self, batch: Sequence[Connection]) -> Rows:
        """One pass a column over the batch: measured at half the cost of one tuple a connection."""
        rows = np.empty(len(batch), dtype=ROW)
        size, words = len(batch), self.words
        rows["start"] = np.fromiter([c.start for c in batch], np.float64, size)
        rows["duration"] = np.array([c.duration for c in batch], dtype=np.float64)
        rows["orig"] = np.fromiter([words[c.orig] for c in batch], np.uint64, size)
        rows["resp"] = np.fromiter([words[c.resp] for c in batch], np.uint64, size)
        rows["resp_port"] = np.fromiter([c.resp_port for c in batch], np.int32, size)
        rows["orig_bytes"] = np.array([c.orig_bytes for c in batch], dtype=np.float64)
        rows["resp_bytes"] = np.array([c.resp_bytes for c in batch], dtype=np.float64)
        rows["orig_pkts"] = np.array([c.orig_pkts for c in batch], dtype=np.float64)
        rows["resp_pkts"] = np.array([c.resp_pkts for c in batch], dtype=np.float64)
        rows["outcome"] = np.fromiter([c.outcome for c in batch], np.int8, size)
        rows["proto"] = np.fromiter(
            [PROTOS.get(c.proto, OTHER_PROTO) for c in batch], np.int8, size
        )
        rows["service"] = np.fromiter([group_of_word(c.service) for c in batch], np.int8, size)
        return rows

    def _file(self, index: NDArray[np.int64], rows: Rows, connections: NDArray[Any]) -> None:
        """Put each row into its open window."""
        order = np.argsort(index, kind="stable")
        numbers, firsts = np.unique(index[order], return_index=True)
        for number, part in zip(numbers.tolist(), np.split(order, firsts[1:]), strict=False):
            self._open.setdefault(number, []).append((rows[part], connections[part]))

    def _tick(self, index: int) -> Tick:
        parts = self._open.pop(index)
        rows = np.concatenate([part[0] for part in parts])
        connections = np.concatenate([part[1] for part in parts])
        order = _canonical_order(rows, connections)
        return Tick(
            start=index * self.width,
            end=(index + 1) * self.width,
            rows=rows[order],
            connections=connections[order],
        )


def _canonical_order(rows: Rows, connections: NDArray[Any]) -> NDArray[np.int64]:
    """By start, then by what is in the row, and where rows are equal by uid."""
    keys = [rows[name] for name in ("orig_bytes", "resp_port", "resp", "orig", "start")]
    order = np.lexsort(keys)
    equal = np.ones(len(order) - 1, dtype=np.bool_)
    for key in keys:
        ranked = key[order]
        # Unknown byte counts are NaN, which equals nothing: they are ties all the same.
        equal &= (ranked[1:] == ranked[:-1]) | (np.isnan(ranked[1:]) & np.isnan(ranked[:-1]))
    uids = [connection.uid for connection in connections.tolist()] if equal.any() else []
    for first, last in _runs(equal):
        tied = order[first:last]
        order[first:last] = sorted(tied.tolist(), key=lambda row: uids[row])
    return order


def _runs(equal: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Begin and end of the runs of rows that are equal to their neighbours."""
    edges = np.diff(np.concatenate(([False], equal, [False])).astype(np.int8))
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) + 1
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)

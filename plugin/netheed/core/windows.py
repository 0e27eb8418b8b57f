"""Event time -> closed windows. No clock, no input or output.

A connection belongs to the tumbling window in which it *ended*: that is when both sensors know all
of it. The watermark follows the *starts*, because they advance evenly whether a log was written at
the end of each connection (Zeek, Suricata) or sorted by start afterwards; a connection of an hour
that stands early in a sorted file then opens a future window and does not make its neighbours late.

    starts seen     10 11 12 13 ...          watermark = believed start (see watermark) - lateness
    window k        [60 k, 60 k + 60)        closes when every origin's watermark >= its end

What waits is bounded: past `max_rows` the oldest windows close early, past `max_open` the farthest
windows are shed. Both are counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netheed.core.closed import Closed
from netheed.core.columns import Columns, Rows
from netheed.core.segments import Ints, Mask, stable_order
from netheed.core.state import State, joined, part, words
from netheed.core.watermark import LEAP, Frontier
from netheed.records import Connection


@dataclass(frozen=True, slots=True)
class Tick:
    """All connections that ended in one window, in an order that does not depend on arrival."""

    start: float
    end: float
    rows: Rows
    """The connections as numbers."""
    columns: Columns
    """The same in the order of their arrival: few of them are ever told."""
    order: Ints
    """Where in `columns` each row stands."""

    def connections(self, rows: Ints) -> list[Connection]:
        """Some rows as the sensor told them."""
        return self.columns.connections(self.order[rows])


@dataclass(slots=True, kw_only=True)
class Windows:
    """Collects connections until their window is closed by the watermark.

    The same connections give the same ticks in any order within `lateness`, in batches of any
    size, live or offline, as long as the caps are not reached. Not thread-safe.
    """

    width: float = 60.0
    """Seconds."""
    lateness: float = 1500.0
    """Seconds by which a record may be behind its origin's newest, where that says no other.
    The sensors write a flow when its inactivity timeout has passed: up to 300 s (Zeek) or 600 s
    (Suricata) after its end. A Suricata that reads a capture writes flows up to 1,120 s behind the
    newest (measured)."""
    max_rows: int = 5_000_000
    """Connections that may wait, under 200 bytes each."""
    max_open: int = 1440
    """Windows that may be open at once."""
    late: int = 0
    """Connections that came too late for their window and were left out."""
    shed: int = 0
    """Connections left out because too many windows were open."""
    hurried: int = 0
    """Windows closed early because too many connections waited."""
    _waiting: int = 0
    _origins: dict[str, Frontier] = field(default_factory=dict)
    _open: dict[int, list[Columns]] = field(default_factory=dict)
    _first_open: int | None = None
    """Every window below this number is closed for good."""
    _closed: Closed = field(default_factory=Closed)
    _sealed: list[tuple[int, list[Columns]]] = field(default_factory=list)
    """Windows that were due when time fell back, and have not been given yet."""

    def begin(self, origin: str, lateness: float | None = None) -> None:
        """Announce an origin; no window closes before its watermark has passed too."""
        frontier = self._origins.setdefault(origin, Frontier())
        frontier.lateness = self.lateness if lateness is None else lateness

    def feed(self, origin: str, batch: Columns) -> None:
        """Take a batch from an origin that has begun. Late connections are counted and dropped."""
        rest, frontier = batch, self._origins[origin]
        while len(rest):
            rest = self._feed(frontier, rest)

    def advance(self, origin: str, time: float) -> None:
        """Event time has come so far at an origin, whether or not it has records to say so."""
        self._origins[origin].advance(time)

    def reached(self, origin: str) -> float:
        """How far an origin has come by its records, -inf where none has come."""
        frontier = self._origins.get(origin)
        return -np.inf if frontier is None else frontier.earliest

    def finish(self, origin: str) -> None:
        """The origin has ended and holds nothing back any more."""
        self._origins.pop(origin, None)

    def next_closed(self) -> Tick | None:
        """The oldest window that every origin's watermark has passed; each is given once."""
        if self.next_size() is not None:
            return self._tick(*self._sealed.pop(0))
        if self._waiting <= self.max_rows or not self._open:
            return None
        self.hurried += 1
        return self._tick(*self._close(min(self._open)))

    def next_size(self) -> int | None:
        """Connections in the oldest window that is due; None for none, or one that is not."""
        if not self._sealed:
            self._seal(self._watermark())
        return sum(map(len, self._sealed[0][1])) if self._sealed else None

    def closed(self) -> Iterator[Tick]:
        """All windows that are due, oldest first."""
        while (tick := self.next_closed()) is not None:
            yield tick

    @property
    def waiting(self) -> int:
        """Connections that wait for their window to close."""
        return self._waiting

    @property
    def fullest(self) -> int:
        """Connections in the open window that has most."""
        return max((sum(map(len, parts)) for parts in self._open.values()), default=0)

    @property
    def open(self) -> int:
        """Windows that wait for the watermark."""
        return len(self._open)

    def snapshot(self) -> State:
        """Everything but the settings."""
        first = [] if self._first_open is None else [self._first_open]
        origins = {f"origin{at}": o.snapshot() for at, o in enumerate(self._origins.values())}
        return joined(origins) | {
            "origins": words(self._origins),
            "counters": np.array([self.late, self.shed, self.hurried]),
            "first_open": np.array(first, dtype=np.int64),
            "closed": self._closed.ranges(),
            **joined({"open": _kept(self._open.items()), "sealed": _kept(self._sealed)}),
        }

    def restore(self, state: State) -> None:
        """Take up what another instance with the same settings gave."""
        self.late, self.shed, self.hurried = state["counters"].tolist()
        self._first_open = int(state["first_open"][0]) if len(state["first_open"]) else None
        self._closed = Closed.of(state["closed"])
        self._origins = {
            str(name): Frontier.restored(part(state, f"origin{at}"))
            for at, name in enumerate(state["origins"].tolist())
        }
        self._open = _restored(part(state, "open"))
        self._sealed = list(_restored(part(state, "sealed")).items())
        waiting = (*self._open.values(), *(parts for _, parts in self._sealed))
        self._waiting = sum(len(part) for parts in waiting for part in parts)

    def _watermark(self) -> float:
        """No origin's records are waited for that are older."""
        return min((origin.watermark for origin in self._origins.values()), default=np.inf)

    def _feed(self, frontier: Frontier, batch: Columns) -> Columns:
        """File a batch up to the record that makes time fall back; gives what is left of it."""
        starts = batch.rows["start"]
        index = self._index(batch.rows)
        ends = (index + 1) * self.width
        reached = frontier.pass_(starts)
        watermark = reached - frontier.lateness
        last = frontier.contradicted(starts, ends + LEAP <= watermark)
        seen = slice(None if last is None else last + 1)
        timely = (ends > watermark)[seen] & ~self._gone(index[seen])
        self.late += int(np.count_nonzero(~timely))
        chosen = np.flatnonzero(timely)
        self._file(index[chosen], batch if len(chosen) == len(batch) else batch.take(chosen))
        if last is not None:
            frontier.top[:] = reached[last]  # what comes behind that record is not seen yet
            self._seal(self._watermark())
            frontier.fall_back()
            self._first_open = None
        return batch.take(slice(len(batch) if last is None else last + 1, None))

    def _index(self, rows: Rows) -> Ints:
        ends = rows["start"] + np.nan_to_num(rows["duration"])
        index: Ints = np.floor(ends / self.width).astype(np.int64)
        return index

    def _gone(self, index: Ints) -> Mask:
        """Which windows are closed for good."""
        gone = self._closed.holds(index)
        return gone if self._first_open is None else gone | (index < self._first_open)

    def _seal(self, watermark: float) -> None:
        """Close the windows that are due, before anything may come that is too late for them."""
        for index in sorted(self._open):
            if (index + 1) * self.width > watermark:
                return
            self._sealed.append(self._close(index))

    def _close(self, index: int) -> tuple[int, list[Columns]]:
        """Take a window out for good."""
        self._closed.add(index)
        self._first_open = max(index + 1, self._first_open or index + 1)
        return index, self._open.pop(index)

    def _file(self, index: Ints, batch: Columns) -> None:
        """Put each connection into its open window; the farthest windows are shed past the cap."""
        for number, connections in _by_window(index, batch):
            self._open.setdefault(number, []).append(connections)
        self._waiting += len(batch)
        while len(self._open) > self.max_open:
            size = sum(map(len, self._open.pop(max(self._open))))
            self._waiting -= size
            self.shed += size

    def _tick(self, index: int, parts: list[Columns]) -> Tick:
        columns = Columns.joined(parts)
        self._waiting -= len(columns)
        order = _canonical_order(columns)
        return Tick(
            start=index * self.width,
            end=(index + 1) * self.width,
            rows=columns.rows[order],
            columns=columns,
            order=order,
        )


def _by_window(index: Ints, batch: Columns) -> Iterator[tuple[int, Columns]]:
    """The connections of each window, ascending."""
    if len(index) and index.min() == index.max():
        yield int(index[0]), batch
        return
    order = stable_order(index)
    numbers, firsts = np.unique(index[order], return_index=True)
    # Copied: one long connection keeps not its batch in memory.
    yield from zip(numbers.tolist(), batch.parts(order, firsts.tolist()), strict=True)


def _kept(windows: Iterable[tuple[int, list[Columns]]]) -> State:
    """Windows as one table of connections, each with the number of its window."""
    numbered = [(number, part) for number, parts in windows for part in parts]
    numbers = np.array([number for number, _ in numbered], dtype=np.int64)
    index = np.repeat(numbers, [len(part) for _, part in numbered])
    connections = Columns.joined([Columns.none(), *(part for _, part in numbered)])
    return connections.snapshot() | {"window": index}


def _restored(state: State) -> dict[int, list[Columns]]:
    """The inverse of `_kept`, in the same order."""
    windows = dict(_by_window(state["window"], Columns.restored(state)))
    return {number: [windows[number]] for number in dict.fromkeys(state["window"].tolist())}


def ticks_of(columns: Columns, *, width: float = 60.0) -> Iterator[Tick]:
    """The windows of a recording, which is a whole: nothing is late in it, nothing is shed."""
    most = np.iinfo(np.int64).max
    windows = Windows(width=width, lateness=np.inf, max_rows=most, max_open=most)
    windows.begin("whole")
    windows.feed("whole", columns)
    windows.finish("whole")
    return windows.closed()


def _canonical_order(columns: Columns) -> NDArray[np.int64]:
    """By start, then by what is in the row and by sensor, and where rows are equal by uid.

    Nearly all starts differ: only the rows of equal ones are put in order by the rest.
    """
    rows = columns.rows
    order = stable_order(rows["start"])
    equal = rows["start"][order[1:]] == rows["start"][order[:-1]]
    tied = np.flatnonzero(np.append(equal, False) | np.insert(equal, 0, False))
    if len(tied):
        order[tied] = _ordered_equals(columns, order[tied])
    return order


def _ordered_equals(columns: Columns, places: Ints) -> Ints:
    """Some places in order; where two sensors feed they are nearly all."""
    rows = columns.rows[places]
    keys = [rows[name] for name in ("sensor", "orig_bytes", "resp_port", "resp", "orig", "start")]
    order = np.lexsort(keys)
    equal = np.ones(len(order) - 1, dtype=np.bool_)
    for key in keys:
        ranked = key[order]
        # Unknown byte counts are NaN, which equals nothing: they are ties all the same.
        equal &= (ranked[1:] == ranked[:-1]) | (np.isnan(ranked[1:]) & np.isnan(ranked[:-1]))
    ordered = places[order]
    runs = list(_runs(equal))
    uids = list(map(str, columns.uid.told(ordered))) if runs else []
    for first, last in runs:
        by_uid = sorted(range(first, last), key=uids.__getitem__)
        ordered[first:last] = places[order[by_uid]]
    return ordered


def _runs(equal: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Begin and end of the runs of rows that are equal to their neighbours."""
    edges = np.diff(np.concatenate(([False], equal, [False])).astype(np.int8))
    firsts, lasts = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) + 1
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)

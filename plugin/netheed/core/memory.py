"""What is remembered of hosts and pairs between windows, in bounded tables of plain columns.

A table keeps its 64-bit keys sorted, so that a whole window's keys are found by one binary search
and no Python object stands for a host or a pair.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.segments import Floats, Ints, Mask, Words
from netheed.core.state import State

HOUR: Final = 3600.0
RECENT: Final = HOUR
"""Time constant of the memory for scans and guesses, seconds."""
LONG: Final = 8 * HOUR
"""Time constant of the memory for slow uploads, seconds."""
BEATS: Final = 12
"""Gaps and sizes kept of each pair."""
FEWEST_GAPS: Final = 4
"""Below so many gaps nothing is said of a rhythm."""
SHORTEST_GAP: Final = 1.0
"""Seconds; starts closer than this belong to one visit and say nothing of a rhythm."""


@dataclass(slots=True)
class Table:
    """Columns under sorted 64-bit keys, at most `limit` of them; the longest unseen go first."""

    columns: dict[str, tuple[str, int]]
    """Name -> (dtype, width); width 0 is a plain column. `seen` (seconds) is always there."""
    limit: int
    keys: Words = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    data: dict[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.columns = {"seen": ("f8", 0), **self.columns}
        for name, (dtype, width) in self.columns.items():
            self.data[name] = np.empty((0, width) if width else 0, dtype=dtype)

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.data[name]

    @property
    def nbytes(self) -> int:
        """Bytes of all columns."""
        return self.keys.nbytes + sum(column.nbytes for column in self.data.values())

    def snapshot(self) -> State:
        """Keys and columns."""
        return {"keys": self.keys, **self.data}

    def restore(self, state: State) -> None:
        """Take up the rows of another table of the same columns and limit."""
        self.keys = state["keys"].astype(np.uint64)
        self.data = {name: state[name].astype(dtype) for name, (dtype, _) in self.columns.items()}

    def find(self, keys: Words) -> tuple[Ints, Mask]:
        """The position of each key, and whether it is there; positions of absent keys are junk."""
        if not len(self.keys):
            return np.zeros(len(keys), dtype=np.int64), np.zeros(len(keys), dtype=np.bool_)
        at = np.searchsorted(self.keys, keys)
        at = np.minimum(at, len(self.keys) - 1)
        return at, self.keys[at] == keys

    def admit(self, keys: Words, now: float) -> tuple[Ints, Mask]:
        """Positions of distinct, sorted keys, after making room; True where a key is new.

        New rows are zero. Raises ValueError when more keys than the limit come at once.
        """
        if len(keys) > self.limit:
            raise ValueError(f"{len(keys)} keys at once for a table of {self.limit}")
        at, known = self.find(keys)
        self.data["seen"][at[known]] = now
        fresh = keys[~known]
        if len(fresh):
            self._make_room(len(fresh), at[known])
            self._insert(fresh)
            at, _ = self.find(keys)
            self.data["seen"][at] = now
        return at, ~known

    def _make_room(self, wanted: int, needed: Ints) -> None:
        """Drop the longest unseen; rows at `needed` stay, however many must go."""
        excess = len(self.keys) + wanted - self.limit
        if excess <= 0:
            return
        # A sixteenth more than needed, so that a full table is not copied for every newcomer.
        excess = min(len(self.keys) - len(needed), excess + self.limit // 16)
        unseen = self.data["seen"].copy()
        unseen[needed] = np.inf
        oldest = np.argpartition(unseen, excess - 1)[:excess]
        self.keys = np.delete(self.keys, oldest)
        for name in self.data:
            self.data[name] = np.delete(self.data[name], oldest, axis=0)

    def _insert(self, fresh: Words) -> None:
        where = np.searchsorted(self.keys, fresh)
        self.keys = np.insert(self.keys, where, fresh)
        for name in self.data:
            self.data[name] = np.insert(self.data[name], where, 0, axis=0)


def faded(values: NDArray[Any], elapsed: Floats, constant: float) -> Floats:
    """Exponential decay of values over `elapsed` seconds."""
    return np.asarray(values, dtype=np.float64) * np.exp(-np.maximum(elapsed, 0.0) / constant)


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows brought together by a 64-bit key."""

    keys: Words
    """The distinct keys, ascending."""
    order: Ints
    """Row numbers, key by key, each key's rows in their old order."""
    firsts: Ints
    """Where each key begins in `order`."""
    group: Ints
    """The key number of each entry of `order`."""

    @classmethod
    def by(cls, keys: Words) -> "Grouped":
        """Bring the rows of each key together."""
        order = np.argsort(keys, kind="stable")
        ranked = keys[order]
        new = np.ones(len(ranked), dtype=np.bool_)
        new[1:] = ranked[1:] != ranked[:-1]
        firsts = np.flatnonzero(new)
        return cls(ranked[firsts], order, firsts, np.cumsum(new) - 1)

    def counts(self) -> Ints:
        """Rows of each key."""
        return np.diff(np.append(self.firsts, len(self.order)))

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


_PAIR_COLUMNS: Final = {
    "first": ("f8", 0),
    "last": ("f8", 0),
    "gaps": ("f4", BEATS),
    "gap_count": ("u4", 0),
    "sizes": ("f4", BEATS),
    "size_count": ("u4", 0),
    "tries": ("f4", 0),
    "sent": ("f4", 0),
    "received": ("f4", 0),
    "updated": ("f8", 0),
}


@dataclass(frozen=True, slots=True)
class PairView:
    """What is known of each pair after the current window; one entry a pair."""

    period: Floats
    """Median gap between visits, seconds; 0 below four gaps."""
    regularity: Floats
    """1 - 1.4826 MAD / median of the gaps, 0..1: 1 is a clock, random arrivals are near 0."""
    beats: Floats
    """Gaps seen in all."""
    size_spread: Floats
    """Standard deviation of log bytes sent per connection, nats, over the last ones."""
    age: Floats
    """Hours since the first connection."""
    tries: Floats
    """Connections, fading with RECENT."""
    sent: Floats
    """Bytes sent, fading with LONG."""
    received: Floats


@dataclass(slots=True)
class Pairs:
    """Memory per (host, peer, port, protocol) of the connections that the host began."""

    limit: int
    table: Table = field(init=False)

    def __post_init__(self) -> None:
        self.table = Table(_PAIR_COLUMNS, self.limit)

    def update(
        self, pairs: Grouped, starts: Floats, sent: Floats, received: Floats, now: float
    ) -> PairView:
        """Learn one window's connections, ordered by start, and tell what is known then."""
        at, fresh = self.table.admit(pairs.keys, now)
        table = self.table
        first = starts[pairs.order[pairs.firsts]]
        table["first"][at[fresh]] = first[fresh]
        table["last"][at[fresh]] = np.nan
        self._learn_gaps(at, pairs, starts)
        self._learn_sizes(at, pairs, sent)
        return self._view(at, pairs, sent, received, now)

    def _learn_gaps(self, at: Ints, pairs: Grouped, starts: Floats) -> None:
        ordered = starts[pairs.order]
        before = np.empty(len(ordered))
        before[1:] = ordered[:-1]
        before[pairs.firsts] = self.table["last"][at]
        gaps = ordered - before
        counted = gaps >= SHORTEST_GAP
        _push(self.table, "gaps", at, pairs.group[counted], gaps[counted])
        lasts = pairs.firsts + pairs.counts() - 1
        self.table["last"][at] = np.fmax(self.table["last"][at], ordered[lasts])

    def _learn_sizes(self, at: Ints, pairs: Grouped, sent: Floats) -> None:
        _push(self.table, "sizes", at, pairs.group, np.log1p(sent[pairs.order]))

    def _view(
        self, at: Ints, pairs: Grouped, sent: Floats, received: Floats, now: float
    ) -> PairView:
        table = self.table
        elapsed = now - table["updated"][at]
        tries = faded(table["tries"][at], elapsed, RECENT) + pairs.counts()
        total_sent = faded(table["sent"][at], elapsed, LONG) + pairs.sum(sent)
        total_received = faded(table["received"][at], elapsed, LONG) + pairs.sum(received)
        table["tries"][at], table["sent"][at] = tries, total_sent
        table["received"][at], table["updated"][at] = total_received, now
        period, regularity = _rhythm(table["gaps"][at], table["gap_count"][at])
        return PairView(
            period=period,
            regularity=regularity,
            beats=table["gap_count"][at].astype(np.float64),
            size_spread=_ring_spread(table["sizes"][at], table["size_count"][at]),
            age=np.maximum(now - table["first"][at].astype(np.float64), 0.0) / HOUR,
            tries=tries,
            sent=total_sent,
            received=total_received,
        )


def _push(table: Table, name: str, at: Ints, group: Ints, values: Floats) -> None:
    """Append values to the rings of their groups; only the last BEATS of each can matter."""
    counter = f"{name[:-1]}_count"
    added = np.bincount(group, minlength=len(at))
    rank = np.arange(len(group)) - (np.cumsum(added) - added)[group]
    kept = rank >= added[group] - BEATS
    held = table[counter][at].astype(np.int64)
    slot = (held[group] + rank)[kept] % BEATS
    table[name][at[group[kept]], slot] = values[kept]
    table[counter][at] = held + added


def _rhythm(rings: NDArray[Any], counts: NDArray[Any]) -> tuple[Floats, Floats]:
    """Median gap and regularity of each ring; zero below four gaps."""
    known = np.minimum(counts.astype(np.int64), BEATS)
    gaps = np.where(np.arange(BEATS) < known[:, None], rings, np.inf).astype(np.float64)
    middle = np.maximum(known - 1, 0)[:, None] // 2
    period = np.take_along_axis(np.sort(gaps, axis=1), middle, axis=1)
    enough = known >= FEWEST_GAPS
    period = np.where(enough[:, None], period, 1.0)
    away = np.sort(np.abs(gaps - period), axis=1)
    deviation = np.where(enough, np.take_along_axis(away, middle, axis=1)[:, 0], np.inf)
    regularity = np.clip(1.0 - 1.4826 * deviation / period[:, 0], 0.0, 1.0)
    return np.where(enough, period[:, 0], 0.0), regularity


def _ring_spread(rings: NDArray[Any], counts: NDArray[Any]) -> Floats:
    known = np.minimum(counts.astype(np.int64), BEATS)
    there = np.arange(BEATS) < known[:, None]
    safe = np.maximum(known, 1)
    values = np.where(there, rings, 0.0).astype(np.float64)
    mean = values.sum(axis=1) / safe
    square = np.where(there, values - mean[:, None], 0.0) ** 2
    spread: Floats = np.sqrt(square.sum(axis=1) / safe)
    return spread

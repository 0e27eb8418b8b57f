"""What is remembered of hosts and pairs between windows, and how it fades."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.segments import Floats, Ints, Mask, Words
from netheed.core.state import State, joined, part
from netheed.core.table import Layout, Rows, Table

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


_PAIR: Final[Layout] = {
    "back": ("f4", 0),  # seconds from the start of the last connection to `seen`
    "tries": ("f4", 0),
    "sent": ("f4", 0),
    "received": ("f4", 0),
    "ring": ("u4", 0),  # row of the ring, 0 for none
    "gap_count": ("u2", 0),
    "size_count": ("u2", 0),
}
# Gaps in sixteen bits would turn the choice among pairs that are nearly as regular.
_RING: Final[Layout] = {"gaps": ("f4", BEATS), "sizes": ("f2", BEATS)}
_FULL: Final = 65_520
"""A multiple of BEATS: a counter that would pass sixteen bits goes on from here."""


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
    tries: Floats
    """Connections, fading with RECENT."""
    sent: Floats
    """Bytes sent, fading with LONG."""
    received: Floats


@dataclass(slots=True)
class Pairs:
    """Memory per (host, peer, port, protocol) of the connections that the host began.

    Most pairs have one connection: gaps and sizes are kept from the second on.
    """

    limit: int
    table: Table = field(init=False)
    rings: Rows = field(init=False)
    """Row 0 is nobody's: what pairs of one connection would write and read falls there."""

    def __post_init__(self) -> None:
        self.table = Table(_PAIR, self.limit, self._give_back)
        self._clear_rings()

    @property
    def nbytes(self) -> int:
        """Bytes of all pairs and rings."""
        return self.table.nbytes + self.rings.nbytes

    def snapshot(self) -> State:
        """The pairs, and the rings of those that have one, in the order of the pairs."""
        pairs = self.table.snapshot()
        having = pairs["ring"] > 0
        ring = pairs["ring"][having]
        pairs["ring"] = np.where(having, np.cumsum(having), 0).astype(ring.dtype)
        rings = {name: self.rings.values[name][ring] for name in _RING}
        return joined({"pairs": pairs, "rings": rings})

    def restore(self, state: State) -> None:
        """Take up what another instance with the same limit gave."""
        self.table.restore(part(state, "pairs"))
        self._clear_rings()
        rings = part(state, "rings")
        ring = self.rings.take(len(rings["sizes"]))
        for name in _RING:
            self.rings.values[name][ring] = rings[name]

    def update(
        self, pairs: Grouped, starts: Floats, sent: Floats, received: Floats, now: float
    ) -> PairView:
        """Learn one window's connections, ordered by start, and tell what is known then."""
        at, known = found = self.table.find(pairs.keys)
        seen = np.where(known, self.table["seen"][at].astype(np.float64), now)
        at, fresh = self.table.admit(pairs.keys, now, found)
        last = np.where(fresh, np.nan, seen - self.table["back"][at])
        self._take_rings(at, pairs)
        self._learn_gaps(at, pairs, starts, last)
        sizes = np.log1p(sent[pairs.order]).astype(np.float16)
        self._push("sizes", at, pairs.group, sizes)
        return self._view(at, pairs, sent, received, now - seen)

    def _clear_rings(self) -> None:
        self.rings = Rows(_RING, self.limit + 1)
        self.rings.take(1)

    def _give_back(self, at: Ints) -> None:
        ring = self.table["ring"][at]
        self.rings.give_back(ring[ring > 0])

    def _take_rings(self, at: Ints, pairs: Grouped) -> None:
        """A ring for each pair that has its second connection now, with the size of its first."""
        table = self.table
        held = table["size_count"][at]
        wanting = at[(table["ring"][at] == 0) & (held + pairs.counts() > 1)]
        ring = self.rings.take(len(wanting))
        table["ring"][wanting] = ring
        # Of one connection, what was sent in all is its size; where there was none it is zero.
        self.rings.values["sizes"][ring, 0] = np.log1p(table["sent"][wanting])

    def _learn_gaps(self, at: Ints, pairs: Grouped, starts: Floats, last: Floats) -> None:
        ordered = starts[pairs.order]
        before = np.empty(len(ordered))
        before[1:] = ordered[:-1]
        before[pairs.firsts] = last
        gaps = ordered - before
        counted = gaps >= SHORTEST_GAP
        self._push("gaps", at, pairs.group[counted], gaps[counted])
        lasts = pairs.firsts + pairs.counts() - 1
        self.table["back"][at] = self.table["seen"][at] - np.fmax(last, ordered[lasts])

    def _push(self, name: str, at: Ints, group: Ints, values: NDArray[Any]) -> None:
        """Append values to the rings of their groups; only the last BEATS of each can matter."""
        counts = self.table[f"{name[:-1]}_count"]
        added = np.bincount(group, minlength=len(at))
        rank = np.arange(len(group)) - (np.cumsum(added) - added)[group]
        kept = rank >= added[group] - BEATS
        held = counts[at].astype(np.int64)
        place = (held[group] + rank)[kept] % BEATS
        ring = self.table["ring"][at]
        self.rings.values[name][ring[group[kept]], place] = values[kept]
        counts[at] = _bounded(held + added)

    def _view(
        self, at: Ints, pairs: Grouped, sent: Floats, received: Floats, elapsed: Floats
    ) -> PairView:
        table, rings = self.table, self.rings.values[self.table["ring"][at]]
        tries = faded(table["tries"][at], elapsed, RECENT) + pairs.counts()
        total_sent = faded(table["sent"][at], elapsed, LONG) + pairs.sum(sent)
        total_received = faded(table["received"][at], elapsed, LONG) + pairs.sum(received)
        table["tries"][at], table["sent"][at] = tries, total_sent
        table["received"][at] = total_received
        period, regularity = _rhythm(rings["gaps"], table["gap_count"][at])
        return PairView(
            period=period,
            regularity=regularity,
            beats=table["gap_count"][at].astype(np.float64),
            size_spread=_ring_spread(rings["sizes"], table["size_count"][at]),
            tries=tries,
            sent=total_sent,
            received=total_received,
        )


def _bounded(counts: Ints) -> Ints:
    """Counts as sixteen bits can hold them; the place in the ring stays what it was."""
    return np.where(counts > _FULL, _FULL + counts % BEATS, counts)


def _rhythm(rings: NDArray[Any], counts: NDArray[Any]) -> tuple[Floats, Floats]:
    """Median gap and regularity of each ring; zero below four gaps."""
    period, regularity = np.zeros(len(rings)), np.zeros(len(rings))
    enough = np.flatnonzero(counts >= FEWEST_GAPS)
    known = np.minimum(counts[enough].astype(np.int64), BEATS)[:, None]
    gaps = np.where(np.arange(BEATS) < known, rings[enough].astype(np.float64), np.inf)
    middle = (known - 1) // 2
    median = np.take_along_axis(np.sort(gaps, axis=1), middle, axis=1)
    away = np.sort(np.abs(gaps - median), axis=1)
    deviation = np.take_along_axis(away, middle, axis=1)
    period[enough] = median[:, 0]
    regularity[enough] = np.clip(1.0 - 1.4826 * deviation / median, 0.0, 1.0)[:, 0]
    return period, regularity


def _ring_spread(rings: NDArray[Any], counts: NDArray[Any]) -> Floats:
    """Standard deviation of each ring; zero below two values."""
    spread = np.zeros(len(rings))
    enough = np.flatnonzero(counts > 1)
    known = np.minimum(counts[enough].astype(np.int64), BEATS)
    there = np.arange(BEATS) < known[:, None]
    values = np.where(there, rings[enough].astype(np.float64), 0.0)
    mean = values.sum(axis=1) / known
    square = np.where(there, values - mean[:, None], 0.0) ** 2
    spread[enough] = np.sqrt(square.sum(axis=1) / known)
    return spread

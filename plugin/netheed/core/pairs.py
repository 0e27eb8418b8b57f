"""What is remembered of pairs between windows, and how it fades."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.grouped import Grouped
from netheed.core.index import LAST_SECOND, Numbers
from netheed.core.rings import with_new
from netheed.core.segments import Floats, Ints, Mask
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


_PAIR: Final[Layout] = {
    "back": ("f4", 0),  # seconds from the start of the last connection to `seen`
    "tries": ("f4", 0),
    "sent": ("f4", 0),
    "received": ("f4", 0),
    "ring": ("u4", 0),  # row of the ring, 0 for none
}
# Gaps in sixteen bits would turn the choice among pairs that are nearly as regular.
_RING: Final[Layout] = {
    "gaps": ("f4", BEATS),
    "sizes": ("f2", BEATS),
    "gap_count": ("u2", 0),
    "size_count": ("u4", 0),
}
"""A pair without one has had one connection and no gap."""
_FULL: Final = {"gaps": 65_520, "sizes": 4_294_967_280}
"""Multiples of BEATS: a counter that would pass its sixteen or 32 bits goes on from here."""


@dataclass(frozen=True, slots=True)
class PairView:
    """What is known of each pair after a window; one entry for each window of each pair."""

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
    connections: Ints
    """Connections in all, as far as 32 bits count."""
    gaps: Floats
    """Of each connection in the order of the visits: seconds since the one before, else NaN."""
    kept: Floats
    """How far back the last connections reach, seconds before the end of the window."""
    begins: Mask
    """Where the pair meets for the first time, as far as is remembered."""


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

    def __len__(self) -> int:
        return len(self.table)

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
        """Take up what another instance with the same limit gave. Raises ValueError."""
        pairs, rings = part(state, "pairs"), part(state, "rings")
        having = pairs["ring"][pairs["ring"] > 0]
        if having.tolist() != list(range(1, len(rings["sizes"]) + 1)):
            raise ValueError("pairs and rings that do not belong together")
        self.table.restore(pairs)
        self._clear_rings()
        ring = self.rings.take(len(having))
        for name in _RING:
            self.rings.values[name][ring] = rings[name]

    def update(
        self, visits: Grouped, starts: Floats, sent: Floats, received: Floats, ends: Floats
    ) -> PairView:
        """Learn connections and tell what is known after each window.

        `visits` are the connections of each pair in each window, `ends` the ends of those windows
        in seconds; the other columns are of connections, in a window ordered by start.
        """
        pairs = Grouped.by(visits.keys)
        at, known = found = self.table.find(pairs.keys)
        whole = np.clip(np.floor(ends), 0.0, LAST_SECOND)
        seen = np.where(known, self.table["seen"][at].astype(np.float64), ends[pairs.firsts])
        at, fresh = self.table.admit(pairs.keys, ends[pairs.lasts], found)
        last = np.where(fresh, np.nan, seen - self.table["back"][at])
        elapsed = ends - pairs.before(whole, seen)
        apart = self._apart(at, pairs, visits, starts, whole, last)
        counted = apart >= SHORTEST_GAP
        gaps = _Values(visits.group[counted], apart[counted])
        sizes = _Values(visits.group, np.log1p(sent[visits.order].astype(np.float32)))
        rings = self._learn(at, pairs, gaps, sizes, fresh)
        faded = self._fade(at, pairs, visits, sent, received, elapsed)
        back = ends - starts[visits.order[visits.lasts]]
        begins = np.zeros(len(ends), dtype=np.bool_)
        begins[pairs.firsts[fresh]] = True
        return _view(rings, faded, apart, back, begins)

    def _clear_rings(self) -> None:
        self.rings = Rows(_RING, self.limit + 1)
        self.rings.take(1)

    def _give_back(self, at: Ints) -> None:
        ring = self.table["ring"][at]
        self.rings.give_back(ring[ring > 0])

    def _apart(
        self, at: Ints, pairs: Grouped, visits: Grouped, starts: Floats, whole: Floats, last: Floats
    ) -> Floats:
        """Times between connections, and when the last one of each pair was, for the next time."""
        ordered = starts[visits.order]
        before = np.empty(len(ordered))
        before[1:] = ordered[:-1]
        back = np.zeros(len(pairs.keys), dtype=np.float32)
        for numbers, those in pairs.rounds():
            before[visits.firsts[those]] = last[numbers]
            newest = np.fmax(last[numbers], ordered[visits.lasts[those]])
            back[numbers] = whole[those] - newest
            last[numbers] = whole[those] - back[numbers]
        self.table["back"][at] = back
        apart: Floats = ordered - before
        return apart

    def _learn(
        self, at: Ints, pairs: Grouped, gaps: "_Values", sizes: "_Values", fresh: Mask
    ) -> "_Rings":
        """Put new gaps and sizes into the rings of the pairs that have their second connection."""
        table, values_of = self.table, self.rings.values
        held = self._held(table["ring"][at], fresh)
        count = {
            "gaps": gaps.counted(pairs, held["gaps"]),
            "sizes": sizes.counted(pairs, held["sizes"]),
        }
        having = count["sizes"][pairs.lasts] > 1
        self._take_rings(at[having & (table["ring"][at] == 0)])
        ring = table["ring"][at]
        visits = np.flatnonzero(having[pairs.group])
        after = {}
        for name, values in (("gaps", gaps), ("sizes", sizes)):
            old = values_of[name]
            kept = values.values.astype(old.dtype)
            rings = old[ring[pairs.group[visits]]]
            new = count[name] - held[name][pairs.group]
            after[name] = with_new(rings, visits, pairs, kept, new, held[name])
            newest = np.searchsorted(visits, pairs.lasts[having])
            old[ring[having]] = after[name][newest]
            counted = _bounded(count[name][pairs.lasts[having]], _FULL[name])
            values_of[f"{name[:-1]}_count"][ring[having]] = counted
        return _Rings(visits, after["gaps"], after["sizes"], count["gaps"], count["sizes"])

    def _held(self, ring: Numbers, fresh: Mask) -> dict[str, Ints]:
        """How many gaps and sizes each pair has had."""
        gaps, sizes = (self.rings.values[f"{name}_count"][ring] for name in ("gap", "size"))
        sizes = np.where(ring > 0, sizes, ~fresh)
        return {"gaps": gaps.astype(np.int64), "sizes": sizes.astype(np.int64)}

    def _take_rings(self, wanting: Ints) -> None:
        """A ring for each of these pairs, with the size of its first connection."""
        ring = self.rings.take(len(wanting))
        self.table["ring"][wanting] = ring
        # Of one connection, what was sent in all is its size; where there was none it is zero.
        self.rings.values["sizes"][ring, 0] = np.log1p(self.table["sent"][wanting])

    def _fade(
        self,
        at: Ints,
        pairs: Grouped,
        visits: Grouped,
        sent: Floats,
        received: Floats,
        elapsed: Floats,
    ) -> dict[str, Floats]:
        """Add to what fades, and what it is after each visit."""
        fading = {
            "tries": (visits.counts().astype(np.float64), RECENT),
            "sent": (visits.sum(sent), LONG),
            "received": (visits.sum(received), LONG),
        }
        after = {}
        for name, (added, constant) in fading.items():
            held = self.table[name][at]
            after[name] = pairs.carried(held, added, elapsed, constant)
            self.table[name][at] = held
        return after


@dataclass(frozen=True, slots=True)
class _Values:
    """Values in the order of the visits they are of."""

    visit: Ints
    values: Floats

    def counted(self, pairs: Grouped, held: Ints) -> Ints:
        """How many values each visit's pair has had, of which it held some before."""
        added = np.bincount(self.visit, minlength=len(pairs.order))
        upto = np.cumsum(added)
        before = (upto - added)[pairs.firsts]
        return upto + (held - before)[pairs.group]


@dataclass(frozen=True, slots=True)
class _Rings:
    """Gaps and sizes as they are after each visit of the pairs that have them."""

    visits: Ints
    """Of all visits, those of pairs with a ring; the rings are theirs."""
    gaps: NDArray[np.float32]
    sizes: NDArray[np.float16]
    gap_count: Ints
    """Of all visits."""
    size_count: Ints


def _view(
    rings: _Rings, faded: dict[str, Floats], apart: Floats, back: Floats, begins: Mask
) -> PairView:
    period, regularity, spread = (np.zeros(len(rings.gap_count)) for _ in range(3))
    some = rings.visits
    # Rows of a fresh ring are zero, and so are the gaps that are not there yet.
    kept = back
    kept[some] += rings.gaps.sum(axis=1, dtype=np.float64)
    period[some], regularity[some] = _rhythm(rings.gaps, rings.gap_count[some])
    spread[some] = _ring_spread(rings.sizes, rings.size_count[some])
    beats = _bounded(rings.gap_count, _FULL["gaps"]).astype(np.float64)
    connections = _bounded(rings.size_count, _FULL["sizes"])
    return PairView(
        period,
        regularity,
        beats,
        spread,
        connections=connections,
        gaps=apart,
        kept=kept,
        begins=begins,
        **faded,
    )


def _bounded(counts: Ints, full: int) -> Ints:
    """Counts as a counter holds them that is full then; the place in the ring stays what it was."""
    return np.where(counts > full, full + counts % BEATS, counts)


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

"""What is remembered of pairs between windows, and how it fades."""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.cut_rows import CutRows
from netheed.core.grouped import Grouped
from netheed.core.index import LAST_SECOND
from netheed.core.rings import with_new
from netheed.core.segments import Floats, Ints, Mask
from netheed.core.state import State, joined, part
from netheed.core.table import Layout, Table

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
    "sent": ("f4", 0),
    "received": ("f4", 0),
    "ring": ("u4", 0),  # number of the ring, 0 for none
}
# Gaps in sixteen bits would turn the choice among pairs that are nearly as regular.
_BEAT: Final = np.dtype([("size", "f2"), ("gap", "f4")])
_RING: Final = np.dtype(
    [("gap_count", "u2"), ("size_count", "u4"), ("tries", "f4"), ("beats", _BEAT, BEATS)]
)
"""A pair without one has had one connection and no gap."""
_FEW: Final = 4
_CUTS: Final = {
    # Gaps are one fewer than sizes.
    _FEW: _RING.itemsize - (BEATS - _FEW) * _BEAT.itemsize - _BEAT["gap"].itemsize,
    BEATS: _RING.itemsize,
}
"""Connections -> bytes of a ring that holds so many."""
_COUNTS: Final = ("gap_count", "size_count")
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
    rings: CutRows = field(init=False)

    def __post_init__(self) -> None:
        self.table = Table(_PAIR, self.limit, self._give_back)
        self.rings = CutRows(_RING, _CUTS, self.limit)

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
        rings = self.rings.read(pairs["ring"][having])
        pairs["ring"] = np.where(having, np.cumsum(having), 0).astype(np.uint32)
        pairs["tries"] = np.ones(len(having), dtype=np.float32)
        pairs["tries"][having] = rings["tries"]
        kept = {name: rings[name] for name in _COUNTS}
        kept |= {f"{name}s": rings["beats"][name] for name in _BEAT.fields or ()}
        return joined({"pairs": pairs, "rings": kept})

    def restore(self, state: State) -> None:
        """Take up what another instance with the same limit gave. Raises ValueError."""
        pairs, kept = part(state, "pairs"), part(state, "rings")
        having = pairs["ring"] > 0
        rings = np.zeros(len(kept["sizes"]), dtype=_RING)
        if pairs["ring"][having].tolist() != list(range(1, len(rings) + 1)):
            raise ValueError("pairs and rings that do not belong together")
        self.table.restore(pairs)
        rings["tries"] = pairs["tries"][having]
        for name in _COUNTS:
            rings[name] = kept[name]
        for name in _BEAT.fields or ():
            rings["beats"][name] = kept[f"{name}s"]
        _, at = self.table.ascending()
        self.rings = CutRows(_RING, _CUTS, self.limit)
        none = np.zeros(len(rings), dtype=np.uint32)
        self.table["ring"][at[having]] = self.rings.write(none, rings, rings["size_count"])

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
        held = self._held(at, fresh)
        tries = visits.counts().astype(np.float64)
        faded = {"tries": pairs.carried(held["tries"], tries, elapsed, RECENT)}
        added = {"sent": visits.sum(sent), "received": visits.sum(received)}
        faded |= self._fade(at, pairs, added, elapsed)
        rings = self._learn(at, pairs, gaps, sizes, held)
        back = ends - starts[visits.order[visits.lasts]]
        begins = np.zeros(len(ends), dtype=np.bool_)
        begins[pairs.firsts[fresh]] = True
        return _view(rings, faded, apart, back, begins)

    def _give_back(self, at: Ints) -> None:
        self.rings.give_back(self.table["ring"][at])

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

    def _held(self, at: Ints, fresh: Mask) -> NDArray[np.void]:
        """The ring of each pair; that of a pair of one connection follows from what was sent."""
        ring = self.table["ring"][at]
        held = self.rings.read(ring)
        once = np.flatnonzero((ring == 0) & ~fresh)
        held["size_count"][once] = 1
        held["tries"][once] = 1.0
        held["beats"]["size"][once, 0] = np.log1p(self.table["sent"][at[once]])
        return held

    def _learn(
        self, at: Ints, pairs: Grouped, gaps: "_Values", sizes: "_Values", held: NDArray[np.void]
    ) -> "_Rings":
        """Put new gaps and sizes into the rings of the pairs that have their second connection.

        `held` becomes what the rings are after the last visits.
        """
        had = {name: held[name].astype(np.int64) for name in _COUNTS}
        count = {
            "gap_count": gaps.counted(pairs, had["gap_count"]),
            "size_count": sizes.counted(pairs, had["size_count"]),
        }
        having = count["size_count"][pairs.lasts] > 1
        visits = np.flatnonzero(having[pairs.group])
        newest = np.searchsorted(visits, pairs.lasts[having])
        after = {}
        for name, values in (("gap", gaps), ("size", sizes)):
            counts, before = count[f"{name}_count"], had[f"{name}_count"]
            old = held["beats"][name]
            rings = old[pairs.group[visits]]
            new = counts - before[pairs.group]
            kept = values.values.astype(old.dtype)
            after[name] = with_new(rings, visits, pairs, kept, new, before)
            old[having] = rings[newest]
            full = _FULL[f"{name}s"]
            held[f"{name}_count"][having] = _bounded(counts[pairs.lasts[having]], full)
        ring, kept = self.table["ring"][at[having]], held[having]
        self.table["ring"][at[having]] = self.rings.write(ring, kept, kept["size_count"])
        return _Rings(visits, after["gap"], after["size"], count["gap_count"], count["size_count"])

    def _fade(
        self, at: Ints, pairs: Grouped, added: dict[str, Floats], elapsed: Floats
    ) -> dict[str, Floats]:
        """Add to the bytes, which fade, and what they are after each visit."""
        after = {}
        for name, column in added.items():
            held = self.table[name][at]
            after[name] = pairs.carried(held, column, elapsed, LONG)
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

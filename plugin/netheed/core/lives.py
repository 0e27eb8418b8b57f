"""The life of a pair: its last connections one by one, and how long and how steadily it goes on.

A pair's life begins with its third connection, or with one that lasted long. It is looked at now
and then, not at every connection: when the connections have become half as many again, once in
every hour in which there is one, and at each long one. What that costs so grows with the logarithm
of what a pair does, and a model gets to see a slow implant as often as a fast one.
"""

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netheed.core.cut_rows import CutRows
from netheed.core.grouped import Grouped
from netheed.core.index import LAST_SECOND
from netheed.core.pairs import PairView
from netheed.core.rings import unrolled, with_new
from netheed.core.segments import Floats, Ints, Mask, Words
from netheed.core.state import State
from netheed.core.table import Layout, Table

LENGTH: Final = 12
"""Connections of a life that are kept one by one."""
BEGINS: Final = 3
"""The connection with which a life begins."""
FEWEST: Final = 4
"""Connections before which a life is not looked at."""
GROWTH: Final = 1.5
"""A life is looked at again when it has so many times the connections."""
KEPT: Final = 0.5
"""Share of the earlier evidence in the new one."""
LONG: Final = 1800.0
"""Seconds: a connection that lasted so long begins a life, and is looked at, by itself."""
HOUR: Final = 3600.0

CALL: Final = np.dtype(
    [("gap", "f2"), ("sent", "f2"), ("received", "f2"), ("duration", "f2"), ("outcome", "u1")]
)
"""One connection as it is kept: natural logarithms of 1 + seconds since the one before, bytes sent,
bytes received and seconds that it lasted; NaN where nobody knows; the `Outcome`."""
_LIFE: Final[Layout] = {
    "first": ("u4", 0),
    "count": ("u1", 0),
    "hours": ("u2", 0),
    "evidence": ("f4", 0),
    "calls": ("u4", 0),  # number of the ring
}
_RING: Final = np.dtype([("calls", CALL, LENGTH)])
_CUTS: Final = {count: count * CALL.itemsize for count in (1, 3, 6, LENGTH)}
"""Connections -> bytes of a ring that holds so many."""
_PARTS: Final = ("gap", "sent", "received", "duration", "outcome")
_MOST_HOURS: Final = 65_535
_FULL: Final = 240
"""A multiple of LENGTH: a counter that would pass eight bits goes on from here."""


class Connections(NamedTuple):
    """Of each connection: what a life keeps of it. NaN where the sensor did not say."""

    sent: Floats
    received: Floats
    duration: Floats
    outcome: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Looks:
    """The lives that are looked at after some visits; one entry a life and visit."""

    visits: Ints
    """Which of the visits."""
    calls: NDArray[np.void]
    """(looks, LENGTH) of CALL, the newest last."""
    there: Mask
    """(looks, LENGTH): where a connection is."""
    first: Floats
    """When the pair first met, to the minute, seconds."""
    hours: Ints
    """Hours of the clock in which there were connections."""

    def __len__(self) -> int:
        return len(self.visits)

    @classmethod
    def none(cls) -> "Looks":
        """Nothing to look at."""
        number, calls = np.zeros(0, dtype=np.int64), np.zeros((0, LENGTH), dtype=CALL)
        return cls(number, calls, np.zeros(calls.shape, dtype=np.bool_), np.zeros(0), number)


@dataclass(slots=True)
class Lives:
    """Memory per pair that has met three times, or long; the longest unseen make room."""

    limit: int
    shed: int = 0
    """Lives that more than `limit` pairs of one window would have begun or gone on with."""
    table: Table = field(init=False)
    rings: CutRows = field(init=False)

    def __post_init__(self) -> None:
        self.table = Table(_LIFE, self.limit, self._give_back)
        self.rings = CutRows(_RING, _CUTS, self.limit)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def nbytes(self) -> int:
        """Bytes of all lives and of what finds them."""
        return self.table.nbytes + self.rings.nbytes

    def has_room(self, pairs: int) -> bool:
        """Whether so many lives make no other one forgotten."""
        return len(self.table) + pairs <= self.limit

    def snapshot(self) -> State:
        """All lives, each part of a connection as a column of its own."""
        state = self.table.snapshot()
        calls = self.rings.read(state.pop("calls"))["calls"]
        return state | {name: calls[name] for name in _PARTS}

    def restore(self, state: State) -> None:
        """Take up what another instance with the same limit gave. Raises ValueError."""
        rings = np.zeros(len(state["keys"]), dtype=_RING)
        for name in _PARTS:
            if state[name].shape != rings["calls"].shape:
                raise ValueError("lives of another length")
            rings["calls"][name] = state[name]
        # States of before count on.
        counts, none = _bounded(state["count"]), np.zeros(len(rings), dtype=np.uint32)
        self.table.restore({**state, "count": counts, "calls": none})
        self.rings = CutRows(_RING, _CUTS, self.limit)
        _, at = self.table.ascending()
        self.table["calls"][at] = self.rings.write(none, rings, counts)

    def update(
        self, visits: Grouped, connections: Connections, view: PairView, ends: Floats
    ) -> Looks:
        """Learn connections, and give the lives that are to be looked at.

        `visits` are the connections of each pair in each window, `view` what is known of the pairs
        after each, `ends` the ends of those windows in seconds.
        """
        total, gaps = view.connections, view.gaps
        # A comparison with NaN, where nobody knows how long, is no.
        lasted = (connections.duration >= LONG)[visits.order]
        long = np.bincount(visits.group[lasted], minlength=len(total)) > 0
        living = (total >= BEGINS) | long
        if not living.any():
            return Looks.none()
        living = self._within_limit(living)
        own, gaps = visits.select(living), gaps[living[visits.group]]
        calls = _calls(connections, own.order, gaps)
        looks = self._learn(own, calls, view, living, long, ends)
        return replace(looks, visits=np.flatnonzero(living)[looks.visits])

    def weigh(self, keys: Words, score: NDArray[np.float32]) -> NDArray[np.float32]:
        """The evidence after each look: an exponentially weighted mean of the pair's scores.

        One odd look may be chance, a row of them is not (EWMA control charts, Roberts 1959); of the
        first look it is the score itself. A look with a score of NaN says nothing: its evidence is
        NaN and the earlier one stands. The looks at one pair are in the order of time.
        """
        pairs = Grouped.by(keys)
        at, known = self.table.find(pairs.keys)
        held = np.where(known, self.table["evidence"][at], np.float32(np.nan))
        result = weighed(pairs, held, score)
        self.table["evidence"][at[known]] = held[known]
        return result

    def forget_evidence(self) -> None:
        """Another model scores from now on: what looks said until now is not comparable."""
        _, at = self.table.ascending()
        self.table["evidence"][at] = np.nan

    def _give_back(self, at: Ints) -> None:
        self.rings.give_back(self.table["calls"][at])

    def _within_limit(self, living: Mask) -> Mask:
        """As many visits as there may be lives; all of them but where a window has too many."""
        kept = living & (np.cumsum(living) <= self.limit)
        self.shed += int(np.count_nonzero(living & ~kept))
        return kept

    def _learn(
        self,
        own: Grouped,
        calls: NDArray[np.void],
        view: PairView,
        living: Mask,
        long: Mask,
        ends: Floats,
    ) -> Looks:
        """Of the living visits, in the order of their pairs, and of their connections."""
        total, ends, long = view.connections[living], ends[living], long[living]
        pairs = Grouped.by(own.keys)
        at, known = found = self.table.find(pairs.keys)
        seen = np.where(known, self.table["seen"][at].astype(np.float64), -HOUR)
        at, fresh = self.table.admit(pairs.keys, ends[pairs.lasts], found)
        self.table["evidence"][at[fresh]] = np.nan
        self._begin(at[fresh], pairs.firsts[fresh], total, ends - view.kept[living], ends)
        new_hour = hour_of(ends) > hour_of(pairs.before(ends, seen))
        hours = pairs.running(self.table["hours"][at], new_hour)
        counts = own.counts()
        grown = _level(total) > _level(total - counts)
        looked = (total >= FEWEST) & (grown | new_hour) | long
        rings, after = self._push(at, pairs, looked, calls, counts)
        self.table["hours"][at] = np.minimum(hours[pairs.lasts], _MOST_HOURS)
        chosen = np.flatnonzero(looked)
        ordered, there = unrolled(rings, after[chosen])
        first = self.table["first"][at[pairs.group[chosen]]].astype(np.float64)
        return Looks(chosen, ordered, there, first, hours[chosen])

    def _begin(self, at: Ints, visits: Ints, total: Ints, begun: Floats, ends: Floats) -> None:
        """Lives that begin with some visits: since when, and in how many hours at the most."""
        first = np.clip(begun[visits], 0.0, LAST_SECOND)
        earlier = np.minimum(total[visits] - 1, hour_of(ends[visits]) - np.floor(first / HOUR))
        self.table["first"][at] = first
        self.table["hours"][at] = np.clip(earlier, 0, _MOST_HOURS)

    def _push(
        self, at: Ints, pairs: Grouped, looked: Mask, calls: NDArray[np.void], counts: Ints
    ) -> tuple[NDArray[np.void], Ints]:
        """Put the connections into the rings; gives those of the looks, and the counts of all."""
        held = self.table["count"][at].astype(np.int64)
        after = pairs.running(held, counts)
        kept = looked.copy()
        kept[pairs.lasts] = True
        wanted = np.flatnonzero(kept)
        numbers = self.table["calls"][at]
        whole = self.rings.read(numbers[pairs.group[wanted]])
        new = after - held[pairs.group]
        rings = with_new(whole["calls"], wanted, pairs, calls, new, held)
        counts, newest = _bounded(after[pairs.lasts]), np.searchsorted(wanted, pairs.lasts)
        self.table["calls"][at] = self.rings.write(numbers, whole[newest], counts)
        self.table["count"][at] = counts
        return rings[looked[wanted]], after


def weighed(
    pairs: Grouped, held: NDArray[np.float32], score: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The evidence after each look; `held`, that of each pair, becomes what it is after the last.

    NaN stands for none, in `held` and in `score`.

    See `Lives.weigh`.
    """
    result = np.empty_like(score)
    for groups, rows in pairs.rounds():
        before = np.where(np.isnan(held[groups]), score[rows], held[groups])
        result[rows] = KEPT * before + (1.0 - KEPT) * score[rows]
        held[groups] = np.where(np.isnan(score[rows]), held[groups], result[rows])
    return result


def hour_of(ends: Floats) -> Floats:
    """The number of the hour of the clock to which windows with these ends belong."""
    number: Floats = np.floor((ends - 1.0) / HOUR)
    return number


def _bounded(counts: Ints) -> Ints:
    """Counts that a byte holds; the place in the ring stays what it was."""
    return np.where(counts > _FULL, _FULL + counts % LENGTH, counts)


def _level(total: Ints) -> Ints:
    """How often a life of so many connections has grown by GROWTH."""
    level: Ints = np.floor(np.log(np.maximum(total, 1)) / np.log(GROWTH)).astype(np.int64)
    return level


def _calls(connections: Connections, order: Ints, gaps: Floats) -> NDArray[np.void]:
    """The connections in an order as a life keeps them; `gaps` are in that order."""
    calls = np.empty(len(order), dtype=CALL)
    calls["gap"] = np.log1p(np.maximum(gaps, 0.0))
    for name in ("sent", "received", "duration"):
        calls[name] = np.log1p(getattr(connections, name)[order])
    calls["outcome"] = connections.outcome[order]
    return calls

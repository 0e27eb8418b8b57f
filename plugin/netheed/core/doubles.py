"""Two sensors, one network: a connection that both of them saw counts once.

Zeek's record and Suricata's are of one connection when both ends, ports and protocol are the same,
whoever began it, and the times overlap. That is what a community_id is made of, so it need not be
switched on, and equal private addresses of two sites stay two. Records of one sensor are never
doubles of each other.

Of a double the record is kept whose window closes first, and in one window Zeek's, because it knows
the beginning of a connection by its history. Where one sensor cuts a long flow into several, the
record that touches any kept one of the other sensor goes: what ended first stands, piece by piece,
and nothing is told twice. Which is kept depends on the records alone, not on how they came.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.columns import PROTOS, SENSOR_CODES, SENSORS, Rows
from netheed.core.segments import Floats, Mask, Words, combine
from netheed.core.state import State
from netheed.core.windows import Tick

SLACK: Final = 2.0
"""Seconds by which the times of one connection may miss each other: two machines, two clocks."""
REMEMBERED: Final = 300.0
"""Seconds before a window. The ends of one connection lie within 5 s by both sensors (measured)."""
MOST: Final = 1_000_000
"""Records that are remembered beyond their window, 25 bytes each; those that ended last."""
BESIDE: Final = 3600.0
"""Seconds within which both sensors must have told something: else there is but one."""

SPAN: Final = np.dtype([("key", "u8"), ("start", "f8"), ("end", "f8"), ("sensor", "i1")])
"""What a record must be known by; times in seconds."""
Spans = NDArray[np.void]

_TIME_BITS: Final = 38
_BEHIND: Final = 2.0 ** (_TIME_BITS - 1) / 1000.0
"""Seconds before and after a window that milliseconds of so many bits reach: four years."""


@dataclass(slots=True)
class Doubles:
    """What was kept lately, as far as two sensors feed. Not thread-safe."""

    seen_twice: int = 0
    """Records that were left out."""
    _kept: Spans = field(default_factory=lambda: np.empty(0, dtype=SPAN))
    _told: Floats = field(default_factory=lambda: np.full(len(SENSORS), -np.inf))
    """When each sensor told something last: the end of that window."""

    def without(self, tick: Tick) -> Tick:
        """The window with each connection once; the same object where one sensor feeds."""
        self._hear(tick)
        if not self.two_feed(tick.end):
            self._kept = self._kept[:0]
            return tick
        spans = spans_of(tick.rows)
        self._kept = self._kept[self._kept["end"] >= tick.start - REMEMBERED]
        kept = ~self._double(spans, tick.start)
        self._remember(spans[kept])
        if kept.all():
            return tick
        self.seen_twice += int(np.count_nonzero(~kept))
        return replace(tick, rows=tick.rows[kept], order=tick.order[kept])

    def two_feed(self, now: float) -> bool:
        """Whether there are two, though a window may hold records of one of them only."""
        return bool(self._told.min() >= now - BESIDE)

    def snapshot(self) -> State:
        """Everything, the kept ones in the order of their windows."""
        counters = {"seen_twice": np.array(self.seen_twice), "told": self._told}
        return {name: self._kept[name] for name in SPAN.names or ()} | counters

    def restore(self, state: State) -> None:
        """Take up what another instance gave. Raises KeyError or ValueError for another's."""
        if state["told"].shape != (len(SENSORS),):
            raise ValueError("a memory of other sensors")
        self.seen_twice, self._told = int(state["seen_twice"]), state["told"].astype(np.float64)
        self._kept = np.empty(len(state["key"]), dtype=SPAN)
        for name in SPAN.names or ():
            self._kept[name] = state[name]

    def _hear(self, tick: Tick) -> None:
        codes = tick.rows["sensor"]
        if len(codes):
            others = np.count_nonzero(codes)
            self._told[0] = tick.end if others < len(codes) else self._told[0]
            self._told[1] = tick.end if others else self._told[1]

    def _double(self, spans: Spans, around: float) -> Mask:
        """Which records of a window are of connections that stand already."""
        double = np.zeros(len(spans), dtype=np.bool_)
        for code in range(len(SENSORS)):
            own = spans["sensor"] == code
            double[own] = _met(spans[own], self._kept[self._kept["sensor"] != code], around)
        first = spans["sensor"] == SENSOR_CODES["zeek"]
        second, standing = ~first & ~double, first & ~double
        double[second] = _met(spans[second], spans[standing], around)
        return double

    def _remember(self, spans: Spans) -> None:
        kept = np.concatenate((self._kept, spans))
        if len(kept) > MOST:
            last = np.argpartition(kept["end"], len(kept) - MOST)[len(kept) - MOST :]
            kept = kept[np.sort(last)]
        self._kept = kept


def spans_of(rows: Rows) -> Spans:
    """What each of the rows is known by."""
    spans = np.empty(len(rows), dtype=SPAN)
    spans["key"] = keys_of(rows)
    spans["start"], spans["sensor"] = rows["start"], rows["sensor"]
    spans["end"] = rows["start"] + np.nan_to_num(rows["duration"])
    return spans


def keys_of(rows: Rows) -> Words:
    """One word for both ends, ports and protocol, the same from either side.

    Of ICMP without type and code, which the sensors write differently.
    """
    turned = is_turned(rows)
    ports = np.stack((rows["orig_port"], rows["resp_port"])).astype(np.uint64)
    ports[:, rows["proto"] == PROTOS["icmp"]] = 0
    near, far = (_either(turned, rows[a], rows[b]) for a, b in (_ENDS, _ENDS[::-1]))
    near_port, far_port = (_either(turned, *pair) for pair in (ports, ports[::-1]))
    proto = rows["proto"].astype(np.uint64)
    return combine(near, far, near_port << np.uint64(16) | far_port, proto)


def is_turned(rows: Rows) -> Mask:
    """Rows whose originator has the greater address, or of one address the greater port."""
    within = (rows["orig"] == rows["resp"]) & (rows["orig_port"] > rows["resp_port"])
    turned: Mask = (rows["orig"] > rows["resp"]) | within
    return turned


_ENDS: Final = ("orig", "resp")


def _either(turned: Mask, straight: NDArray[Any], back: NDArray[Any]) -> NDArray[Any]:
    return np.where(turned, back, straight)


def _met(own: Spans, others: Spans, around: float) -> Mask:
    """Which spans overlap one of the others with the same key, at times around this one.

    Of those with the key that began before a span's end, as many ended before its start, or there
    is one that overlaps.
    """
    if not len(own) or not len(others):
        return np.zeros(len(own), dtype=np.bool_)
    keys = np.unique(others["key"])
    at = np.searchsorted(keys, own["key"])
    at[at == len(keys)] = 0
    group = np.searchsorted(keys, others["key"])
    begins = np.sort(_placed(group, others["start"] - around))
    ends = np.sort(_placed(group, others["end"] - around))
    begun = np.searchsorted(begins, _placed(at, own["end"] - around + SLACK), side="right")
    over = np.searchsorted(ends, _placed(at, own["start"] - around - SLACK), side="left")
    met: Mask = (keys[at] == own["key"]) & (begun > over)
    return met


def _placed(group: NDArray[np.int64], time: Floats) -> Words:
    """Group by group, in each by time: milliseconds within four years, the nearest beyond."""
    reached = np.clip(time, -_BEHIND, _BEHIND - 1.0) + _BEHIND
    return group.astype(np.uint64) << np.uint64(_TIME_BITS) | (reached * 1000.0).astype(np.uint64)

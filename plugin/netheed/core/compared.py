"""Whether two sensors that see one network tell the same of it, period by period.

Nothing is compared before both have told the same connections, and no period in which what should
have been seen is too little: a single sensor, a start and a quiet night say nothing. What is
compared is a sample of connections, those with the least keys, which is the same for both and does
not depend on the order of records. A state lasts when it has been found in some periods in a row,
and ends likewise; periods that say nothing are passed over.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from netheed.core.columns import SENSORS, Rows
from netheed.core.doubles import SLACK, is_turned, keys_of
from netheed.core.segments import Floats, Ints, Mask, stable_order
from netheed.core.state import State
from netheed.core.windows import Tick
from netheed.records import Sensor

PERIOD: Final = 600.0
"""Seconds of event time."""
LASTING: Final = 3
"""Periods in a row."""
FEWEST: Final = 100
"""Connections of a period below which it says nothing."""
SAMPLED: Final = 16_384
"""Connections that are compared in a period, 76 bytes each."""

Measure = Literal["silent", "one_way", "loses_packets", "misses_connections"]
MEASURES: Final[tuple[Measure, ...]] = get_args(Measure)
LIMITS: Final = {
    "silent": 0.0,
    "one_way": 0.2,
    "loses_packets": 0.1,
    "misses_connections": 0.1,
}
"""A value above it is a disagreement."""
FADING: Final = 0.1
"""Weight of a period among those before it."""
SHAPE: Final = (len(MEASURES), len(SENSORS))

_ENTRY: Final = np.dtype(
    [
        ("key", "u8"),
        ("records", "u4", 2),
        ("low", "f8", 2),
        ("high", "f8", 2),
        ("start", "f8", 2),
        ("end", "f8", 2),
    ]
)
"""What each sensor told of one pair of ends and ports: records, packets from the end with the lower
address and from the other one, first start, last end."""
_OF_STATES: Final = ("values", "lasting", "told", "row", "since", "found", "shown")
_SUMMED: Final = ("records", "low", "high")
Entries = NDArray[np.void]


class Disagreement(NamedTuple):
    """A state of a sensor, measured by the other one, that lasts since now or has ended."""

    measure: Measure
    sensor: Sensor
    value: float
    """Of the period with which it began to last or was over: for `silent` the connections that the
    other one told, for `one_way` and `misses_connections` the share of connections, for
    `loses_packets` the share of packets."""
    since: float
    """When the first period began in which it was found, seconds."""
    found: float
    """When the last one ended."""
    lasting: bool
    """False where it has ended."""


@dataclass(slots=True)
class Compared:
    """What two sensors told in the running period, and what has been found. Not thread-safe."""

    values: Floats = field(default_factory=lambda: np.full(SHAPE, np.nan))
    """(MEASURES, SENSORS), as Disagreement.value; NaN where no period has said anything."""
    lasting: Mask = field(default_factory=lambda: np.zeros(SHAPE, dtype=np.bool_))
    _told: Mask = field(default_factory=lambda: np.zeros(SHAPE, dtype=np.bool_))
    _row: Ints = field(default_factory=lambda: np.zeros(SHAPE, dtype=np.int64))
    """Periods in a row in which a state was found, or less than 0: not found."""
    _since: Floats = field(default_factory=lambda: np.full(SHAPE, np.nan))
    _common: Floats = field(default_factory=lambda: np.zeros(len(SENSORS)))
    """Share of the other's connections that each tells too, fading; 0 before both told the same."""
    _found: Floats = field(default_factory=lambda: np.full(SHAPE, np.nan))
    """End of the period with which a state began to last or was over."""
    _shown: Floats = field(default_factory=lambda: np.full(SHAPE, np.nan))
    """The value of that period."""
    _period: int | None = None
    _records: Ints = field(default_factory=lambda: np.zeros(len(SENSORS), dtype=np.int64))
    _sample: Entries = field(default_factory=lambda: np.empty(0, dtype=_ENTRY))

    def take(self, tick: Tick, *, two_feed: bool) -> None:
        """A window as both sensors told it, with its doubles."""
        period = int(tick.start // PERIOD)
        if self._period is not None and period != self._period:
            self._judge((self._period + 1) * PERIOD)
            self._records[:], self._sample = 0, self._sample[:0]
        self._period = period
        second = int(np.count_nonzero(tick.rows["sensor"]))
        self._records += (len(tick.rows) - second, second)
        if two_feed:
            self._sample = _merged(self._sample, tick.rows)

    def changes(self) -> Iterator[Disagreement]:
        """What began to last or has ended since the last call."""
        changed = np.argwhere(self.lasting != self._told)
        self._told = self.lasting.copy()
        for measure, sensor in changed.tolist():
            yield Disagreement(
                measure=MEASURES[measure],
                sensor=SENSORS[sensor],
                value=float(self._shown[measure, sensor]),
                since=float(self._since[measure, sensor]),
                found=float(self._found[measure, sensor]),
                lasting=bool(self.lasting[measure, sensor]),
            )

    def snapshot(self) -> State:
        """Everything."""
        sample = {f"sample_{name}": self._sample[name] for name in _ENTRY.names or ()}
        period = [] if self._period is None else [self._period]
        return sample | {
            "values": self.values,
            "lasting": self.lasting,
            "told": self._told,
            "row": self._row,
            "since": self._since,
            "common": self._common,
            "period": np.array(period, dtype=np.int64),
            "found": self._found,
            "shown": self._shown,
            "records": self._records,
        }

    def restore(self, state: State) -> None:
        """Take up what another instance gave. Raises KeyError or ValueError for another's."""
        if any(state[name].shape != SHAPE for name in _OF_STATES):
            raise ValueError("a comparison of other measures")
        self.values, self.lasting, self._told = state["values"], state["lasting"], state["told"]
        self._row, self._since = state["row"], state["since"]
        self._common, self._records = state["common"], state["records"]
        self._period = int(state["period"][0]) if len(state["period"]) else None
        self._found, self._shown = state["found"], state["shown"]
        self._sample = np.empty(len(state["sample_key"]), dtype=_ENTRY)
        for name in _ENTRY.names or ():
            self._sample[name] = state[f"sample_{name}"]

    def _judge(self, end: float) -> None:
        """What the period says that has ended."""
        measured = np.full(SHAPE, np.nan)
        for sensor in range(len(SENSORS)):
            measured[:, sensor] = self._measured(sensor)
        said = ~np.isnan(measured)
        found = measured > np.array(list(LIMITS.values()))[:, None]
        self._since[found & (self._row <= 0) & ~self.lasting] = end - PERIOD
        self._row[said & found] = np.maximum(self._row, 0)[said & found] + 1
        self._row[said & ~found] = np.minimum(self._row, 0)[said & ~found] - 1
        self.values[said] = measured[said]
        lasting = (self._row >= LASTING) | (self.lasting & (self._row > -LASTING))
        turned, self.lasting = lasting != self.lasting, lasting
        self._found[turned], self._shown[turned] = end, measured[turned]

    def _measured(self, sensor: int) -> tuple[float, float, float, float]:
        """Of a sensor, in the order of MEASURES; NaN where the period does not say."""
        other, told = 1 - sensor, self._sample["records"] > 0
        if self._records[sensor] == 0:
            expected = self._records[other] * self._common[sensor]
            silent = float(self._records[other]) if expected > FEWEST else np.nan
            return silent, np.nan, np.nan, np.nan
        theirs = int(np.count_nonzero(told[:, other]))
        if theirs < FEWEST:
            return np.nan, np.nan, np.nan, np.nan
        share = int(np.count_nonzero(told.all(axis=1))) / theirs
        pairs = self._sample[_alike(self._sample)]
        if len(pairs) >= FEWEST:
            self._learn(sensor, share)
        missing = 1.0 - share if self._common[sensor] else np.nan
        return 0.0, *_of_pairs(pairs, sensor, other), missing

    def _learn(self, sensor: int, share: float) -> None:
        before = self._common[sensor]
        self._common[sensor] = before + FADING * (share - before) if before else share


def _of_pairs(pairs: Entries, sensor: int, other: int) -> tuple[float, float]:
    """Share of one direction only where the other saw both, and of packets that are not there."""
    known = np.isfinite(pairs["low"] + pairs["high"]).all(axis=1)
    low, high = pairs["low"][known], pairs["high"][known]
    if len(low) < FEWEST:
        return np.nan, np.nan
    half = ((low > 0) != (high > 0))[:, sensor] & ((low > 0) & (high > 0))[:, other]
    packets = (low + high).sum(axis=0)
    lost = max(0.0, 1.0 - packets[sensor] / packets[other]) if packets[other] else np.nan
    return float(half.mean()), float(lost)


def _alike(sample: Entries) -> Mask:
    """Which entries are one connection by both, and not cut differently by them."""
    once = (sample["records"] == 1).all(axis=1)
    with np.errstate(invalid="ignore"):  # what only one told began and ended never by the other
        begun = np.abs(sample["start"][:, 0] - sample["start"][:, 1]) <= SLACK
        ended = np.abs(sample["end"][:, 0] - sample["end"][:, 1]) <= SLACK
    alike: Mask = once & begun & ended
    return alike


def _merged(sample: Entries, rows: Rows) -> Entries:
    """With the rows of a window, and of all the least keys."""
    keys = keys_of(rows)
    if len(sample) == SAMPLED:
        near = keys <= sample["key"][-1]
        keys, rows = keys[near], rows[near]
    entries = np.concatenate((sample, _entries(keys, rows)))
    if not len(entries):
        return entries
    entries = entries[stable_order(entries["key"])]
    firsts = np.flatnonzero(np.append(True, entries["key"][1:] != entries["key"][:-1]))
    merged = entries[firsts]
    for name in _SUMMED:
        merged[name] = np.add.reduceat(entries[name], firsts, axis=0)
    merged["start"] = np.minimum.reduceat(entries["start"], firsts, axis=0)
    merged["end"] = np.maximum.reduceat(entries["end"], firsts, axis=0)
    return merged[:SAMPLED]


def _entries(keys: NDArray[np.uint64], rows: Rows) -> Entries:
    """One for each row."""
    entries = np.zeros(len(rows), dtype=_ENTRY)
    entries["key"], entries["start"], entries["end"] = keys, np.inf, -np.inf
    turned, ends = is_turned(rows), rows["start"] + np.nan_to_num(rows["duration"])
    packets: tuple[Any, Any] = rows["orig_pkts"], rows["resp_pkts"]
    for sensor in range(len(SENSORS)):
        own = np.flatnonzero(rows["sensor"] == sensor)
        entries["records"][own, sensor] = 1
        entries["low"][own, sensor] = np.where(turned, *packets[::-1])[own]
        entries["high"][own, sensor] = np.where(turned, *packets)[own]
        entries["start"][own, sensor], entries["end"][own, sensor] = rows["start"][own], ends[own]
    return entries

"""RITA's beacon score of one pair, from its documentation (Active Countermeasures, version 5).

Our own code. Four scores between 0 and 1 count the same: how regular the gaps between connections
are, how regular the bytes sent, how even the hours, how much of the time is covered. RITA looks at
24 hours at once; of longer recordings the best of their 24-hour windows counts. RITA takes a pair
of addresses, or an address and a server name; here a pair has a port and a protocol as well, so
that all detectors rank the same.
"""

from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.segments import Floats

DAY: Final = 86_400.0
FEWEST: Final = 4
"""Connections of a pair that is scored."""
FEWEST_GAPS: Final = 3
"""Gaps above zero of a pair that is scored."""
BINS: Final = 24
NARROW: Final = 10.0
"""A quartile range, in seconds or bytes, that is never called skewed."""
MODES_FROM: Final = 11
"""Bins with connections, of which two heights may be looked for."""
STEP: Final = 0.05
"""Of the highest bin: bins within it are equally high."""
LASTING_FROM: Final = 6
"""Bins with connections below which a pair does not last."""
LASTING: Final = 12
"""Bins in a row that are a whole score."""


@dataclass(frozen=True, slots=True)
class Beacon:
    """The four scores of a pair."""

    gaps: float
    sizes: float
    hours: float
    lasting: float

    @property
    def score(self) -> float:
        """Their mean."""
        return (self.gaps + self.sizes + self.hours + self.lasting) / 4


def best(starts: Floats, sent: Floats, span: tuple[float, float]) -> float | None:
    """The score of the best 24 hours of a recording from span[0] to span[1].

    `starts` (n) seconds, `sent` (n) bytes from the originator; None where no part can be scored.
    """
    first, last = span
    parts = max(1, ceil((last - first) / DAY))
    scores = []
    for begin in (first + DAY * number for number in range(parts)):
        inside = (starts >= begin) & ((starts < begin + DAY) | (begin + DAY >= last))
        found = beacon(starts[inside], sent[inside], (begin, min(last, begin + DAY)))
        scores += [] if found is None else [found.score]
    return max(scores, default=None)


def beacon(starts: Floats, sent: Floats, span: tuple[float, float]) -> Beacon | None:
    """The scores of a pair within a data set from span[0] to span[1]; None with too little."""
    if len(starts) < FEWEST:
        return None
    gaps = np.diff(np.sort(np.floor(starts)))
    gaps = gaps[gaps > 0]
    if len(gaps) < FEWEST_GAPS:
        return None
    counts, _ = np.histogram(starts, bins=BINS, range=(span[0], max(span[1], span[0] + 1.0)))
    covered = float(np.ptp(starts)) / max(span[1] - span[0], 1.0)
    return Beacon(
        gaps=regular(gaps, of_none=1.0),
        sizes=regular(sent, of_none=0.0),
        hours=max(even(counts), two_heights(counts)),
        lasting=lasting(counts, covered),
    )


def regular(values: Floats, *, of_none: float) -> float:
    """How little values are skewed and spread; `of_none` is the spread's where they are 0."""
    ordered = np.sort(values)
    half = len(ordered) // 2
    lower, middle, upper = (
        float(np.median(part)) for part in (ordered[:half], ordered, ordered[-half:])
    )
    skew = 0.0
    if upper - lower >= NARROW and middle not in {lower, upper}:
        skew = (lower + upper - 2 * middle) / (upper - lower)
    spread = of_none
    if middle >= 1:
        spread = max(0.0, (middle - float(np.median(np.abs(values - middle)))) / middle)
    return (1 - abs(skew) + spread) / 2


def even(counts: NDArray[np.int64]) -> float:
    """1 less the coefficient of variation of the bins."""
    mean = float(counts.mean())
    return max(0.0, 1.0 - float(counts.std()) / mean) if mean else 0.0


def two_heights(counts: NDArray[np.int64]) -> float:
    """How many of the bins with connections have one of two heights; one may be another."""
    there = counts[counts > 0]
    if len(there) < MODES_FROM:
        return 0.0
    _, sizes = np.unique(there // ceil(STEP * int(there.max())), return_counts=True)
    return min(1.0, float(np.sort(sizes)[-2:].sum()) / (len(there) - 1))


def lasting(counts: NDArray[np.int64], covered: float) -> float:
    """How much of the time is covered, or how many bins follow each other, over midnight too."""
    there = counts > 0
    if there.sum() < LASTING_FROM:
        return 0.0
    return min(1.0, max(covered, _longest_run(there) / LASTING))


def _longest_run(there: NDArray[np.bool_]) -> int:
    if there.all():
        return len(there)
    turned = np.roll(there, -int(np.flatnonzero(~there)[0]))
    gaps = np.flatnonzero(np.append(~turned, True))
    return int(np.diff(gaps).max()) - 1

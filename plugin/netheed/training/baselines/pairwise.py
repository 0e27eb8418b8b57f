"""Pairs of a recording as a plain table, and three ways to rank them: which pair is guilty?

A row is who calls whom on which port, with FEWEST connections or more. Its features know no
address, no absolute time and no originator's port.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import IsolationForest

from netheed.core.networks import DEFAULT_LOCAL, AddressWords
from netheed.core.segments import Floats
from netheed.records import Connection, Outcome
from netheed.training.baselines import rita
from netheed.training.datasets import BENIGN, Recording
from netheed.training.splits import HOUR
from netheed.training.trials import Pair, ended, local_end, pair_of

FEWEST: Final = rita.FEWEST
COLUMNS: Final = (
    "connections, log",
    "median gap, log seconds",
    "spread of gaps",
    "median bytes sent, log",
    "spread of bytes sent",
    "median bytes received, log",
    "spread of bytes received",
    "median duration, log seconds",
    "share failed",
    "span, log seconds",
    "hours active, log",
)
"""Spreads are the median absolute deviation by the median."""
TREES: Final = 100
OTHERS: Final = 3
"""Other pairs of a host below which none of its pairs stands out."""
NARROWEST: Final = 0.05
"""Least deviation of a feature: most are logarithms or shares."""
MOST: Final = 10.0
"""What one feature may add at most: a single one must not decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """The pairs of one recording, a row each."""

    pairs: tuple[Pair, ...]
    hosts: tuple[str, ...]
    """The local end of each, the originator where both are; the originator where none is."""
    starts: tuple[Floats, ...]
    """Of each pair's connections, ascending, seconds."""
    sent: tuple[Floats, ...]
    """Bytes from the originator, beside `starts`; unknown is 0."""
    span: tuple[float, float]
    """First and last start in the recording."""
    table: NDArray[np.float64]
    """(pairs, COLUMNS)."""
    benign: NDArray[np.bool_]
    """(pairs) every connection is labelled benign."""


def pairs_of(recording: Recording) -> Pairs:
    """All pairs of a recording with at least FEWEST connections."""
    found: dict[Pair, list[tuple[Connection, str | None]]] = defaultdict(list)
    for labelled in zip(recording.connections, recording.published, strict=True):
        found[pair_of(labelled[0])].append(labelled)
    kept = {pair: part for pair, part in found.items() if len(part) >= FEWEST}
    words = AddressWords((*DEFAULT_LOCAL, *recording.local))
    ordered = [sorted((c for c, _ in part), key=lambda c: c.start) for part in kept.values()]
    every = [connection.start for connection in recording.connections]
    return Pairs(
        pairs=tuple(kept),
        hosts=tuple(local_end(part[0], words) or part[0].orig for part in ordered),
        starts=tuple(np.array([c.start for c in part]) for part in ordered),
        sent=tuple(_numbers(c.orig_bytes for c in part) for part in ordered),
        span=(min(every), max(every)),
        table=np.array([_row(part) for part in ordered]).reshape(-1, len(COLUMNS)),
        benign=np.array([all(n == BENIGN for _, n in part) for part in kept.values()], np.bool_),
    )


def _row(part: Sequence[Connection]) -> list[float]:
    """One row of the table from a pair's connections in order of time."""
    starts = np.array([c.start for c in part])
    gaps = np.diff(starts)
    sent, received = (_numbers(getattr(c, f"{s}_bytes") for c in part) for s in ("orig", "resp"))
    failed = [c.outcome in {Outcome.UNANSWERED, Outcome.REFUSED} for c in part]
    middles = (np.median(gaps), np.median(sent), np.median(received))
    gap, out, back = (float(np.log1p(middle)) for middle in middles)
    return [
        float(np.log1p(len(part))),
        gap,
        _spread(gaps),
        out,
        _spread(sent),
        back,
        _spread(received),
        float(np.log1p(np.median(_numbers(c.duration for c in part)))),
        float(np.mean(failed)),
        float(np.log1p(ended(part[-1]) - starts[0])),
        float(np.log1p(len(np.unique(starts // HOUR)))),
    ]


def _numbers(values: Iterable[float | None]) -> Floats:
    return np.array([value or 0.0 for value in values], dtype=np.float64)


def _spread(values: Floats) -> float:
    """Median absolute deviation by the median, at most 10; 0 of values that are mostly 0."""
    middle = float(np.median(values))
    return min(MOST, float(np.median(np.abs(values - middle))) / middle) if middle > 0 else 0.0


Ranker = Callable[[Pairs], Floats]
"""(pairs) scores, higher is odder; minus infinity for a pair of which it can say nothing."""


def by_rita(pairs: Pairs) -> Floats:
    """The beacon score of each pair."""
    both = zip(pairs.starts, pairs.sent, strict=True)
    found = (rita.best(starts, sent, pairs.span) for starts, sent in both)
    return np.array([-np.inf if score is None else score for score in found], dtype=np.float64)


def by_host(pairs: Pairs) -> Floats:
    """Mean over the features of how far a pair is from the other pairs of its host.

    In robust deviations: by the median and the median absolute deviation of the others.
    """
    scores = np.full(len(pairs.pairs), -np.inf)
    hosts = np.array(pairs.hosts)
    for host in set(pairs.hosts):
        own = np.flatnonzero(hosts == host)
        if len(own) > OTHERS:
            table = pairs.table[own]
            scores[own] = [_away(row, np.delete(table, at, 0)) for at, row in enumerate(table)]
    return scores


def _away(row: Floats, others: NDArray[np.float64]) -> float:
    middle = np.median(others, axis=0)
    spread = 1.4826 * np.median(np.abs(others - middle), axis=0)
    return float(np.minimum(MOST, np.abs(row - middle) / np.maximum(spread, NARROWEST)).mean())


def forest(benign: NDArray[np.float64], seed: int) -> Ranker:
    """An Isolation Forest (Liu et al. 2008) fitted on benign pairs (n, COLUMNS)."""
    fitted = IsolationForest(n_estimators=TREES, random_state=seed, n_jobs=1).fit(benign)
    return partial(_isolated, fitted)


def _isolated(fitted: IsolationForest, pairs: Pairs) -> Floats:
    if not len(pairs.table):
        return np.empty(0)
    return np.asarray(-fitted.score_samples(pairs.table), dtype=np.float64)


def rank(scores: Mapping[Pair, float], pair: Pair, among: int) -> int:
    """The place of a pair among `among`, 1 the oddest; equal scores count against it.

    A pair that is not there, or of which nothing could be said, has the last place of all.
    """
    own = scores.get(pair, -np.inf)
    if own == -np.inf:
        return among
    return sum(score >= own for score in scores.values())

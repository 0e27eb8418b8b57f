"""The heart: connections in, verdicts out. The ports say what the parts around it must offer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from netheed.core.features import Features, HostWindows
from netheed.core.windows import Windows
from netheed.records import Connection, Notice, Tally


@dataclass(frozen=True, slots=True)
class Scores:
    """One entry a host of a HostWindows."""

    score: NDArray[np.float32]
    p_value: NDArray[np.float64]
    kinds: NDArray[np.float32]
    """(hosts, kinds) probabilities."""
    names: tuple[str, ...]
    """What the columns of `kinds` are called; the first is benign."""
    surprise: NDArray[np.float32]
    """Mean negative log-likelihood of the features, nats."""
    sequences: NDArray[np.float32]
    """(hosts, length, features), transformed: what the model read."""
    mask: NDArray[np.bool_]


class Source(Protocol):
    """Where connections come from."""

    def batches(self, windows: Windows) -> Iterable[tuple[str, list[Connection]]]:
        """Batches with the name of their origin.

        The source begins each origin on `windows` before its first batch and finishes it after
        its last, so that no window closes while one of them may still add to it.
        """
        ...


class Judge(Protocol):
    """What scores the windows of one tick."""

    def score(self, windows: HostWindows) -> Scores:
        """One entry a host; windows must come in order of time."""
        ...


class Gate(Protocol):
    """What decides which scored windows the analyst sees."""

    def notices(self, windows: HostWindows, scores: Scores) -> list[Notice]:
        """The notices of one tick, in the order of its hosts."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """One scored tick."""

    windows: HostWindows
    scores: Scores
    notices: list[Notice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The stages between source and sink."""

    windows: Windows
    features: Features
    scorer: Judge
    triage: Gate
    tally: Tally

    def run(self, source: Source) -> Iterator[Verdict]:
        """Score every window as it closes, oldest first."""
        for origin, batch in source.batches(self.windows):
            self.windows.add(origin, batch)
            yield from self._close()
        yield from self._close()

    def _close(self) -> Iterator[Verdict]:
        for tick in self.windows.closed():
            hosts = self.features.of(tick)
            scores = self.scorer.score(hosts)
            notices = self.triage.notices(hosts, scores)
            self.tally.windows += len(hosts.names)
            self.tally.notices += len(notices)
            yield Verdict(hosts, scores, notices)
        self.tally.late = self.windows.late

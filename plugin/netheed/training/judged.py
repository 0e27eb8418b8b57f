"""What the served detector says of one recording: the pipeline as it runs, with what it saw kept.

Everything that triage decides by is kept of each window, so that notices at another threshold can
be told afterwards without scoring again.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import numpy as np
from msgspec import Struct

from netheed import build
from netheed.config import NetworkSettings, Settings, TriageSettings
from netheed.core.columns import Columns
from netheed.core.networks import DEFAULT_LOCAL, AddressWords
from netheed.model.scorer import Scorer
from netheed.pipeline import ScoredTick
from netheed.ports import Position, Read
from netheed.records import Tally
from netheed.training.datasets import Recording
from netheed.training.trials import Pair, pair_of
from netheed.triage.evidence import peer_row
from netheed.triage.policy import has_evidence, kind_of, severity_of

TOGETHER: Final = 64
"""Quiet minutes that pass at once."""
AT_ONCE: Final = 8192
"""Connections of one Read."""
DEFAULT: Final = TriageSettings()


class Window(Struct, frozen=True, array_like=True, gc=False):
    """One window of one host."""

    host: str
    start: float
    end: float
    score: float
    p_value: float
    kind: str
    """What a notice would call it."""
    severity: int
    evidence: bool
    """Whether it reaches the floor of its kind."""
    pair: Pair | None
    """Of the one peer that a notice would name; None without evidence."""


class Told(Struct, frozen=True, array_like=True):
    """A notice, as far as it is judged."""

    host: str
    peer: str | None
    kind: str
    start: float
    end: float
    p_value: float
    score: float


class Judged(Struct, frozen=True, kw_only=True):
    """A whole recording."""

    model: str
    """Id of the model."""
    seconds: float
    """What the pipeline took."""
    windows: list[Window]
    notices: list[Told]


@dataclass(frozen=True, slots=True)
class Replay:
    """A recording as a source, in the order in which it was recorded."""

    recording: Recording
    words: AddressWords

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source; from the beginning, whatever the positions."""
        name, connections = self.recording.name, self.recording.connections
        for at in range(0, len(connections), AT_ONCE):
            part = connections[at : at + AT_ONCE]
            yield Read(name, Columns.of(part, self.words), str(at + len(part)))
        yield Read(name, Columns.none(), str(len(connections)), last=True)

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """Nothing is kept."""


def judged(recording: Recording, scorer: Scorer) -> Judged:
    """Run core, model and triage over a recording with default settings."""
    local = (*DEFAULT_LOCAL, *recording.local)
    settings = Settings(networks=NetworkSettings(local=local))
    pipeline = build.pipeline(settings, Tally(), scorer, together=TOGETHER)
    windows, notices, seconds = [], [], 0.0
    begun = perf_counter()
    for tick in pipeline.run(Replay(recording, AddressWords(local))):
        seconds += perf_counter() - begun
        windows += [_window(tick, at) for at in range(len(tick.windows.names))]
        notices += [
            Told(n.host, n.peer, n.kind, n.start, n.end, n.p_value, n.score) for n in tick.notices
        ]
        begun = perf_counter()
    model = scorer.manifest.id
    return Judged(model=model, seconds=round(seconds, 3), windows=windows, notices=notices)


def _window(scored: ScoredTick, at: int) -> Window:
    windows, scores = scored.windows, scored.scores
    kind, probability = kind_of(scores, at)
    p_value = float(scores.p_value[at])
    evidence = has_evidence(windows.values[at], kind)
    return Window(
        host=windows.names[at],
        start=windows.tick.start,
        end=windows.tick.end,
        score=float(scores.score[at]),
        p_value=p_value,
        kind=kind,
        severity=severity_of(p_value, probability, kind),
        evidence=evidence,
        pair=_pair(scored, at, kind) if evidence else None,
    )


def _pair(scored: ScoredTick, at: int, kind: str) -> Pair | None:
    row = peer_row(scored.windows, at, kind)
    if row < 0:
        return None
    [connection] = scored.windows.tick.connections(scored.windows.rows.row[[row]])
    return pair_of(connection)


def noticed(windows: Iterable[Window], p_value: float) -> list[Window]:
    """The windows that triage would tell at another p-value, in the order of time.

    With its default `repeat_after`; repeats are known by host and kind.
    """
    last: dict[tuple[str, str], tuple[float, int]] = {}
    found = []
    for window in windows:
        if window.p_value > p_value or not window.evidence:
            continue
        end, severity = last.get((window.host, window.kind), (-np.inf, -1))
        if abs(window.end - end) >= DEFAULT.repeat_after or window.severity > severity:
            last[window.host, window.kind] = (window.end, window.severity)
            found.append(window)
    return found


def by_pair(windows: Iterable[Window]) -> dict[Pair, float]:
    """The highest score of a window whose notice would name the pair: netheed ranks no pairs.

    A window speaks for the one pair that its notice would name, whatever its p-value; a pair that
    no window would name is not there.
    """
    scores: dict[Pair, float] = {}
    for window in windows:
        if window.pair is not None:
            scores[window.pair] = max(window.score, scores.get(window.pair, -np.inf))
    return scores

"""What the served detector says of one recording: the pipeline as it runs, with what it saw kept.

Everything that triage decides by is kept of each window, so that notices at another threshold can
be told afterwards without scoring again.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from time import perf_counter
from typing import Final

import numpy as np
from msgspec import Struct

from netheed import build
from netheed.beacons import MOST, Ranking
from netheed.config import NetworkSettings, Settings, TriageSettings
from netheed.core import act_rows, namings
from netheed.core.columns import Columns
from netheed.core.features import HostWindows
from netheed.core.networks import DEFAULT_LOCAL, AddressWords
from netheed.model.scorer import Scorer
from netheed.pipeline import Pipeline, ScoredTick, Scores, Verdict
from netheed.ports import Position, Read
from netheed.records import Beacon, Driver, Notice, Tally
from netheed.scales import MINUTE, PAIR, SCALES
from netheed.training.datasets import Recording
from netheed.training.trials import Pair
from netheed.triage.drivers import Drivers
from netheed.triage.policy import Triage, has_evidence, kind_of, row_of_peer, severity_of, verdicts

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
    peer: str | None
    """The one that a notice would name; None without evidence."""
    scale: str
    """Which found it oddest."""


class Told(Struct, frozen=True, array_like=True):
    """A notice, as far as it is judged."""

    host: str
    peer: str | None
    kind: str
    start: float
    end: float
    p_value: float
    score: float
    scale: str = MINUTE


class Judged(Struct, frozen=True, kw_only=True):
    """A whole recording."""

    model: str
    """Id of the model."""
    seconds: float
    """What the pipeline took."""
    windows: list[Window]
    notices: list[Told]
    pairs: list[tuple[Pair, float]]
    """Every pair that was looked at, as `netheed beacons` ranks them: the higher the odder, equal
    where p-value and score are."""
    some: dict[str, list[Told]] = {}
    """The notices by some of the scales alone: their names, joined by +, -> notices."""


@dataclass(frozen=True, slots=True)
class Replay:
    """A recording as a source, in the order in which it was recorded."""

    recording: Recording
    words: AddressWords

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source; from the beginning, whatever the positions."""
        name, connections = self.recording.name, self.recording.connections
        named = namings.columns(self.recording.namings, self.words)
        acted = act_rows.columns(self.recording.acts, self.words)
        yield Read(name, Columns.none(), "0", namings=named, acts=acted)
        for at in range(0, len(connections), AT_ONCE):
            part = connections[at : at + AT_ONCE]
            yield Read(name, Columns.of(part, self.words), str(at + len(part)))
        yield Read(name, Columns.none(), str(len(connections)), last=True)

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """Nothing is kept."""


def judged(recording: Recording, scorer: Scorer) -> Judged:
    """Run core, model and triage over a recording with default settings.

    Triage decides beside by each choice of the scales: windows and scores are the same.
    """
    local = (*DEFAULT_LOCAL, *recording.local)
    settings = Settings(networks=NetworkSettings(local=local))
    pipeline = build.pipeline(settings, Tally(), scorer, together=TOGETHER)
    gates = {name: _gate(pipeline, scorer) for name in choices()}
    some: dict[str, list[Told]] = {name: [] for name in gates}
    windows, notices, seconds = list[Window](), list[Told](), 0.0
    begun = perf_counter()
    ranking = Ranking(MOST, pipeline.core.names)
    for tick in pipeline.run(Replay(recording, AddressWords(local))):
        seconds += perf_counter() - begun
        windows += [_window(tick, at) for at in range(len(tick.windows.names))]
        notices += map(_told, tick.notices)
        for name, gate in gates.items():
            scores = by_some(tick.scores, name)
            some[name] += map(_told, gate.notices(tick.windows, scores))
        if scorer.pairs is not None:
            ranking.take([tick])
        begun = perf_counter()
    pairs = list(_placed(ranking.ranked()))
    model = scorer.manifest.id
    seconds = round(seconds, 3)
    return Judged(
        model=model, seconds=seconds, windows=windows, notices=notices, pairs=pairs, some=some
    )


def choices() -> tuple[str, ...]:
    """Each choice of some of SCALES but not all, their names joined by +, the smallest first."""
    sizes = range(1, len(SCALES))
    return tuple("+".join(some) for size in sizes for some in combinations(SCALES, size))


def by_some(scores: Scores, choice: str) -> Scores:
    """The scores where the scales that were not chosen say nothing."""
    chosen = choice.split("+")
    silent = np.array([scale not in chosen for scale in SCALES])
    pairs = scores.pairs
    if PAIR not in chosen:
        pairs = replace(pairs, p_value=np.full(len(pairs.p_value), np.nan))
    p_values = np.where(silent[:, None], np.nan, scores.p_values)
    return replace(scores, p_values=p_values, pairs=pairs)


class _Untold(Drivers):
    """Looks for no reasons: nobody reads them."""

    def of(self, windows: HostWindows, at: int) -> tuple[Driver, ...]:
        return ()

    def of_pair(self, windows: HostWindows, pair: int) -> tuple[Driver, ...]:
        return ()

    def of_hours(self, windows: HostWindows, look: int) -> tuple[Driver, ...]:
        return ()


def _gate(pipeline: Pipeline, scorer: Scorer) -> Triage:
    """Triage with default settings and a memory of its own."""
    sequences = pipeline.core.sequences
    return Triage(
        drivers=_Untold(model=scorer, usual=scorer.usual, sequences=sequences),
        model=scorer.manifest.id,
        p_value=DEFAULT.p_value,
        repeats=build.repeats(DEFAULT),
        config="",
    )


def _told(notice: Notice) -> Told:
    n = notice
    return Told(n.host, n.peer, n.kind, n.start, n.end, n.p_value, n.score, n.scale)


def _placed(ranked: Sequence[Beacon]) -> Iterator[tuple[Pair, float]]:
    place, before = 0, (np.nan, np.nan)
    for number, beacon in enumerate(ranked):
        if (beacon.p_value, beacon.score) != before:
            place, before = number, (beacon.p_value, beacon.score)
        yield Pair(beacon.host, beacon.peer, beacon.port, beacon.proto), -float(place)


def _window(scored: ScoredTick, at: int) -> Window:
    windows, scores = scored.windows, scored.scores
    verdict, evidence = _told_by(scored, at)
    kind, probability = kind_of(verdict.kinds, verdict.names)
    p_value = float(scores.p_value[at])
    row = row_of_peer(windows, verdict, at, kind) if evidence else -1
    return Window(
        host=windows.names[at],
        start=windows.tick.start,
        end=windows.tick.end,
        score=verdict.score,
        p_value=p_value,
        kind=kind,
        severity=severity_of(p_value, probability, kind),
        evidence=evidence,
        peer=windows.peer_at(row) if row >= 0 else None,
        scale=verdict.scale,
    )


def _told_by(scored: ScoredTick, at: int) -> tuple[Verdict, bool]:
    """The verdict by which a host would be told, and whether there is evidence for it."""
    windows, scores = scored.windows, scored.scores
    first = scores.by(at)
    for verdict, _ in verdicts(windows, scores, at, DEFAULT.p_value):
        kind, _ = kind_of(verdict.kinds, verdict.names)
        if has_evidence(windows, verdict, at, kind):
            return verdict, True
    return first, False


def noticed(windows: Iterable[Window], p_value: float) -> list[Window]:
    """The windows that triage would tell at another p-value, in the order of time."""
    told = build.repeats(DEFAULT)
    found = []
    for window in windows:
        if window.p_value <= p_value and window.evidence:
            same = told.same("", window.host, window.kind, window.peer, window.scale)
            if not told.again(same, window.end, window.severity):
                found.append(window)
    return found

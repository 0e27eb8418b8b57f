"""The heart: connections in, notices out."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from netheed.core.core import Core
from netheed.core.features import HostWindows
from netheed.core.hour_vector import HourLooks
from netheed.core.life_vector import PairLooks
from netheed.core.state import State, joined, part, words
from netheed.errors import StateError
from netheed.ports import BATCH, LifeModel, Model, Position, Read, Source
from netheed.records import Notice, ScoredWindow, Tally
from netheed.remarks import of_disagreement
from netheed.scales import HOURS, MINUTE, PAIR, SCALES, combined, least

STAGES: Final = ("windows", "scores", "triage")
PER_CONNECTION: Final = 4e-6
"""Seconds, before a large window has closed; measured in docs/speed.md."""
TELLING: Final = 100_000
"""Connections from which a pass says what one costs; a smaller one says what it costs to begin."""


@dataclass(frozen=True, slots=True)
class LifeScores:
    """One entry a life of a HostWindows that was looked at, a pair's or a host's hours."""

    score: NDArray[np.float32]
    """Of a pair with the evidence of earlier looks."""
    p_value: NDArray[np.float64]
    kinds: NDArray[np.float32]
    """(lives, kinds) probabilities, of this look."""
    names: tuple[str, ...]
    """What the columns of `kinds` are called; the first is benign."""

    @classmethod
    def unknown(cls, lives: int, names: tuple[str, ...]) -> "LifeScores":
        """By a model that knows no such lives."""
        nothing = np.full(lives, np.nan)
        shares = np.zeros((lives, len(names)), dtype=np.float32)
        return cls(nothing.astype(np.float32), nothing, shares, names)

    def of(self, own: slice) -> "LifeScores":
        """Some of them."""
        return LifeScores(self.score[own], self.p_value[own], self.kinds[own], self.names)


class Verdict(NamedTuple):
    """What one scale says of a host."""

    scale: str
    score: float
    kinds: NDArray[np.float32]
    """Probabilities."""
    names: tuple[str, ...]
    """What these kinds are called; the first is benign."""
    look: int = -1
    """Which of the lives of that scale that were looked at; -1 for the minute."""


@dataclass(frozen=True, slots=True)
class Scores:
    """One entry a host of a HostWindows."""

    score: NDArray[np.float32]
    """Of the host's minute."""
    p_values: NDArray[np.float64]
    """(SCALES, hosts); NaN where a scale says nothing."""
    kinds: NDArray[np.float32]
    """(hosts, kinds) probabilities, of the host's minute."""
    names: tuple[str, ...]
    """What the columns of `kinds` are called, of the minute's; the first is benign."""
    surprise: NDArray[np.float32]
    pairs: LifeScores
    worst_pair: NDArray[np.int64]
    """The host's pair with the least p-value, a row of `pairs`; -1 where none was looked at."""
    hours: LifeScores
    own_hours: NDArray[np.int64]
    """The host's hours, a row of `hours`; -1 where they were not looked at."""
    p_value: NDArray[np.float64] = field(init=False)
    """Of all scales together."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "p_value", combined(self.p_values))

    def by(self, at: int) -> Verdict:
        """The verdict of the scale that finds a host oddest; the minute's where none speaks."""
        p_values = self.p_values[:, at]
        known = not np.isnan(p_values).all()
        scale = SCALES[int(np.nanargmin(p_values))] if known else MINUTE
        if scale == MINUTE:
            return self.of_minute(at)
        own = self.worst_pair if scale == PAIR else self.own_hours
        return self.of_look(scale, int(own[at]))

    def of_minute(self, at: int) -> Verdict:
        """What the minute of a host says."""
        return Verdict(MINUTE, float(self.score[at]), self.kinds[at], self.names)

    def of_look(self, scale: str, look: int) -> Verdict:
        """What one of the pairs, or of the hosts' hours, that were looked at says."""
        lives = {PAIR: self.pairs, HOURS: self.hours}[scale]
        return Verdict(scale, float(lives.score[look]), lives.kinds[look], lives.names, look)


class Gate(Protocol):
    """What decides which scored windows the analyst sees."""

    def notices(self, windows: HostWindows, scores: Scores) -> list[Notice]:
        """The notices of one tick, in the order of its hosts."""
        ...

    def snapshot(self) -> State:
        """What it remembers."""
        ...

    def restore(self, state: State) -> None:
        """Take up a snapshot."""
        ...


@dataclass(frozen=True, slots=True)
class ScoredTick:
    """One minute of all hosts: their windows, what they are worth, what is told of them."""

    windows: HostWindows
    scores: Scores
    notices: list[Notice]

    def scored(self) -> Iterator[ScoredWindow]:
        """Every window, as a file of windows wants it."""
        windows, scores = self.windows, self.scores
        for at, name in enumerate(windows.names):
            verdict = scores.by(at)
            yield ScoredWindow(
                host=name,
                site=windows.sites[at] or None,
                start=windows.tick.start,
                end=windows.tick.end,
                connections=int(windows.connections[at]),
                score=float(scores.score[at]),
                p_value=float(scores.p_value[at]),
                kind=verdict.names[int(verdict.kinds.argmax())],
                scale=verdict.scale,
                sampled=float(windows.sampled[at]),
            )


class _Looked(NamedTuple):
    """What was looked at beside the minutes of some ticks."""

    scores: list[LifeScores]
    """Of each tick."""
    p_value: NDArray[np.float64]
    """Of each window of all ticks; NaN where nothing was looked at."""
    oddest: NDArray[np.int64]
    """The one behind it, of those of the window's tick; -1 where nothing was looked at."""


@dataclass(slots=True)
class Closing:
    """What it takes until the windows of a minute are scored, by what it has taken of late."""

    begins: float = 0.0
    """Seconds, whatever is in it."""
    each: float = PER_CONNECTION
    """Seconds a connection."""

    def learn(self, connections: int, seconds: float) -> None:
        """So many connections have taken so long."""
        if connections >= TELLING:
            self.each += (max(seconds - self.begins, 0.0) / connections - self.each) / 2
        else:
            self.begins += (max(seconds - connections * self.each, 0.0) - self.begins) / 2

    def seconds(self, connections: int) -> float:
        """What so many are going to take."""
        return self.begins + connections * self.each


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """The stages between source and sink."""

    core: Core
    model: Model
    triage: Gate
    tally: Tally
    config: str = ""
    """Hash of the configuration in force."""
    positions: dict[str, Position] = field(default_factory=dict)
    """How far each origin has been taken in."""
    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    """Seconds that each of STAGES has taken."""
    closing: Closing = field(default_factory=Closing)
    """What it has taken of late."""
    _ahead: deque[tuple[HostWindows, Scores]] = field(default_factory=deque)
    """Ticks that passed the features together and have not been taken."""

    def run(self, source: Source, safe: Callable[[], bool] = lambda: True) -> Iterator[ScoredTick]:
        """Score every window as it closes, oldest first.

        `safe` is asked after each settled Read whose ticks have been taken from here: where it says
        yes (nothing is kept, or a checkpoint was just written), the source hears what is safe.
        """
        yield from self.scored()
        for read in source.reads(dict(self.positions)):
            self.take(read)
            yield from self.scored()
            if read.settled and safe():
                source.acknowledge(dict(self.positions))

    def take(self, read: Read) -> None:
        """Feed what a source gave."""
        begun = time.perf_counter()
        self.core.begin(read.origin, read.lateness)
        if len(read.batch):
            self.core.feed(read.origin, read.batch)
        self.core.name(read.namings)
        self.core.act(read.acts)
        if read.reached is not None:
            self.core.advance(read.origin, read.reached)
        if read.last:
            self.core.finish(read.origin)
        self.positions[read.origin] = read.position
        if read.last and not read.position:
            del self.positions[read.origin]
        self._spend("windows", begun)

    def forget(self, origin: str) -> None:
        """An origin that no source has any more holds nothing back."""
        self.core.finish(origin)
        self.positions.pop(origin, None)

    def scored(self) -> Iterator[ScoredTick]:
        """The ticks that are due; what is not taken from here comes at the next call.

        When all are taken the state is whole, and between two of them where each is a pass.
        """
        while self._ahead or self._look_ahead():
            windows, scores = self._ahead.popleft()
            self.core.keep(windows)
            begun = time.perf_counter()
            notices = [*self._remarks(), *self.triage.notices(windows, scores)]
            self._spend("triage", begun)
            self.tally.windows += len(windows.names)
            self.tally.notices += len(notices)
            self._count_losses()
            yield ScoredTick(windows, scores, notices)
        self._count_losses()

    def snapshot(self) -> State:
        """All that is remembered; the model is not part of it, but its id is.

        Raises StateError while quiet ticks that passed together have not all been taken.
        """
        if self._ahead:
            raise StateError("some ticks of a pass have not been taken")
        parts = {"core": self.core.snapshot(), "triage": self.triage.snapshot()}
        tally = self.tally
        counters = [getattr(tally, name) for name in _COUNTED]
        return joined(parts) | {
            "model": np.array(self.model.id),
            "origins": words(self.positions),
            "positions": words(self.positions.values()),
            "tally": np.array(counters, dtype=np.int64),
            "skipped": words(tally.skipped),
            "skipped_count": np.array(list(tally.skipped.values()), dtype=np.int64),
            "lost": words(tally.lost),
            "lost_count": np.array(list(tally.lost.values()), dtype=np.int64),
        }

    def restore(self, state: State) -> None:
        """Take up the snapshot of another process. Raises StateError where it is another's.

        Of another model's, all but the evidence of that model's scores.
        """
        try:
            self.core.restore(part(state, "core"))
            if model_of(state) != self.model.id:
                self.core.forget_evidence()
            self.triage.restore(part(state, "triage"))
            for name, count in zip(_COUNTED, state["tally"].tolist(), strict=True):
                setattr(self.tally, name, count)
            self.tally.skipped = _counts(state["skipped"], state["skipped_count"])
            self.tally.lost = _counts(state["lost"], state["lost_count"])
            self.positions = positions(state)
            self._count_losses()
        except (KeyError, ValueError, TypeError) as error:
            raise StateError(f"the state is damaged: {error!r}") from None

    def _remarks(self) -> Iterator[Notice]:
        """What has been found of the sensors."""
        for found in self.core.compared.changes():
            yield of_disagreement(found, self.config)

    def _look_ahead(self) -> bool:
        """Score the next pass of ticks; whether there was any."""
        begun = first = time.perf_counter()
        passed = self.core.due()
        begun = self._spend("windows", begun)
        if passed:
            self._ahead.extend(zip(passed, self._scores(passed), strict=True))
            self._measure(passed, self._spend("scores", begun) - first)
        return bool(passed)

    def _measure(self, passed: Sequence[HostWindows], seconds: float) -> None:
        self.closing.learn(sum(len(windows.tick.rows) for windows in passed), seconds)

    def _spend(self, stage: str, begun: float) -> float:
        now = time.perf_counter()
        self.spent[stage] += now - begun
        return now

    def _scores(self, passed: Sequence[HostWindows]) -> Iterator[Scores]:
        """Of some ticks, in one stream of batches."""
        sizes = [len(windows.names) for windows in passed]
        ahead, size = self.core.ahead(passed), sum(sizes)
        parts = [
            self.model.score(*ahead.read(at, min(at + BATCH, size))) for at in range(0, size, BATCH)
        ]
        score = np.concatenate([raw.score for raw in parts])
        kinds = np.concatenate([raw.kinds for raw in parts])
        surprise = np.concatenate([raw.surprise for raw in parts])
        values = np.concatenate([windows.values for windows in passed])
        p_value = self.model.p_values(score, values)
        pairs, hours = self._pairs(passed, sizes), self._hours(passed, sizes)
        p_values = np.stack((p_value, pairs.p_value, hours.p_value))
        ends = np.cumsum(sizes).tolist()
        for at, end in enumerate(ends):
            own = slice(end - sizes[at], end)
            yield Scores(
                score=score[own],
                p_values=p_values[:, own],
                kinds=kinds[own],
                names=self.model.kinds,
                surprise=surprise[own],
                pairs=pairs.scores[at],
                worst_pair=pairs.oddest[own],
                hours=hours.scores[at],
                own_hours=hours.oddest[own],
            )

    def _pairs(self, passed: Sequence[HostWindows], sizes: Sequence[int]) -> "_Looked":
        """Of the pairs of some ticks, each look with the earlier ones at its pair."""
        parts = [windows.lives for windows in passed]
        weigh = partial(self.core.weigh, passed)
        return self._looks(self.model.pairs, PairLooks.joined(parts), parts, weigh, sizes)

    def _hours(self, passed: Sequence[HostWindows], sizes: Sequence[int]) -> "_Looked":
        """Of the hosts' hours of some ticks; each look has the earlier hours in it."""
        parts = [windows.hours for windows in passed]
        joined = HourLooks.joined(parts)
        return self._looks(self.model.hours, joined, parts, lambda score: score, sizes)

    def _looks(
        self,
        model: LifeModel | None,
        lives: PairLooks | HourLooks,
        parts: Sequence[PairLooks] | Sequence[HourLooks],
        weigh: Callable[[NDArray[np.float32]], NDArray[np.float32]],
        sizes: Sequence[int],
    ) -> "_Looked":
        """Of the lives of each tick, in one stream of batches; none by a model without them."""
        counts, windows = [len(part) for part in parts], sum(sizes)
        if model is None or not len(lives):
            none = [LifeScores.unknown(count, self.model.kinds) for count in counts]
            return _Looked(none, np.full(windows, np.nan), np.full(windows, -1, dtype=np.int64))
        raw = model.look(lives)
        score = weigh(raw.score)
        p_value = model.p_values(score, lives.context)
        scores = LifeScores(score, p_value, raw.kinds, model.kinds)
        hosts = lives.host + np.repeat(np.cumsum(sizes) - sizes, counts)
        least_of, oddest = least(p_value, hosts, windows)
        begins = np.cumsum(counts) - counts
        ends = (begins + counts).tolist()
        return _Looked(
            [scores.of(slice(end - count, end)) for end, count in zip(ends, counts, strict=True)],
            least_of,
            np.where(oddest < 0, -1, oddest - np.repeat(begins, sizes)),
        )

    def _count_losses(self) -> None:
        self.tally.late = self.core.windows.late
        self.tally.shed = self.core.shed
        if twice := self.core.doubles.seen_twice:
            self.tally.lost["seen_twice"] = twice


_COUNTED: Final = ("connections", "bad", "windows", "notices", "named", "acted")
"""What a tally holds that the core does not know."""


def positions(state: State) -> dict[str, Position]:
    """How far each origin had been taken in. Raises KeyError or ValueError for another's."""
    return dict(zip(state["origins"].tolist(), state["positions"].tolist(), strict=True))


def model_of(state: State) -> str:
    """The id of the model whose scores are in it. Raises KeyError for another's."""
    return str(state["model"])


def _counts(names: NDArray[np.str_], counts: NDArray[np.int64]) -> dict[str, int]:
    return dict(zip(names.tolist(), counts.tolist(), strict=True))

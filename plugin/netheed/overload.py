"""When more comes than can be taken in: what is given up, step by step, and taken up again.

    NORMAL ──> LARGER   larger pieces, fewer checkpoints: nothing is lost
           ──> SAMPLED  one connection in 2, 4, 8 ... is taken in, and counts for as many

Too much is what takes longer to be read and scored than to come, or nearly so: then every minute
leaves the next one less time. Two things say it: how long the oldest of what has come has waited
(the lag), and what a minute takes of the processor. Once it is too much the lag is kept short, also
while a window closes and nothing is taken in: how long that is going to take is known before.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import IntEnum
from math import ceil, exp, floor, isfinite, log2
from typing import Final, NamedTuple

from netheed.sources.intake import Intake

WIDTH: Final = 60.0
"""Seconds of a window, for what is to be expected of one."""
MOST: Final = 8
"""Halvings: one connection in 256."""
SOON: Final = 2.0
"""Seconds over which it is looked how much comes, at least."""
TELLING: Final = 10_000
"""Connections by which a price can be told."""
FADES: Final = 60.0
"""Seconds until a connection counts for a third of what it did in the price of reading: what takes
three times as long for some seconds, while a file is rotated or another program works, is no
price."""
LEFT_OUT: Final = 0.25
"""Of what it takes to read a connection, as much takes one that is left out (docs/overload.md)."""
EVERY: Final = 0.25
"""Seconds between two judgements, at least."""
SETTLED: Final = 2 * EVERY
"""Seconds of lag, and since the judgement before, with which next to nothing waits."""
RISE: Final = 0.5
"""Seconds between two steps up, at least: the one before has its effect first."""
CALM: Final = 75.0
"""Seconds without a step up before one down: longer than a window, whose closing may strain."""
CLOSING: Final = 1.0
"""Times the lag that a closing may take. It comes once a minute, and 95 % of the time counts: that
leaves room for one that takes twice as long as those before, which a burst may see to."""
BUSY: Final = 0.4
"""Of that, as much asks for larger pieces. Half of it asks for every other connection, half of what
is left then for one in four, and so on."""
TOP: Final = 0.8
"""Of the time, as much at most may go into reading and scoring all that comes."""
EASY: Final = 0.7
"""Of the time, as much at most is to be expected where all is to be taken in again."""
FILLED: Final = 0.7
"""Of that, as much at most where more is to be taken in, but not all."""


class Step(IntEnum):
    """What is given up."""

    NORMAL = 0
    LARGER = 1
    SAMPLED = 2


class Strain(NamedTuple):
    """What is measured."""

    lag: float
    """Seconds that the oldest of what has come has waited."""
    closing: float
    """Seconds that the fullest open window is going to take."""
    taken: int = 0
    """Connections that were taken in so far."""
    each: float = 0.0
    """Seconds that one of them takes when its window closes."""
    begins: float = 0.0
    """Seconds that a closing takes, whatever is in the window."""
    reading: float = 0.0
    """Seconds that went into reading so far."""


NONE: Final = Strain(0.0, 0.0)


class Change(NamedTuple):
    """From one step, or one probability, to another."""

    before: Step
    after: Step
    probability: float
    strain: Strain
    is_up: bool
    """Whether more is given up than before."""


@dataclass(slots=True)
class Price:
    """Seconds that it takes to read a connection, by all that were read of late."""

    _seconds: float = 0.0
    _connections: float = 0.0

    def learn(self, passed: float, seconds: float, connections: float) -> None:
        """So many have taken so long; `passed` seconds after those before."""
        fade = exp(-passed / FADES)
        self._seconds = self._seconds * fade + seconds
        self._connections = self._connections * fade + connections

    @property
    def each(self) -> float:
        """Zero as long as it cannot be told."""
        return self._seconds / self._connections if self._connections >= TELLING else 0.0


@dataclass(slots=True, kw_only=True)
class Overload:
    """Turns the intake. It has no clock of its own; times are monotonic seconds."""

    intake: Intake
    most_lag: float | None = 2.0
    """Seconds; None is never to give up anything."""
    strain: Strain = NONE
    """As judged last."""
    judged: float = float("-inf")
    _level: int = 0
    """0 for NORMAL, 1 for LARGER, and one more for each halving."""
    _rose: float = float("-inf")
    """When it went up last."""
    _calm: float | None = None
    """Since when nothing has asked for a step up."""
    _taken: int = 0
    """Connections that had been taken in by then."""
    _came: deque[tuple[float, float, float]] = field(default_factory=deque)
    """Times of judgements within CALM, how long something may have waited, and connections that had
    come."""
    _price: Price = field(default_factory=Price)
    """Of reading a connection where all are taken in."""

    @property
    def step(self) -> Step:
        """What is given up now."""
        return Step(min(self._level, Step.SAMPLED))

    def is_due(self, now: float) -> bool:
        """Whether it is time to judge again."""
        return self.most_lag is not None and now >= self.judged + EVERY

    def judge(self, now: float, strain: Strain) -> Change | None:
        """What changes by this, if anything."""
        before, work = self._level, self._work(strain, self.strain.taken, now - self.judged)
        self._learn(now, strain)
        share = self._share(strain, self._rate(now))
        is_too_much = share > TOP
        lags = is_too_much and self._lags(now, strain.lag)
        self.strain, self.judged = strain, now
        if lags or self._calm is None:
            self._calm, self._taken = now, strain.taken
        if before or is_too_much:
            self._level = max(before, self._asked(strain.closing, work, share))
        if lags and now >= self._rose + RISE:
            self._level = min(max(self._level, before + 1), MOST + 1)
        if self._level > before:
            self._rose, self._calm, self._taken = now, now, strain.taken
        elif now >= self._calm + CALM:
            self._level = self._lowest(now - self._calm)
            self._calm, self._taken = now, strain.taken
        return self._turned(before) if self._level != before else None

    def rest(self, now: float, strain: Strain) -> None:
        """Judge nothing: what is read now had come before, and is read whole at any speed."""
        self.strain, self.judged = strain, now
        self._came.clear()
        self._calm = None

    def _lags(self, now: float, lag: float) -> bool:
        """Whether it was long already and does not fall by half of the time that passes.

        Found once, it may be what a closing has left behind, which is soon made up for.
        """
        falls = self.strain.lag - lag >= (now - self.judged) / 2
        return min(lag, self.strain.lag) > self._limit / 2 and not falls

    @property
    def _limit(self) -> float:
        return self.most_lag or 0.0

    def _work(self, strain: Strain, before: int, seconds: float) -> float:
        """Seconds that a window takes, beside its beginning, that fills as in these seconds."""
        return (strain.taken - before) / seconds * WIDTH * strain.each

    def _learn(self, now: float, strain: Strain) -> None:
        """How much comes, and what reading takes."""
        taken, passed = strain.taken - self.strain.taken, now - self.judged
        came = taken / self.intake.probability
        known = self._came[-1][2] if self._came else 0.0
        # Right behind a pause nobody has looked yet what came within it, and the lag is nothing.
        waited = max(strain.lag, passed) if isfinite(passed) else strain.lag
        self._came.append((now, waited, known + came))
        while self._came[0][0] < now - CALM:
            self._came.popleft()
        if taken:
            read_whole = taken + LEFT_OUT * (came - taken)
            self._price.learn(passed, strain.reading - self.strain.reading, read_whole)

    def _rate(self, now: float) -> float:
        """Connections that come in a second, as of late.

        What was read since a judgement had come within the time since then and the lag at it, at
        most: what is read behind a pause is no rate at which it comes.
        """
        since = [one for one in self._came if one[0] <= now - SOON] or [self._came[0]]
        settled = (one for one in reversed(since) if one[1] <= SETTLED)
        time, lag, came = next(settled, None) or min(since, key=lambda one: one[1])
        return (self._came[-1][2] - came) / max(now - time + lag, SOON)

    def _share(self, strain: Strain, rate: float) -> float:
        """Of the time, what reading and scoring all that comes takes."""
        return strain.begins / WIDTH + rate * (strain.each + self._price.each)

    def _asked(self, closing: float, work: float, share: float) -> int:
        """The level for a window that takes so many seconds, where more work comes with each.

        A full window that waits for what is late asks for nothing: it is not going to be fuller.
        One that filled while it was not too much is not emptied by a sample: then what comes is to
        take no longer than it may.
        """
        filled = closing / (CLOSING * self._limit)
        if work <= (1.0 - filled) / 2 * CLOSING * self._limit:
            return 0
        if filled >= 1.0:
            return min(ceil(log2(max(share / EASY, 1.0))), MOST) + 1
        halvings = floor(-log2(max(1.0 - filled, 2.0**-MOST)))
        return halvings + 1 if halvings else int(filled > BUSY)

    def _lowest(self, seconds: float) -> int:
        """The lowest level that leaves enough time, by what has come of late."""
        strain = self.strain
        work = self._work(strain, self._taken, seconds)
        came = (strain.taken - self._taken) / self.intake.probability
        if self._share(strain, came / seconds) <= EASY:
            return 0
        for level in range(2, self._level):
            more = 2.0 ** (_halvings(self._level) - _halvings(level))
            if strain.begins + work * more <= FILLED * CLOSING * self._limit:
                return level
        return self._level

    def _turned(self, before: int) -> Change:
        self.intake.larger = self._level > 0
        self.intake.halvings = _halvings(self._level)
        step = Step(min(before, Step.SAMPLED))
        return Change(step, self.step, self.intake.probability, self.strain, self._level > before)


def _halvings(level: int) -> int:
    return max(level - 1, 0)

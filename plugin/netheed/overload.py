"""When more comes than can be taken in: what is given up, step by step, and taken up again.

    NORMAL ──> LARGER   larger pieces, fewer checkpoints: nothing is lost
           ──> SAMPLED  one connection in 2, 4, 8 ... is taken in, and counts for as many

Two things say that it is too much: how long the oldest of what has come has waited (the lag), and
how long the fullest open window is going to take when it closes, for meanwhile nothing is taken in.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import floor, log2
from typing import Final, NamedTuple

from netheed.sources.intake import Intake

WIDTH: Final = 60.0
"""Seconds of a window, for what is to be expected of one."""
MOST: Final = 8
"""Halvings: one connection in 256."""
EVERY: Final = 0.25
"""Seconds between two judgements, at least."""
RISE: Final = 0.5
"""Seconds between two steps up, at least: the one before has its effect first."""
CALM: Final = 75.0
"""Seconds without a step up before one down: longer than a window, whose closing may strain."""
CLOSING: Final = 1.5
"""Times the lag that a closing may take: it comes once a minute, and 95 % of the time counts."""
BUSY: Final = 0.4
"""Of that, as much asks for larger pieces. Half of it asks for every other connection, half of what
is left then for one in four, and so on."""
EASY: Final = 0.35
"""Of that, as much at most is to be expected where all is to be taken in again."""
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


NONE: Final = Strain(0.0, 0.0)


class Change(NamedTuple):
    """From one step, or one probability, to another."""

    before: Step
    after: Step
    probability: float
    strain: Strain
    is_up: bool
    """Whether more is given up than before."""


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

    @property
    def step(self) -> Step:
        """What is given up now."""
        return Step(min(self._level, Step.SAMPLED))

    def is_due(self, now: float) -> bool:
        """Whether it is time to judge again."""
        return self.most_lag is not None and now >= self.judged + EVERY

    def judge(self, now: float, strain: Strain) -> Change | None:
        """What changes by this, if anything."""
        lags, before = self._lags(now, strain.lag), self._level
        work = self._work(strain, self.strain.taken, now - self.judged)
        self.strain, self.judged = strain, now
        if lags or self._calm is None:
            self._calm, self._taken = now, strain.taken
        self._level = max(before, self._asked(strain.closing, work))
        if lags and now >= self._rose + RISE:
            self._level = min(max(self._level, before + 1), MOST + 1)
        if self._level > before:
            self._rose, self._calm, self._taken = now, now, strain.taken
        elif now >= self._calm + CALM:
            self._level = self._lowest(now - self._calm)
            self._calm, self._taken = now, strain.taken
        return self._turned(before) if self._level != before else None

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

    def _asked(self, closing: float, work: float) -> int:
        """The level for a window that takes so many seconds, where more work comes with each.

        A full window that waits for what is late asks for nothing: it is not going to be fuller.
        """
        filled = closing / (CLOSING * self._limit)
        if work <= (1.0 - filled) / 2 * CLOSING * self._limit:
            return 0
        halvings = floor(-log2(max(1.0 - filled, 2.0**-MOST)))
        return halvings + 1 if halvings else int(filled > BUSY)

    def _lowest(self, seconds: float) -> int:
        """The lowest level at which a window would close soon enough, by what has come of late."""
        strain = self.strain
        work = self._work(strain, self._taken, seconds)
        for level in range(self._level):
            more = 2.0 ** (_halvings(self._level) - _halvings(level))
            share = FILLED if _halvings(level) else EASY
            if strain.begins + work * more <= share * CLOSING * self._limit:
                return level
        return self._level

    def _turned(self, before: int) -> Change:
        self.intake.larger = self._level > 0
        self.intake.halvings = _halvings(self._level)
        step = Step(min(before, Step.SAMPLED))
        return Change(step, self.step, self.intake.probability, self.strain, self._level > before)


def _halvings(level: int) -> int:
    return max(level - 1, 0)

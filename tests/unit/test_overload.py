"""Steps go up while it is too late, and down when it was calm for longer than a window."""

from dataclasses import dataclass, field

import pytest

from netheed.overload import (
    CALM,
    CLOSING,
    EVERY,
    LEFT_OUT,
    MOST,
    TELLING,
    WIDTH,
    Change,
    Overload,
    Price,
    Step,
    Strain,
)
from netheed.sources.intake import Intake

GOAL = 2.0
ROOM = CLOSING * GOAL
EACH = 250_000
"""Connections that take a second."""


@dataclass
class Watched:
    """An overload, its clock, and what it changed."""

    overload: Overload = field(default_factory=lambda: Overload(intake=Intake(), most_lag=GOAL))
    now: float = 1000.0
    taken: float = 0.0
    reading: float = 0.0
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.feel(lag=0.0, work=0.0)

    def feel(
        self, lag: float, closing: float = 0.0, seconds: float = EVERY, *, work: float = WIDTH
    ) -> None:
        """`work` is what the connections of a minute take when their window closes, seconds.

        Reading takes nothing here: a whole minute of work is the top rate.
        """
        for _ in range(round(seconds / EVERY)):
            self.now += EVERY
            self.taken += EACH * EVERY * work / WIDTH
            strain = Strain(lag, closing, round(self.taken), 1 / EACH)
            change = self.overload.judge(self.now, strain)
            self.changes += [change] if change else []

    def read(self, share: float, seconds: float, lag: float = 0.0) -> None:
        """As much comes as takes this share of the time to be read, half of the top rate."""
        for _ in range(round(seconds / EVERY)):
            came, taken = EACH * EVERY / 2, self.probability
            self.now += EVERY
            self.taken += came * taken
            self.reading += share * EVERY * (taken + LEFT_OUT * (1.0 - taken))
            strain = Strain(lag, 2 * ROOM, round(self.taken), reading=self.reading)
            change = self.overload.judge(self.now, strain)
            self.changes += [change] if change else []

    def pause(self, seconds: float) -> None:
        """Nothing is taken in or judged: a window closes."""
        self.now += seconds

    @property
    def probability(self) -> float:
        return self.overload.intake.probability

    @property
    def steps(self) -> list[Step]:
        return [change.after for change in self.changes]


def test_little_lag_changes_nothing() -> None:
    watched = Watched()

    watched.feel(lag=GOAL / 2, closing=0.3 * ROOM, seconds=600, work=0.3 * ROOM)

    assert watched.changes == []


def test_below_the_top_rate_nothing_is_given_up_however_long_a_closing_takes() -> None:
    watched = Watched()
    for _ in range(10):  # minutes in which a window of 20 s closes, and what came meanwhile is read
        watched.feel(lag=0.0, closing=15.0, seconds=37.0, work=20.0)
        watched.pause(20.0)
        watched.feel(lag=21.0, closing=20.0, seconds=3.0, work=20.0 * 23 / 3)
        watched.feel(lag=0.0, closing=15.0, seconds=37.0, work=20.0)

    assert watched.changes == []


def test_where_it_becomes_too_much_in_a_window_that_is_full_only_so_much_is_left_out() -> None:
    watched = Watched()
    watched.feel(lag=0.0, closing=12.0, seconds=40.0, work=20.0)
    for _ in range(40):
        watched.feel(lag=0.0, closing=15.0, work=WIDTH * watched.probability)

    assert watched.overload.intake.halvings == 1


def test_what_is_made_up_for_after_a_pause_is_no_rate_at_which_it_comes() -> None:
    watched = Watched()
    watched.feel(lag=0.0, closing=15.0, seconds=60.0, work=36.0)
    watched.pause(5.0)
    watched.feel(lag=5.0, closing=15.0, seconds=1.0, work=36.0 * 6)
    watched.feel(lag=0.0, closing=15.0, seconds=60.0, work=36.0)

    assert watched.changes == []


def test_what_is_made_up_for_after_two_pauses_is_no_rate_either() -> None:
    watched = Watched()
    watched.feel(lag=0.0, closing=15.0, seconds=60.0, work=36.0)
    for _ in range(5):
        watched.pause(11.0)  # a window closes
        watched.feel(lag=0.0, closing=15.0, seconds=EVERY, work=0.0)  # nobody has looked yet
        watched.feel(lag=11.0, closing=15.0, seconds=1.0, work=60.0)
        watched.pause(15.0)  # a checkpoint is made
        watched.feel(lag=0.0, closing=15.0, seconds=EVERY, work=0.0)
        watched.feel(lag=27.0, closing=15.0, seconds=39.0, work=60.0)  # of 36 for each of 66 s
        watched.feel(lag=0.0, closing=15.0, seconds=30.0, work=36.0)

    assert watched.changes == []


def test_what_is_made_up_for_is_no_rate_where_nothing_has_settled_for_minutes() -> None:
    watched = Watched()
    watched.feel(lag=0.0, closing=15.0, seconds=60.0, work=42.0)
    for _ in range(10):  # of 46 for each of 60 s, and never is all of it read
        watched.pause(14.0)
        watched.feel(lag=15.0, closing=15.0, seconds=45.0, work=60.0)
        watched.feel(lag=1.0, closing=15.0, seconds=1.0, work=60.0)

    assert watched.changes == []


def test_what_is_dear_to_read_for_seconds_is_no_price() -> None:
    watched = Watched()
    for _ in range(5):
        watched.read(share=0.5, seconds=120.0)
        watched.read(share=1.5, seconds=4.0, lag=8.0)

    assert watched.changes == []


def test_what_stays_dear_to_read_is_sampled_and_read_whole_when_it_is_cheap_again() -> None:
    watched = Watched()
    watched.read(share=0.5, seconds=120.0)
    watched.read(share=1.5, seconds=40.0, lag=8.0)
    assert watched.overload.step is Step.SAMPLED

    watched.read(share=0.5, seconds=4 * CALM)

    assert watched.overload.step is Step.NORMAL


def test_a_price_is_told_by_enough_connections_and_each_counts_alike() -> None:
    price = Price()
    price.learn(0.0, seconds=1.0, connections=TELLING - 1)
    assert price.each == 0.0

    price.learn(0.0, seconds=1.0, connections=3 * TELLING + 1)

    assert price.each == pytest.approx(2.0 / (4 * TELLING))


def test_what_had_come_before_is_read_whole_at_any_speed() -> None:
    watched = Watched()
    for _ in range(400):
        watched.now += EVERY
        watched.taken += 10 * EACH * EVERY
        watched.overload.rest(watched.now, Strain(0.0, 30.0, round(watched.taken), 1 / EACH))
    watched.feel(lag=0.0, closing=0.0, seconds=60, work=1.0)

    assert watched.changes == []


def test_what_came_while_that_was_read_is_no_rate_either() -> None:
    watched = Watched()
    watched.feel(lag=0.0, closing=15.0, seconds=60.0, work=30.0)
    watched.now += 10.0  # a window closes, and the log is rotated meanwhile
    for _ in range(20):  # what lies in the new one
        watched.now += EVERY
        watched.taken += EACH * EVERY
        watched.overload.rest(watched.now, Strain(0.0, 15.0, round(watched.taken), 1 / EACH))
    watched.feel(lag=5.0, closing=15.0, seconds=5.0, work=60.0)
    watched.feel(lag=0.0, closing=15.0, seconds=60.0, work=30.0)

    assert watched.changes == []


def test_what_little_is_known_after_reading_whole_is_no_rate() -> None:
    watched = Watched()
    watched.feel(lag=0.0, closing=15.0, seconds=60.0, work=30.0)
    watched.overload.rest(watched.now, Strain(0.0, 15.0, round(watched.taken), 1 / EACH))
    watched.feel(lag=0.0, closing=15.0, seconds=1.0, work=70.0)
    watched.feel(lag=0.0, closing=15.0, seconds=60.0, work=30.0)

    assert watched.changes == []


def test_lag_that_stays_takes_larger_pieces_first_and_samples_then() -> None:
    watched = Watched()

    watched.feel(lag=3.0, seconds=3.5)

    assert watched.steps[:2] == [Step.LARGER, Step.SAMPLED]
    assert [change.probability for change in watched.changes][:3] == [1.0, 0.5, 0.25]
    assert all(change.is_up for change in watched.changes)


def test_the_sample_has_an_end() -> None:
    watched = Watched()

    watched.feel(lag=30.0, seconds=60.0)

    assert watched.overload.intake.halvings == MOST


def test_what_one_closing_leaves_behind_is_no_overload() -> None:
    watched = Watched()

    for _ in range(10):
        for lag in (2.5, 1.9, 1.3, 0.7, 0.0):
            watched.feel(lag)
        watched.feel(lag=0.0, seconds=60, work=0.3 * ROOM)

    assert watched.changes == []


def test_a_window_that_fills_is_sampled_before_it_takes_too_long() -> None:
    watched, rows = Watched(), 0.0
    for _ in range(240):  # a minute at the top rate, which would take a minute
        rows += WIDTH / 240 * watched.probability
        watched.feel(lag=0.0, closing=rows, work=WIDTH * watched.probability)

    assert watched.steps[-1] is Step.SAMPLED
    assert rows <= ROOM + 0.3


def test_calm_for_longer_than_a_window_takes_all_in_again() -> None:
    watched = Watched()
    watched.feel(lag=3.0, seconds=3.5)
    up = len(watched.changes)

    watched.feel(lag=0.0, seconds=CALM - EVERY, work=0.0)
    assert len(watched.changes) == up
    watched.feel(lag=0.0, seconds=2 * EVERY, work=0.0)

    (down,) = watched.changes[up:]
    assert (down.after, down.probability, down.is_up) == (Step.NORMAL, 1.0, False)
    assert not watched.overload.intake.larger


def test_where_all_would_be_too_much_still_only_more_is_taken_in() -> None:
    watched = Watched()
    watched.feel(lag=0.0, closing=0.9 * ROOM, seconds=4.0)
    halvings = watched.overload.intake.halvings
    left = 2.0**-halvings

    watched.feel(lag=0.0, seconds=10 * CALM, work=WIDTH * left)
    at_the_top = watched.overload.intake.halvings
    watched.feel(lag=0.0, seconds=2 * CALM, work=0.5 * WIDTH * 2.0**-at_the_top)

    assert 0 < at_the_top <= halvings
    assert watched.overload.step is Step.NORMAL


def test_nothing_is_given_up_where_nothing_may_be() -> None:
    overload = Overload(intake=Intake(), most_lag=None)

    assert not overload.is_due(1000.0)


def test_a_full_window_that_is_still_open_does_not_hold_up_what_comes_after_it() -> None:
    watched = Watched()
    while watched.overload.step is not Step.SAMPLED:
        watched.feel(lag=0.0, closing=0.95 * ROOM)

    watched.feel(lag=0.0, closing=0.95 * ROOM, seconds=CALM + 2 * EVERY, work=0.001)

    assert watched.overload.step is Step.NORMAL
    assert watched.probability == 1.0

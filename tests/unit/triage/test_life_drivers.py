"""Reasons for an odd life, checked on the model itself."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from netheed.core import hours
from netheed.core.hour_vector import AROUND, HOURS, HourLooks
from netheed.core.life_vector import CALLS, CONTEXT, PairLooks, plain
from netheed.core.lives import LENGTH
from netheed.core.vector import Ranges
from netheed.model.life import HOUR_LIFE, PAIR_LIFE
from netheed.ports import LifeLooks, RawLooks
from netheed.triage.life_drivers import MOST, UNTOLD, life_drivers

NAMES = [*CALLS, *CONTEXT]


def usual(size: int) -> Ranges:
    return Ranges(*(np.full(size, value, dtype=np.float32) for value in (0.5, 1.0, 1.5)))


@dataclass
class Weighing:
    """Scores a life by the sum of what it says, each by its weight."""

    weights: NDArray[np.float32]
    usual_steps: Ranges = field(default_factory=lambda: usual(len(CALLS)))
    usual_context: Ranges = field(default_factory=lambda: usual(len(CONTEXT)))

    kinds = ("benign", "beacon")

    def look(self, lives: LifeLooks) -> RawLooks:
        there = lives.there[..., None]
        calls = (lives.steps * there).sum(axis=1) / there.sum(axis=1)
        said = np.concatenate((calls, lives.context), axis=1)
        score = (said @ self.weights).astype(np.float32)
        return RawLooks(score, np.zeros((len(score), 2), dtype=np.float32))

    def p_values(
        self, score: NDArray[np.float32], context: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        return np.ones(len(score))


def weighing(**weights: float) -> Weighing:
    return Weighing(np.array([weights.get(name, 0.0) for name in NAMES], dtype=np.float32))


def life(**values: float) -> PairLooks:
    """Two lives; the second is usual in everything but the given, scaled, and four calls long."""
    calls = np.ones((2, LENGTH, len(CALLS)), dtype=np.float32)
    context = np.ones((2, len(CONTEXT)), dtype=np.float32)
    for name, value in values.items():
        if name in CALLS:
            calls[1, :, list(CALLS).index(name)] = value
        else:
            context[1, list(CONTEXT).index(name)] = value
    there = np.zeros((2, LENGTH), dtype=np.bool_)
    there[:, -4:] = True
    numbers = np.arange(2)
    return PairLooks(
        numbers, numbers, numbers.astype(np.uint64), calls * there[..., None], there, context
    )


def told(model: Weighing, lives: PairLooks) -> list[str]:
    return [driver.feature for driver in life_drivers(model, PAIR_LIFE, lives, 1)]


@pytest.mark.parametrize("name", ["gap", "sent", "regularity", "connections"])
def test_what_is_odd_is_told_with_the_score_that_it_takes_away(name: str) -> None:
    model, lives = weighing(**{name: 2.0}), life(**{name: 4.0})

    (driver,) = life_drivers(model, PAIR_LIFE, lives, 1)

    as_usual = model.look(life(**{name: 1.0})).score[1]
    assert driver.feature == name
    assert driver.effect == pytest.approx(model.look(lives).score[1] - as_usual)


def test_the_most_telling_comes_first() -> None:
    model = weighing(gap=1.0, sent=3.0, beats=2.0)

    assert told(model, life(gap=4.0, sent=4.0, beats=4.0)) == ["sent", "beats", "gap"]


def test_at_most_five_are_told() -> None:
    names = ("gap", "sent", "received", "duration", "beats", "period", "span")
    model = weighing(**dict.fromkeys(names, 1.0))

    assert len(told(model, life(**dict.fromkeys(names, 4.0)))) == MOST == 5


@pytest.mark.parametrize("name", sorted(UNTOLD & {*NAMES}))
def test_what_is_no_reason_is_never_told(name: str) -> None:
    assert told(weighing(**{name: 1.0}), life(**{name: 4.0})) == []


@pytest.mark.parametrize("name", ["tcp", "udp", "service_web", "gap_known", "host_age"])
def test_what_the_evidence_shows_anyhow_is_no_reason(name: str) -> None:
    assert name in UNTOLD


def test_what_makes_a_life_less_odd_is_no_reason() -> None:
    assert told(weighing(beats=-1.0), life(beats=4.0)) == []


def test_what_is_inside_its_usual_range_is_told_only_where_nothing_is_outside() -> None:
    model = weighing(beats=9.0, span=1.0)

    assert told(model, life(beats=1.4, span=4.0)) == ["span"]
    assert told(model, life(beats=1.4)) == ["beats"]


def test_what_is_unusually_little_is_told_too() -> None:
    assert told(weighing(beats=-1.0), life(beats=0.1)) == ["beats"]


@pytest.mark.parametrize(
    ("name", "unit"), [("sent", "bytes"), ("gap", "seconds"), ("connections", "count")]
)
def test_values_and_ranges_are_in_plain_units(name: str, unit: str) -> None:
    (driver,) = life_drivers(weighing(**{name: 1.0}), PAIR_LIFE, life(**{name: 4.0}), 1)

    assert driver.unit == unit
    shown = (driver.value, driver.usual_low, driver.usual_high)
    assert shown == pytest.approx(tuple(np.expm1([4.0, 0.5, 1.5])), rel=1e-5)


def test_a_share_is_told_as_it_is() -> None:
    (driver,) = life_drivers(weighing(regularity=1.0), PAIR_LIFE, life(regularity=4.0), 1)

    assert (driver.unit, driver.value) == ("share", 4.0)
    assert (driver.usual_low, driver.usual_high) == (0.5, 1.5)


def test_the_range_is_the_models_and_nothing_is_said_of_peers() -> None:
    (driver,) = life_drivers(weighing(sent=1.0), PAIR_LIFE, life(sent=4.0), 1)

    assert (driver.usual_from, driver.peers_low, driver.peers_high) == ("model", None, None)


def test_the_life_itself_stays_as_it_was() -> None:
    lives = life(sent=4.0, beats=4.0)
    before = (lives.calls.tobytes(), lives.context.tobytes())

    life_drivers(weighing(sent=1.0, beats=1.0), PAIR_LIFE, lives, 1)

    assert (lives.calls.tobytes(), lives.context.tobytes()) == before


def test_of_connections_the_mean_of_those_that_are_there_is_told() -> None:
    lives = life(sent=4.0)
    lives.calls[1, -4:, list(CALLS).index("sent")] = [2.0, 4.0, 4.0, 6.0]

    (driver,) = life_drivers(weighing(sent=1.0), PAIR_LIFE, lives, 1)

    shown = plain(np.full(len(CALLS), 4.0, dtype=np.float32), CALLS)
    assert driver.value == pytest.approx(float(shown[list(CALLS).index("sent")]))


def test_of_hours_the_highest_is_told() -> None:
    steps = np.ones((1, hours.LENGTH, len(HOURS)), dtype=np.float32)
    steps[0, -3, list(HOURS).index("new_remote")] = 4.0
    there = np.ones((1, hours.LENGTH), dtype=np.bool_)
    looks = HourLooks(np.zeros(1, np.int64), steps, there, np.ones((1, len(AROUND)), np.float32))
    weights = [float(name == "new_remote") for name in (*HOURS, *AROUND)]
    model = Weighing(np.float32(weights), usual(len(HOURS)), usual(len(AROUND)))

    (driver,) = life_drivers(model, HOUR_LIFE, looks, 0)

    assert driver.feature == "new_remote"
    assert driver.value == pytest.approx(np.expm1(4.0), rel=1e-5)

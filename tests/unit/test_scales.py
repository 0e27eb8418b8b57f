"""Several p-values become one that is worth as much."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.scales import WEIGHTS, combined, least

probabilities = st.floats(1e-12, 1.0)
HOSTS = 20_000


@given(probabilities)
def test_one_scale_by_itself_is_taken_as_it_is(p: float) -> None:
    assert combined(np.array([[p]])).tolist() == [p]


@given(probabilities, st.booleans())
def test_a_scale_that_says_nothing_changes_nothing(p: float, first: bool) -> None:
    both = [[np.nan], [p]] if first else [[p], [np.nan]]

    assert combined(np.array(both)).tolist() == [p]


@given(probabilities, probabilities)
def test_hours_that_say_nothing_change_no_bit(minute: float, pair: float) -> None:
    both = np.array([[minute], [pair]])

    assert combined(np.vstack((both, [[np.nan]]))).tolist() == combined(both).tolist()


def test_a_host_of_which_no_scale_says_anything_has_no_p_value() -> None:
    assert np.isnan(combined(np.full((2, 1), np.nan))).all()


@given(st.floats(1e-12, 0.49))
def test_scales_that_agree_say_what_each_says(p: float) -> None:
    assert combined(np.array([[p], [p]]))[0] == pytest.approx(p, rel=1e-3)


@pytest.mark.parametrize("p", [1e-3, 1e-5, 1e-9])
@pytest.mark.parametrize("at", [0, 1])
def test_a_p_value_of_one_leaves_of_a_small_one_what_its_weight_says(p: float, at: int) -> None:
    p_values = np.ones((2, 1))
    p_values[at] = p

    assert combined(p_values)[0] == pytest.approx(p / WEIGHTS[at], rel=1e-3)


@given(probabilities, probabilities)
def test_a_combined_p_value_is_a_probability(one: float, other: float) -> None:
    assert 0.0 < combined(np.array([[one], [other]]))[0] <= 1.0


def test_each_host_is_combined_by_itself() -> None:
    p_values = np.array([[1e-4, 0.5, 0.3], [np.nan, 1e-4, 0.7]])

    alone = [combined(p_values[:, [at]])[0] for at in range(3)]

    assert combined(p_values).tolist() == alone


@pytest.mark.parametrize("level", [0.1, 0.01, 0.001])
@pytest.mark.parametrize("other", ["independent", "equal", "opposite"])
def test_alarms_are_about_as_frequent_as_the_level_says(level: float, other: str) -> None:
    rng = np.random.default_rng(13)
    one = rng.uniform(size=400_000)
    beside = {"independent": rng.uniform(size=400_000), "equal": one, "opposite": 1.0 - one}

    found = np.mean(combined(np.stack((one, beside[other]))) <= level)

    assert 0.8 * level < found < 1.3 * level


def test_the_least_is_multiplied_by_the_number_it_was_chosen_from() -> None:
    value, whose = least(np.array([0.5, 0.01, 0.2, 0.03]), np.array([0, 0, 0, 1]), 2)

    assert value.tolist() == [pytest.approx(0.03), 0.03]
    assert whose.tolist() == [1, 3]


def test_the_least_is_never_more_than_one() -> None:
    value, _ = least(np.array([0.8, 0.9]), np.array([0, 0]), 1)

    assert value.tolist() == [1.0]


def test_a_group_without_any_has_none() -> None:
    value, whose = least(np.array([0.5]), np.array([1]), 3)

    assert np.isnan(value).tolist() == [True, False, True]
    assert whose.tolist() == [-1, 0, -1]


def test_without_any_no_group_has_one() -> None:
    value, whose = least(np.zeros(0), np.zeros(0, dtype=np.int64), 2)

    assert np.isnan(value).all()
    assert whose.tolist() == [-1, -1]


def test_of_a_group_of_uniform_p_values_the_least_is_not_too_small() -> None:
    p_values = np.random.default_rng(14).uniform(size=5 * HOSTS)

    value, _ = least(p_values, np.repeat(np.arange(HOSTS), 5), HOSTS)

    assert np.mean(value <= 0.01) <= 0.0125

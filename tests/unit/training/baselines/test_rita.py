"""RITA's beacon score on clocks, chance and what lies between, by values worked out by hand."""

import numpy as np
import pytest

from netheed.training.baselines.rita import (
    DAY,
    beacon,
    best,
    even,
    lasting,
    regular,
    two_heights,
)

SPAN = (0.0, DAY)


def clock(every: float = 60.0, *, length: float = DAY) -> np.ndarray:
    return np.arange(0.0, length, every)


def sizes(starts: np.ndarray, sent: float = 500.0) -> np.ndarray:
    return np.full(len(starts), sent)


def test_a_clock_of_equal_sizes_over_a_day_is_a_whole_beacon():
    starts = clock()

    found = beacon(starts, sizes(starts), SPAN)

    assert found is not None
    assert found.score == pytest.approx(1.0)


def test_calls_at_random_are_less_of_a_beacon():
    rng = np.random.default_rng(1)
    starts = np.sort(rng.uniform(0, DAY, 1440))
    sent = rng.lognormal(7, 1.5, 1440)

    found = beacon(starts, sent, SPAN)

    assert found is not None
    assert found.gaps < 0.8
    assert found.sizes < 0.7
    assert found.score < 0.9


def test_too_few_connections_or_gaps_are_not_scored():
    assert beacon(np.array([0.0, 60, 120]), sizes(np.zeros(3)), SPAN) is None
    assert beacon(np.array([0.0, 0.2, 0.4, 60, 120]), sizes(np.zeros(5)), SPAN) is None
    assert beacon(np.array([0.0, 60, 120, 180]), sizes(np.zeros(4)), SPAN) is not None


def test_gaps_of_whole_seconds_hide_jitter_below_one():
    starts = clock() + np.random.default_rng(1).uniform(0, 0.9, 1440)

    found = beacon(starts, sizes(starts), SPAN)

    assert found is not None
    assert found.gaps == 1.0


def test_skew_and_spread_count_half_each():
    # Quartiles 15, 30 and 95: skew (15 + 95 - 60) / 80 = 0.625. Distances from 30 are 20, 10, 0,
    # 60 and 70: their median 20 gives a spread of (30 - 20) / 30.
    values = np.array([10.0, 20.0, 30.0, 90.0, 100.0])

    assert regular(values, of_none=0.0) == pytest.approx((0.375 + 1 / 3) / 2)


def test_a_narrow_range_is_not_skewed():
    assert regular(np.array([1000.0, 1001, 1002, 1008, 1009]), of_none=0.0) > 0.99


def test_the_spread_of_nothing_is_what_is_asked_for():
    assert regular(np.zeros(5), of_none=0.0) == 0.5
    assert regular(np.zeros(5), of_none=1.0) == 1.0


def test_even_bins_are_whole_and_one_full_bin_is_nothing():
    one = np.zeros(24, dtype=np.int64)
    one[3] = 100

    assert even(np.full(24, 7)) == 1.0
    assert even(one) == 0.0
    # 12 bins of 10 and 12 of 20: deviation 5 of a mean of 15.
    assert even(np.repeat([10, 20], 12)) == pytest.approx(2 / 3)


def test_two_heights_are_bimodal_where_enough_bins_are_filled():
    assert two_heights(np.repeat([10, 100], 12)) == 1.0
    assert two_heights(np.array([10] * 5 + [100] * 5 + [0] * 14)) == 0.0
    # Twelve different heights, each a step of its own: 2 of 12 - 1.
    assert two_heights(np.array([*range(100, 1300, 100), *[0] * 12])) == pytest.approx(2 / 11)


def test_a_run_over_midnight_lasts():
    counts = np.zeros(24, dtype=np.int64)
    counts[[0, 1, 2, 22, 23]] = 1
    counts[10] = 1

    assert lasting(counts, 0.1) == pytest.approx(5 / 12)
    assert lasting(counts, 0.9) == 0.9
    assert lasting(np.array([1] * 5 + [0] * 19), 0.9) == 0.0


def test_half_a_day_lasts_as_long_as_a_whole_one():
    starts = clock(length=DAY / 2)

    found = beacon(starts, sizes(starts), SPAN)

    assert found is not None
    assert found.lasting == 1.0
    # Half of the bins are full: their deviation is their mean; two heights need other bins.
    assert found.hours == pytest.approx(1.0)


def test_of_long_recordings_the_best_day_counts():
    noise = np.sort(np.random.default_rng(2).uniform(0, DAY, 5))
    starts = np.concatenate((noise, DAY + clock()))

    found = best(starts, sizes(starts), (0.0, 2 * DAY))

    assert found == pytest.approx(1.0)


def test_a_pair_that_is_on_no_day_enough_has_no_score():
    assert best(np.array([0.0, DAY, 2 * DAY]), np.ones(3), (0.0, 3 * DAY)) is None

"""Measures against their definition, and against scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score

from netheed.training import measures
from netheed.training.measures import (
    Drawn,
    average_precision,
    best_threshold,
    drawn,
    expected_calibration_error,
    found,
    interval,
    macro_f1,
    macro_f1s,
    mean_areas,
    mean_average_precision,
    recall_at,
    threshold_at,
)
from tests.corpora import examples


def windows(score, attack, host=None, end=None):
    count = len(score)
    return measures.Tested(
        score=np.array(score, dtype=np.float32),
        kind=np.zeros(count, dtype=np.int64),
        attack=np.array(attack),
        host=np.arange(count) if host is None else np.array(host),
        end=np.arange(count) * 60.0 if end is None else np.array(end, dtype=np.float64),
    )


def random_windows(seed, hosts=10):
    rng = np.random.default_rng(seed)
    attack = rng.choice(["benign", "scan", "flood"], 300, p=[0.8, 0.15, 0.05])
    score = rng.normal(0, 1, 300) + (attack != "benign")
    return windows(np.round(score, 1), attack, host=rng.integers(0, hosts, 300))


@pytest.mark.parametrize("seed", range(5))
def test_average_precision_is_that_of_scikit_learn_with_equal_scores_too(seed):
    made = random_windows(seed)

    assert average_precision(made) == pytest.approx(
        average_precision_score(made.attacked, made.score)
    )


@pytest.mark.parametrize("seed", range(5))
def test_macro_f1_is_that_of_scikit_learn(seed):
    made = random_windows(seed)

    assert macro_f1(made, 0.5) == pytest.approx(
        f1_score(made.attacked, made.score > np.float32(0.5), average="macro")
    )


def test_a_long_attack_counts_no_more_than_a_short_one():
    made = windows([9, 8, 7, 1, 0], ["long", "long", "long", "benign", "short"])

    assert mean_average_precision(made) == pytest.approx((1.0 + 0.5) / 2)


def test_what_is_counted_twice_counts_as_if_it_stood_there_twice():
    made, rng = random_windows(1), np.random.default_rng(2)
    times = rng.integers(0, 3, len(made.score))
    repeated = made.only(np.repeat(np.arange(len(times)), times))

    (weighted,) = mean_areas(made, times[None].astype(np.float64))

    assert weighted == pytest.approx(mean_average_precision(repeated))


def test_recall_counts_what_lies_above_the_allowed_false_alarms():
    benign = list(range(100))
    made = windows([*benign, 98.5, 97.5, 200], ["benign"] * 100 + ["scan"] * 3)

    assert threshold_at(made.score[:100], 0.01) == 98.0
    assert recall_at(made, 0.01) == pytest.approx(2 / 3)
    assert recall_at(made, 1e-4) == pytest.approx(1 / 3)


def test_the_best_threshold_parts_what_can_be_parted():
    made = windows([0, 1, 2, 3, 7, 8], ["benign"] * 4 + ["scan"] * 2)

    assert macro_f1(made, best_threshold(made)) == 1.0


def test_a_score_that_is_no_number_counts_as_the_oddest():
    made = measures.Tested.of(
        examples(1), np.full(48, np.nan, dtype=np.float32), np.zeros(48, dtype=np.int64)
    )

    assert np.isposinf(made.score).all()


def test_an_incident_ends_with_two_hours_of_quiet():
    hour = 3600.0
    made = windows([0, 5, 5, 0], ["scan"] * 4, host=[1, 1, 1, 2], end=[0, hour, 4 * hour, 0])

    assert found(made, 1.0) == [("scan", 61.0), ("scan", 1.0), ("scan", None)]


def half_found(hosts):
    """Attacks of every second host lie above all benign windows, the others' below."""
    attacks = [1.0, -1.0] * (hosts // 2)
    return windows([*attacks, *[0.0] * 50], ["scan"] * hosts + ["benign"] * 50)


def test_an_interval_holds_its_mean_and_shrinks_with_more_hosts():
    few, many = (interval([drawn(half_found(hosts), mean_areas, 0)]) for hosts in (4, 100))

    for mean, low, high in (few, many):
        assert low < mean < high
    assert many[2] - many[1] < (few[2] - few[1]) / 2


def test_an_interval_is_of_the_draws_of_all_seeds_and_of_none_without_a_value():
    seeds = [Drawn(0.2, [0.1, 0.2, 0.3]), Drawn(None, []), Drawn(0.4, [0.4, 0.5])]

    mean, low, high = interval(seeds)

    assert mean == pytest.approx(0.3)
    assert 0.1 <= low < 0.2
    assert 0.4 < high <= 0.5
    assert interval([Drawn(None, [])]) is None


def test_a_draw_without_one_of_the_attacks_is_of_the_others():
    made = windows([9, 0, 0, 8], ["scan", "benign", "benign", "beacon"])
    weight = np.ones((2, 4))
    weight[0, -1] = 0

    assert mean_areas(made, weight).tolist() == [1.0, 1.0]


def test_what_lacks_a_side_has_no_value_and_no_draws():
    assert drawn(windows([0.0, 1.0], ["benign", "benign"]), mean_areas, 0) == Drawn(None, [])


def test_hosts_with_and_without_an_attack_are_drawn_apart():
    made = windows([0.0] * 50 + [9.0], ["benign"] * 50 + ["scan"])

    mean, low, high = interval([drawn(made, mean_areas, 0)])

    assert (mean, low, high) == (1.0, 1.0, 1.0)


def test_all_right_is_a_macro_f1_of_one_in_every_draw():
    made = windows([-1.0, -1.0, 1.0], ["benign", "benign", "scan"])

    assert macro_f1s(made, np.ones((4, 3))).tolist() == [1.0] * 4


def test_calibration_error_is_the_distance_of_what_is_said_from_what_is_true():
    said = np.array([0.95] * 10 + [0.05] * 10, dtype=np.float32)
    true = np.array([True] * 5 + [False] * 15)

    assert expected_calibration_error(said, true) == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)

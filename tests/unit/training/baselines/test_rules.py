"""A host against its own past, and fixed thresholds."""

import numpy as np
import pytest

from netheed.core.vector import FEATURES, transform
from netheed.training.baselines.rules import HOST_Z_SCORE, RULES
from netheed.training.thresholds import THRESHOLDS
from tests.unit.training.baselines.planted import (
    finds_attacks,
    is_repeatable,
    judged,
    looks_at_attacks,
    planted,
    quiet,
)


@pytest.mark.parametrize("method", [HOST_Z_SCORE, RULES])
def test_attacks_rank_above_benign_windows(method):
    assert finds_attacks(method)


@pytest.mark.parametrize("method", [HOST_Z_SCORE, RULES])
def test_the_same_seed_gives_the_same_scores(method):
    assert is_repeatable(method)


@pytest.mark.parametrize("method", [HOST_Z_SCORE, RULES])
def test_nothing_is_learnt_from_attacks(method):
    assert not looks_at_attacks(method)


def test_what_a_host_always_does_is_not_odd_for_it():
    fresh = quiet(2, 30, 9)
    fresh.vectors[fresh.track == 1] += 4.0

    score = HOST_Z_SCORE.fit(planted(), {}, 1)(fresh).score

    young, grown = fresh.end <= 8 * 60.0, fresh.end > 8 * 60.0
    usual, loud = fresh.track == 0, fresh.track == 1
    assert score[loud & young].min() > 10.0
    assert score[loud & grown].max() == pytest.approx(score[usual & grown].max(), rel=0.5)


def test_the_window_itself_is_not_part_of_its_past():
    fresh = quiet(1, 30, 9)
    judge = HOST_Z_SCORE.fit(planted(), {"floor": 1.0, "largest": 1.0}, 1)
    fresh.vectors[:] = 1.0
    fresh.vectors[20, 0] = 5.0

    assert judge(fresh).score[20] == pytest.approx(4.0)


@pytest.mark.parametrize("rule", THRESHOLDS)
def test_a_window_on_the_threshold_of_a_rule_scores_1(rule):
    values = np.zeros((1, len(FEATURES)), dtype=np.float32)
    for name, least in THRESHOLDS[rule].items():
        values[0, list(FEATURES).index(name)] = least
    fresh = quiet(1, 1, 0)
    fresh.vectors[:] = transform(values)

    score = RULES.fit(fresh, {}, 1)(fresh).score

    assert score[0] == pytest.approx(1.0, rel=0.02)


def test_many_hosts_without_failures_are_no_scan():
    fresh = quiet(1, 1, 0)
    fresh.vectors[:] = 0.0
    fresh.vectors[0, list(FEATURES).index("peers_out")] = np.log1p(500)

    assert RULES.fit(fresh, {}, 1)(fresh).score[0] == 0.0


def test_neither_names_kinds():
    assert judged(HOST_Z_SCORE).kinds is judged(RULES).kinds is None

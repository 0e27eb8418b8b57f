"""Forests and boosted trees."""

import numpy as np
import pytest

from netheed.training.baselines.trees import (
    BINS,
    GRADIENT_BOOSTING,
    ISOLATION_FOREST,
    RANDOM_FOREST,
    binned,
    edges_of,
)
from tests.unit.training.baselines.planted import (
    finds_attacks,
    is_repeatable,
    looks_at_attacks,
    names_kinds,
)

FEW = {"trees": 30, "rounds": 10}


@pytest.mark.parametrize("method", [RANDOM_FOREST, GRADIENT_BOOSTING, ISOLATION_FOREST])
def test_attacks_rank_above_benign_windows(method):
    assert finds_attacks(method, FEW)


@pytest.mark.parametrize("method", [RANDOM_FOREST, GRADIENT_BOOSTING, ISOLATION_FOREST])
def test_the_same_seed_gives_the_same_scores(method):
    assert is_repeatable(method, FEW)


@pytest.mark.parametrize("method", [RANDOM_FOREST, GRADIENT_BOOSTING])
def test_kinds_are_named_with_probabilities(method):
    assert names_kinds(method, FEW)


def test_the_isolation_forest_does_not_learn_from_attacks():
    assert not looks_at_attacks(ISOLATION_FOREST)


def test_bins_keep_the_order_and_are_never_too_many():
    rows = np.random.default_rng(1).normal(size=(2000, 1)).astype(np.float32)

    bins = binned(rows, edges_of(rows, np.ones(2000)))[:, 0]

    assert (np.diff(bins[np.argsort(rows[:, 0])]) >= 0).all()
    assert 200 < len(np.unique(bins)) <= BINS


def test_a_few_rows_of_great_weight_get_bins_of_their_own():
    rows = np.arange(10_000, dtype=np.float32)[:, None]
    weights = np.where(rows[:, 0] >= 9_990, 1000.0, 1.0)

    bins = binned(rows, edges_of(rows, weights))[:, 0]

    assert len(np.unique(bins[-10:])) == 10

"""Autoencoders, and how KitNET groups its features."""

import numpy as np
import pytest
import torch

from netheed.training.baselines.autoencoders import AUTOENCODER, KITNET, Ensemble, groups_of
from tests.unit.training.baselines.planted import (
    finds_attacks,
    is_repeatable,
    looks_at_attacks,
)


@pytest.mark.parametrize("method", [AUTOENCODER, KITNET])
def test_attacks_rank_above_benign_windows(method):
    assert finds_attacks(method)


@pytest.mark.parametrize("method", [AUTOENCODER, KITNET])
def test_the_same_seed_gives_the_same_scores(method):
    assert is_repeatable(method)


@pytest.mark.parametrize("method", [AUTOENCODER, KITNET])
def test_nothing_is_learnt_from_attacks(method):
    assert not looks_at_attacks(method)


def test_features_that_go_together_are_in_one_group():
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(2, 400, 1))
    columns = [first, second, first, second, first, second]
    rows = np.hstack([column + rng.normal(0, 0.1, (400, 1)) for column in columns])

    group = groups_of(rows.astype(np.float32), 3)

    assert group[0] == group[2] == group[4] != group[1] == group[3] == group[5]


@pytest.mark.parametrize("most", [1, 4, 10, 63])
def test_no_group_is_larger_than_asked(most):
    rows = np.random.default_rng(1).normal(size=(200, 63)).astype(np.float32)
    rows[:, 5] = 0.0

    sizes = np.bincount(groups_of(rows, most))

    assert sizes.sum() == 63
    assert 1 <= sizes.min() <= sizes.max() <= most


def test_the_autoencoders_of_two_groups_do_not_hear_each_other():
    torch.manual_seed(0)
    parts = Ensemble(np.array([0, 0, 1, 1]), 0.75)
    rows = np.ones((1, 4), dtype=np.float32)
    other = np.array([[1, 1, 5, -3]], dtype=np.float32)

    before, after = parts.errors(rows), parts.errors(other)

    assert before[0, 0] == after[0, 0]
    assert before[0, 1] != after[0, 1]

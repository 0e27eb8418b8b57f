"""Support vector machines and their samples."""

from dataclasses import replace

import numpy as np
import pytest

from netheed.training.baselines.margins import ONE_CLASS_SVM, SVM, sample
from tests.unit.training.baselines.planted import (
    auc,
    finds_attacks,
    is_repeatable,
    judged,
    looks_at_attacks,
    names_kinds,
    planted,
)


@pytest.mark.parametrize("method", [SVM, ONE_CLASS_SVM])
def test_attacks_rank_above_benign_windows(method):
    assert finds_attacks(method)


@pytest.mark.parametrize("method", [SVM, ONE_CLASS_SVM])
def test_the_same_seed_gives_the_same_scores(method):
    assert is_repeatable(method)


def test_kinds_are_named_with_probabilities():
    assert names_kinds(SVM)


def test_one_kind_of_attack_is_enough():
    train = planted()
    train = replace(train, label=np.minimum(train.label, 1))

    verdicts = judged(SVM, train)

    assert auc(planted(seed=9), verdicts.score) > 0.9
    assert verdicts.kinds is not None
    assert np.allclose(verdicts.kinds[:, :2].sum(axis=1), 1.0)


def test_the_one_class_machine_does_not_learn_from_attacks():
    assert not looks_at_attacks(ONE_CLASS_SVM)


def test_few_attacks_are_all_in_the_sample():
    label = np.array([0] * 1000 + [1] * 20 + [2] * 3 + [-1] * 50)

    rows = sample(label, 100, np.random.default_rng(1))

    assert np.bincount(label[rows]).tolist() == [77, 20, 3]
    assert len(set(rows.tolist())) == 100


def test_many_attacks_are_half_of_the_sample_in_their_shares():
    label = np.array([0] * 1000 + [1] * 800 + [2] * 199 + [3])

    rows = sample(label, 100, np.random.default_rng(1))

    assert np.bincount(label[rows]).tolist() == [50, 40, 9, 1]

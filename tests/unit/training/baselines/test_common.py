"""Scales, odds and descent."""

import numpy as np
import pytest
import torch

from netheed.training.baselines import BASELINES
from netheed.training.baselines.common import (
    Descent,
    benign,
    blocks,
    classes_of,
    kind_loss,
    kinds_and_odds,
    shuffled,
    softmax,
    standardised,
    whole,
)
from netheed.training.datasets import KINDS
from netheed.training.examples import UNLABELLED
from tests.unit.training.baselines.planted import planted


def test_the_baselines_are_eleven_of_different_names():
    assert len({method.name for method in BASELINES}) == len(BASELINES) == 11


def test_every_span_holds_more_than_one_value():
    spans = [span for method in BASELINES for span in method.spans.values()]

    assert all(span.low < span.high for span in spans)
    assert all(span.low > 0 for span in spans if span.log)


def test_ordinary_rows_get_mean_0_and_deviation_1():
    ordinary = np.random.default_rng(1).normal(5.0, 2.0, (500, 3)).astype(np.float16)

    rows = standardised(ordinary)(ordinary)

    assert rows.mean(axis=0) == pytest.approx([0.0] * 3, abs=1e-3)
    assert rows.std(axis=0) == pytest.approx([1.0] * 3, abs=1e-3)


def test_no_standardised_value_is_further_out_than_the_clip():
    standard = standardised(np.ones((4, 2), dtype=np.float16))

    assert standard(np.array([[0.0, 100.0]])).tolist() == [[-6.0, 6.0]]


def test_without_ordinary_rows_there_is_no_number_that_is_none():
    assert np.isfinite(standardised(np.zeros((0, 2)))(np.ones((1, 2)))).all()


def test_benign_rows_are_those_labelled_so():
    train = planted()
    train.label[:5] = UNLABELLED

    assert len(benign(train)) == (train.label == 0).sum()
    assert classes_of(train).tolist() == [0, 1, 6]


def test_odds_are_of_any_attack():
    verdicts = kinds_and_odds(np.array([[0.5, 0.25, 0.25], [0.8, 0.2, 0.0]]), np.array([0, 1, 6]))

    assert verdicts.score.tolist() == pytest.approx([0.0, np.log(0.2 / 0.8)], abs=1e-6)
    assert verdicts.kinds is not None
    kinds = dict(zip(KINDS, verdicts.kinds[0].tolist(), strict=True))
    assert kinds == dict.fromkeys(KINDS, 0) | {"benign": 0.5, "scan": 0.25, "flood": 0.25}


def test_odds_stay_finite():
    score = kinds_and_odds(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([0, 1])).score

    assert score.tolist() == pytest.approx([-np.log(1e6), np.log(1e6)], rel=1e-4)


def test_large_logits_make_probabilities_too():
    assert softmax(np.array([[1000.0, 1000.0]])).tolist() == [[0.5, 0.5]]


def test_windows_without_a_label_add_nothing_to_the_loss():
    logits = torch.randn(3, 7)
    weights = torch.ones(7)

    with_it = kind_loss(logits, torch.tensor([0, 1, UNLABELLED]), weights)
    without = kind_loss(logits[:2], torch.tensor([0, 1]), weights)

    assert torch.equal(with_it, without)
    assert kind_loss(logits, torch.full((3,), UNLABELLED), weights) == 0.0


def test_whole_settings_are_rounded():
    assert whole({"trees": 2.6}, "trees", 9) == 3
    assert whole({}, "trees", 9) == 9


def test_an_epoch_holds_every_row_once():
    batches = list(shuffled(10, 4)(np.random.default_rng(1)))

    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches).tolist()) == list(range(10))


def test_blocks_cover_all_rows_in_order():
    rows = np.arange(10)

    assert np.concatenate([rows[block] for block in blocks(10, 4)]).tolist() == rows.tolist()
    assert not list(blocks(0, 4))


def test_descent_goes_down():
    torch.manual_seed(0)
    network = torch.nn.Linear(3, 1)
    rows = torch.randn(64, 3)
    wanted = rows.sum(dim=1, keepdim=True)

    def loss(batch):
        return (network(rows[batch]) - wanted[batch]).square().mean()

    before = float(loss(np.arange(64)).detach())
    Descent(epochs=40, rate=0.05, seed=1).of(network, shuffled(64, 16), loss)

    assert float(loss(np.arange(64)).detach()) < 0.1 * before
    assert not network.training

"""Each term of the loss counts what it should, and nothing that is not there."""

import math
from dataclasses import fields

import pytest
import torch

from netheed.training.examples import UNLABELLED
from netheed.training.losses import TEMPERATURE, Target, Weights, contrast, terms
from netheed.training.model import Reading

KINDS = 3
EVEN = torch.ones(KINDS)


def reading(time, **given):
    """Of one sequence; sure of nothing, wrong in nothing."""
    fields = {
        "logits": torch.zeros(1, time, KINDS),
        "misfit": torch.zeros(1, time, 2),
        "rebuilt": torch.zeros(1, time, 2),
        "summary": torch.zeros(1, time, 4),
        "roughness": torch.zeros(1, time),
        "imbalance": torch.tensor(0.0),
    }
    return Reading(**fields | given)


def target(*labels, mask=None):
    label = torch.tensor([labels])
    there = torch.ones(label.shape) if mask is None else torch.tensor([mask])
    return Target(standard=torch.zeros(1, len(labels), 2), label=label, mask=there)


def wild(*, at, time):
    """Wrong in everything in one window."""
    here = torch.zeros(1, time)
    here[0, at] = 50.0
    wide = here.unsqueeze(-1)
    return reading(
        time,
        misfit=wide.expand(1, time, 2),
        rebuilt=wide.expand(1, time, 2),
        roughness=here,
        logits=wide * torch.tensor([1.0, 0.0, 0.0]),
    )


def test_errors_are_means_over_windows_without_an_attack():
    made = reading(
        3,
        misfit=torch.tensor([[[1.0, 3.0], [9.0, 9.0], [4.0, 4.0]]]),
        rebuilt=torch.tensor([[[0.0, 2.0], [9.0, 9.0], [0.0, 1.0]]]),
        roughness=torch.tensor([[1.0, 9.0, 4.0]]),
    )

    found = terms(made, target(0, 1, UNLABELLED), EVEN)

    assert found["expect"].item() == pytest.approx((2.0 + 4.0) / 2)
    # The smooth L1 of 2 is 1.5, that of 1 is 0.5; of two features each.
    assert found["rebuild"].item() == pytest.approx((0.75 + 0.25) / 2)
    assert found["temporal"].item() == pytest.approx((1.0 + 4.0) / 2)


def test_attacks_teach_the_kind_alone():
    found = terms(wild(at=1, time=3), target(0, 2, 0), EVEN)

    assert found["expect"] == found["rebuild"] == found["temporal"] == 0.0
    assert found["classes"] > math.log(KINDS)


def test_padding_changes_no_term():
    said = target(0, 1, UNLABELLED, mask=[1.0, 1.0, 0.0])

    padded, plain = (
        terms(made, said, EVEN) for made in (wild(at=2, time=3), reading(3))
    )  # fmt: skip

    assert padded == plain
    assert plain["classes"].item() == pytest.approx(math.log(KINDS))


def test_windows_that_nobody_labelled_say_nothing_of_the_kind():
    alone = terms(wild(at=0, time=1), target(UNLABELLED), EVEN)
    beside = terms(wild(at=1, time=2), target(0, UNLABELLED), EVEN)

    assert alone["classes"] == 0.0
    assert beside["classes"].item() == pytest.approx(math.log(KINDS))


def test_a_kind_counts_by_its_weight():
    weights = torch.tensor([1.0, 4.0, 1.0])

    found = terms(reading(2), target(0, 1), weights)["classes"]

    assert found.item() == pytest.approx((1 + 4) / 2 * math.log(KINDS))


def test_views_of_the_same_are_told_from_views_of_others():
    views = torch.eye(2)
    odds = math.exp(1 / TEMPERATURE)

    same, exchanged = contrast(views, 3.0 * views), contrast(views, views.flip(0))

    assert same.item() == pytest.approx(math.log((odds + 2) / odds), abs=1e-5)
    assert exchanged.item() == pytest.approx(math.log(odds + 2), abs=1e-5)


def test_the_loss_is_the_weighted_sum_of_all_terms():
    names = [each.name for each in fields(Weights)]
    found = terms(reading(1), target(0), EVEN)
    worth = {name: torch.tensor(10.0**place) for place, name in enumerate(names)}
    weights = Weights(classes=1, expect=2, rebuild=3, temporal=0, contrast=5, balance=6)

    assert set(found) == set(names)
    assert weights.of(worth).item() == 650_321.0

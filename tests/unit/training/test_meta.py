"""A start that lies between the networks."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from netheed.core.vector import FEATURES
from netheed.training.adapt import Course, train
from netheed.training.datasets import KINDS
from netheed.training.examples import Examples
from netheed.training.meta import Meta, meta_start
from netheed.training.model import Detector, Sizes
from tests.unit.training.baselines.planted import planted, quiet

COURSE = Course(steps=3, rate=1e-2, learning="all", trusted=1.0)
ONCE = Meta(rounds=1, pace=1.0, course=COURSE)


def detector() -> Detector:
    torch.manual_seed(4)
    sizes = Sizes(
        features=len(FEATURES), kinds=len(KINDS), length=8, width=8, hidden=8, layers=1, dropout=0.0
    )
    return Detector(sizes)


def network(more: float, seed: int = 3) -> Examples:
    """Benign windows of a network that has its own level of everything."""
    made = quiet(4, 16, seed)
    return replace(made, vectors=made.vectors + np.float16(more))


def reached(seed: int, windows: Examples) -> Detector:
    """The detector adapted to one network as a round does it."""
    adapted = detector()
    train(adapted, planted(), windows, replace(COURSE, seed=seed))
    return adapted


def weights(made: Detector) -> Tensor:
    return torch.nn.utils.parameters_to_vector(made.parameters()).detach()


def test_the_full_pace_ends_where_adaptation_ends():
    start = meta_start(detector(), [network(1.0)], planted(), ONCE)

    torch.testing.assert_close(weights(start), weights(reached(1000, network(1.0))))


def test_half_the_pace_goes_half_the_way():
    start = meta_start(detector(), [network(1.0)], planted(), replace(ONCE, pace=0.5))

    halfway = (weights(detector()) + weights(reached(1000, network(1.0)))) / 2
    torch.testing.assert_close(weights(start), halfway)


def test_the_start_comes_nearer_to_the_mean_of_what_the_networks_reach():
    networks = [network(-0.5), network(1.0)]
    mean = torch.stack([weights(reached(7, each)) for each in networks]).mean(dim=0)

    start = meta_start(detector(), networks, planted(), replace(ONCE, rounds=8, pace=0.3))

    before, after = (float((weights(d) - mean).norm()) for d in (detector(), start))
    assert after < 0.9 * before


def test_every_network_may_be_met():
    meta = replace(ONCE, rounds=6)
    one, other, both = (
        weights(meta_start(detector(), networks, planted(), meta))
        for networks in ([network(0.0)], [network(2.0)], [network(0.0), network(2.0)])
    )

    assert not torch.equal(both, one)
    assert not torch.equal(both, other)


def test_the_seed_decides_the_start():
    networks = [network(0.0), network(1.0)]

    first, again, other = (
        weights(meta_start(detector(), networks, planted(), replace(ONCE, rounds=2, seed=seed)))
        for seed in (1, 1, 2)
    )

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_detector_that_was_given_stays_as_it_was():
    given = detector()

    start = meta_start(given, [network(1.0)], planted(), ONCE)

    assert torch.equal(weights(given), weights(detector()))
    assert not torch.equal(weights(given), weights(start))

"""A start from which few steps adapt: Reptile (Nichol, Achiam, Schulman 2018).

Reptile and not MAML: it needs no derivative of a derivative, each network is simply adapted to and
the start moved towards where that ended. A task is one network: its own unlabelled windows beside
labelled ones of all (Eq. 5), exactly what adaptation does on a site.
"""

import copy
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from netheed.training.adapt import Course, train, trusted
from netheed.training.examples import Examples
from netheed.training.model import Detector


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """How to find the start."""

    rounds: int = 30
    pace: float = 0.3
    """How far the start moves towards each adapted detector, from the first round to none."""
    course: Course = field(
        default_factory=lambda: Course(steps=8, rate=1e-3, learning="all", trusted=1.0)
    )
    seed: int = 1


def meta_start(
    detector: Detector, networks: list[Examples], source: Examples, meta: Meta
) -> Detector:
    """A detector of the same sizes from which the networks are, on average, near."""
    rng = np.random.default_rng(meta.seed)
    start = copy.deepcopy(detector)
    for number in range(meta.rounds):
        network = networks[int(rng.integers(len(networks)))]
        reached = copy.deepcopy(start)
        course = replace(meta.course, seed=meta.seed * 1000 + number)
        train(reached, source, trusted(start, network, course.trusted), course)
        _move(start, reached, meta.pace * (1.0 - number / meta.rounds))
    return start.eval()


def _move(start: Detector, reached: Detector, share: float) -> None:
    with torch.no_grad():
        for old, new in zip(start.parameters(), reached.parameters(), strict=True):
            old.add_(new - old, alpha=share)

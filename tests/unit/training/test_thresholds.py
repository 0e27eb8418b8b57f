"""How near a window comes to a published threshold."""

import numpy as np
import pytest
import torch

from netheed.core.vector import FEATURES, transform
from netheed.training.thresholds import THRESHOLDS, nearness


def vector(**values: float) -> torch.Tensor:
    row = np.array([[values.get(name, 0.0) for name in FEATURES]], dtype=np.float32)
    return torch.from_numpy(transform(row))


@pytest.mark.parametrize("rule", THRESHOLDS)
def test_a_window_at_a_threshold_is_at_one(rule):
    assert float(nearness(vector(**THRESHOLDS[rule]))[0]) == pytest.approx(1.0, rel=1e-4)


def test_a_rule_asks_for_all_of_its_features():
    assert float(nearness(vector(peers_out=1000.0))[0]) == pytest.approx(0.0, abs=1e-6)


def test_nothing_overflows():
    assert torch.isfinite(nearness(torch.full((3, len(FEATURES)), 1e4))).all()

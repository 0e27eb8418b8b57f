"""How much of an attack makes a window an example of it."""

import numpy as np
import pytest

from netheed.core.vector import FEATURES
from netheed.training.datasets import KINDS
from netheed.training.visibility import LEAST_VISIBLE, visible


def vector(**values: float) -> np.ndarray:
    return np.array([values.get(name, 0.0) for name in FEATURES], dtype=np.float32)


def test_every_attack_that_is_trained_on_says_when_it_is_visible():
    assert set(LEAST_VISIBLE) == set(KINDS[1:])
    assert all(least and set(least) <= set(FEATURES) for least in LEAST_VISIBLE.values())


@pytest.mark.parametrize("kind", LEAST_VISIBLE)
def test_an_attack_is_visible_from_its_least_values(kind: str):
    least = LEAST_VISIBLE[kind]

    assert visible(kind, vector(**least))
    for name, value in least.items():
        assert not visible(kind, vector(**least | {name: 0.99 * value}))

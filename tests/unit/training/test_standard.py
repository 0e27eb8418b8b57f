"""How much the kinds count."""

import numpy as np
import pytest

from netheed.training.standard import kind_weights


def test_rare_kinds_weigh_more_but_not_without_bound() -> None:
    label = np.array([0] * 10_000 + [1] * 100 + [2])

    weights = kind_weights(label)

    assert weights[:3].tolist() == pytest.approx([1.0, 10.0, 10.0])

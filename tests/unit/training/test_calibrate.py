"""Calibration by host group."""

import numpy as np

from netheed.model.manifest import GROUPS
from netheed.training.calibrate import FEWEST, calibrate


def test_each_group_is_calibrated_on_its_own_windows() -> None:
    score = np.concatenate([np.full(FEWEST, value) for value in (1.0, 2.0, 3.0)])
    group = np.repeat(np.arange(3), FEWEST)

    made = calibrate(score.astype(np.float32), group)

    assert [made[name].scores for name in GROUPS] == [[1.0], [2.0], [3.0]]


def test_a_small_group_is_calibrated_on_all() -> None:
    score = np.concatenate([np.full(FEWEST, 1.0), np.full(3, 9.0)]).astype(np.float32)
    group = np.array([0] * FEWEST + [1] * 3)

    made = calibrate(score, group)

    assert made["client"].windows == FEWEST + 3
    assert made["client"].scores == [9.0, 1.0]

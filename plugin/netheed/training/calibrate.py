"""What a score is worth: its place among benign windows that training never saw."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.model.manifest import GROUPS, TailCalibration

EXACT: Final = 200
"""So many of the highest scores are kept one by one, the rest thins out by ranks."""
FEWEST: Final = 100
"""A group with fewer scores is calibrated on all groups together."""


def calibrate(
    score: NDArray[np.float32], group: NDArray[np.int64], groups: tuple[str, ...] = GROUPS
) -> dict[str, TailCalibration]:
    """One calibration a group from benign scores (n) and their groups (n), places in `groups`."""
    result = {}
    for number, name in enumerate(groups):
        chosen = score[group == number]
        result[name] = tail(chosen if len(chosen) >= FEWEST else score)
    return result


def tail(score: NDArray[np.float32]) -> TailCalibration:
    """Ranks 1 to EXACT, then ranks growing by a twentieth, and how many exceed each score."""
    descending = np.sort(score.astype(np.float64))[::-1]
    ranks = list(range(1, min(EXACT, len(score)) + 1))
    while ranks[-1] < len(score):
        ranks.append(min(len(score), ranks[-1] + max(1, ranks[-1] // 20)))
    kept = np.unique(descending[np.array(ranks) - 1])[::-1]
    above = np.searchsorted(-descending, -kept, side="left")
    return TailCalibration(windows=len(score), scores=kept.tolist(), above=above.tolist())

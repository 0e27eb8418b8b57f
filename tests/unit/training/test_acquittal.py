"""Ways of putting a score together are compared on one detector."""

import numpy as np
import pytest

from bench import acquittal
from netheed.training.judge import Ensemble, exported, judge
from netheed.training.model import ALL_COUNT
from tests.unit.training.baselines.planted import planted
from tests.unit.training.test_judge import detector


def test_the_chosen_way_is_what_a_model_with_that_quantile_says():
    windows, made = planted(6), detector()
    shipped = exported(made, windows, Ensemble(published=1.0, usual=acquittal.CHOSEN))
    ordinary = windows.label == 0

    bare = exported(made, windows, Ensemble(published=1.0))
    benign = tuple(part[ordinary] for part in acquittal._parts(bare, windows))
    ways = dict(acquittal._ways(bare, benign, windows))

    said = ways[f"from quantile {acquittal.CHOSEN:g} on"]
    np.testing.assert_allclose(said, judge(shipped, windows).score, atol=1e-4)
    bare.usual, bare.published = ALL_COUNT, 1.0
    np.testing.assert_allclose(ways["all log odds count"], judge(bare, windows).score, atol=1e-4)


@pytest.mark.parametrize(("told", "share"), [(-1.0, 1.0), (2.0, 3 / 5), (9.0, 1 / 5)])
def test_rarity_is_of_the_share_of_benign_windows_that_reach_it(told, share):
    benign = np.float32([0.0, 1.0, 2.0, 3.0])

    assert acquittal._rarity(benign, np.float32([told]))[0] == pytest.approx(-np.log(share))

"""p-values and host groups."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.vector import FEATURES
from netheed.errors import ModelError
from netheed.model.calibration import Calibration, host_groups, p_values
from netheed.model.manifest import GROUPS, TailCalibration
from netheed.training.calibrate import tail


@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=2000),
    st.lists(st.floats(-60, 60), min_size=1, max_size=20),
)
def test_a_p_value_is_conformal_and_never_too_small(
    benign: list[float], scores: list[float]
) -> None:
    known = np.array(benign, dtype=np.float32)
    asked = np.array([*scores, *benign[:20]], dtype=np.float32)

    got = p_values(asked, tail(known))

    at_least = np.array([np.count_nonzero(known >= score) for score in asked])
    exact = (1 + at_least) / (1 + len(known))
    assert (got >= exact - 1e-12).all()
    assert (got <= exact * 1.06 + 1e-12).all()
    assert got[at_least < 200].tolist() == exact[at_least < 200].tolist()


def test_p_values_of_the_tail_are_exact() -> None:
    known = np.arange(1000, dtype=np.float32)

    got = p_values(np.array([999.0, 998.5, 995.0, 1e6], dtype=np.float32), tail(known))

    assert got.tolist() == pytest.approx([2 / 1001, 2 / 1001, 6 / 1001, 1 / 1001])


def test_p_values_of_fresh_normal_scores_are_uniform() -> None:
    rng = np.random.default_rng(2)
    got = p_values(
        rng.normal(size=300_000).astype(np.float32),
        tail(rng.normal(size=300_000).astype(np.float32)),
    )

    for level in (0.5, 0.1, 0.01, 0.001):
        assert np.mean(got <= level) == pytest.approx(level, rel=0.35)


def test_groups_are_quiet_client_and_server() -> None:
    values = np.zeros((3, len(FEATURES)), dtype=np.float32)
    names = list(FEATURES)
    values[:, names.index("connections_out")] = [1, 50, 2]
    values[:, names.index("connections_in")] = [1, 0, 50]
    values[:, names.index("in_share")] = [0.5, 0.0, 0.96]

    assert [GROUPS[group] for group in host_groups(values)] == ["quiet", "client", "server"]


def test_calibration_counts_how_many_exceed_each_score() -> None:
    got = tail(np.array([3.0, 1.0, 3.0, 2.0], dtype=np.float32))

    assert got == TailCalibration(windows=4, scores=[3.0, 2.0, 1.0], above=[0, 2, 3])


def test_each_score_has_the_p_value_of_its_group() -> None:
    rng = np.random.default_rng(1)
    tails = {name: tail(rng.normal(n, 1, 500).astype(np.float32)) for n, name in enumerate(GROUPS)}
    score = np.array([2.5, 2.5, 2.5], dtype=np.float32)

    got = Calibration.of(tails, GROUPS).p_values(score, np.arange(3))

    assert got.tolist() == [p_values(score[:1], tails[name])[0] for name in GROUPS]
    assert len(set(got.tolist())) == 3


def test_groups_are_in_the_order_of_their_names_and_not_of_the_manifest() -> None:
    tails = {name: tail(np.arange(n, n + 9.0, dtype=np.float32)) for n, name in enumerate(GROUPS)}
    score = np.full(3, 5.0, dtype=np.float32)

    forth, back = (
        Calibration.of(given, GROUPS).p_values(score, np.arange(3)).tolist()
        for given in (tails, dict(reversed(tails.items())))
    )

    assert back == forth


def test_of_a_score_that_is_no_number_no_p_value_is_known() -> None:
    tails = {name: tail(np.arange(900, dtype=np.float32)) for name in GROUPS}
    score = np.array([np.nan, 5.0, np.nan], dtype=np.float32)

    got = Calibration.of(tails, GROUPS).p_values(score, np.arange(3))

    assert np.isnan(got).tolist() == [True, False, True]


@pytest.mark.parametrize("at", [0, 1])
def test_nothing_is_calibrated_with_scores_that_are_no_numbers(at: int) -> None:
    scores = [3.0, 1.0]
    scores[at] = np.nan

    with pytest.raises(ModelError, match="no numbers"):
        p_values(np.float32([2.0]), TailCalibration(windows=9, scores=scores, above=[1, 2]))


def test_a_fit_that_scores_no_numbers_gives_no_calibration_of_use() -> None:
    odd = np.array([*range(200), np.nan], dtype=np.float32)

    with pytest.raises(ModelError, match="no numbers"):
        p_values(np.float32([2.0]), tail(odd))

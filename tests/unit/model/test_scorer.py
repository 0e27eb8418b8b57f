"""Scores, p-values, groups and ranges."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.features import FEATURES, Features
from netheed.core.windows import Windows
from netheed.model.manifest import GROUPS, TailCalibration
from netheed.model.scorer import FEWEST_OWN, Scorer, host_groups, p_values
from netheed.training.calibrate import tail
from tests.connections import connection
from tests.model_directory import write_model


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    return folder


def test_what_stands_in_the_padding_does_not_matter(directory: Path) -> None:
    sequences = np.ones((1, 12, len(FEATURES)), dtype=np.float32)
    mask = np.array([[False] * 9 + [True] * 3])
    other = sequences.copy()
    other[:, :9] = 9.0

    scorer = Scorer(directory)

    assert scorer.judge(sequences, mask)[0] == scorer.judge(other, mask)[0]


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


def test_a_host_has_a_range_of_its_own_after_enough_windows(directory: Path) -> None:
    scorer = Scorer(directory)
    windows = Windows(lateness=1e9)
    windows.begin("log")
    minutes = FEWEST_OWN + 1
    windows.add("log", [connection(start=1_700_000_000.0 + 60 * n) for n in range(minutes)])
    windows.finish("log")
    features = Features()
    ranges = []
    for tick in windows.closed():
        hosts = features.of(tick)
        scorer.score(hosts)
        ranges.append(scorer.own_range(hosts.rows.hosts[:1]))

    assert ranges[:FEWEST_OWN] == [None] * FEWEST_OWN
    assert ranges[-1] is not None
    position = list(FEATURES).index("connections_out")
    assert ranges[-1].median[position] == pytest.approx(1.0, abs=1e-3)


def test_calibration_counts_how_many_exceed_each_score() -> None:
    got = tail(np.array([3.0, 1.0, 3.0, 2.0], dtype=np.float32))

    assert got == TailCalibration(windows=4, scores=[3.0, 2.0, 1.0], above=[0, 2, 3])

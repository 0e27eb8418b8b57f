"""The LSTM reads the past and only the past."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.training.baselines.recurrent import LSTM, runs_of
from netheed.training.examples import UNLABELLED, Examples
from tests.unit.training.baselines.planted import (
    auc,
    finds_attacks,
    is_repeatable,
    names_kinds,
    planted,
    quiet,
)

ENOUGH = {"epochs": 30, "hidden": 32, "rate": 1e-2}


def knocks(seed: int) -> Examples:
    """An attack is every window two after a sign in an ordinary one, and looks ordinary itself."""
    made = quiet(40, 24, seed)
    rng = np.random.default_rng(seed)
    signs = (rng.random(len(made.label)) < 0.15) & (made.end < made.end.max() - 60)
    made.vectors[signs, 3:9] += 3.0
    made.label[np.flatnonzero(signs) + 2] = 2
    return made


def test_attacks_rank_above_benign_windows():
    assert finds_attacks(LSTM, ENOUGH)


def test_kinds_are_named_with_probabilities():
    assert names_kinds(LSTM, ENOUGH)


def test_the_same_seed_gives_the_same_scores():
    assert is_repeatable(LSTM, {"epochs": 2})


def test_an_attack_that_only_the_past_shows_is_found():
    fresh = knocks(9)

    score = LSTM.fit(knocks(1), ENOUGH, 1)(fresh).score

    assert auc(fresh, score) > 0.9


def test_the_future_changes_no_verdict():
    judge = LSTM.fit(planted(), {"epochs": 2}, 1)
    fresh = planted(seed=9)
    past = fresh.end <= 15 * 60.0
    before = judge(fresh).score

    fresh.vectors[~past] += 2.0
    after = judge(fresh).score

    assert after[past] == pytest.approx(before[past], abs=1e-5)
    assert (np.abs(after - before)[~past] > 1e-3).any()


def test_another_host_changes_no_verdict():
    judge = LSTM.fit(planted(), {"epochs": 2}, 1)
    fresh = planted(seed=9)
    before = judge(fresh).score

    fresh.vectors[fresh.track == 3] += 2.0
    after = judge(fresh).score

    others = fresh.track != 3
    assert after[others] == pytest.approx(before[others], abs=1e-5)


def test_windows_without_a_label_do_not_break_training():
    train = planted()
    train.label[30:] = UNLABELLED

    assert np.isfinite(LSTM.fit(train, {"epochs": 2}, 1)(planted(seed=9)).score).all()


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 7))
def test_runs_hold_every_window_once_and_never_mix_tracks(sizes, offset):
    track = np.repeat(np.arange(len(sizes)), sizes)

    runs = runs_of(track, 8, offset)

    assert runs[runs >= 0].tolist() == list(range(len(track)))
    for run in runs:
        rows = run[run >= 0]
        assert len(set(track[rows].tolist())) == 1
        assert (run[len(rows) :] == -1).all()

"""The graph network reads conversations and who is at their other ends."""

from dataclasses import replace

import numpy as np
import pytest

from netheed.training.baselines.graph import GNN, minutes_of
from netheed.training.conversations import COLUMNS, Conversations
from netheed.training.examples import Examples
from tests.unit.training.baselines.planted import (
    auc,
    finds_attacks,
    is_repeatable,
    names_kinds,
    planted,
    quiet,
)

ENOUGH = {"epochs": 30, "hidden": 24, "rate": 1e-2}


def whispers(seed: int) -> Examples:
    """Attacks whose windows look like any other; only their conversations fail."""
    made = quiet(16, 30, seed)
    made.label[np.random.default_rng(seed).random(len(made.label)) < 0.15] = 2
    edges, _ = made.conversations.of(np.flatnonzero(made.label))
    made.conversations.values[edges, COLUMNS.index("failed")] = 1.5
    return made


def accomplices(seed: int) -> Examples:
    """Attacks that show in nothing but the window of whom they talk with."""
    made = quiet(16, 30, seed)
    loud = np.random.default_rng(seed).random(len(made.label)) < 0.15
    made.vectors[loud, 3:6] += 3.0
    talks = made.conversations
    made.label[talks.window[(talks.peer >= 0) & loud[talks.peer]]] = 2
    return made


def test_attacks_rank_above_benign_windows():
    assert finds_attacks(GNN, ENOUGH)


def test_kinds_are_named_with_probabilities():
    assert names_kinds(GNN, ENOUGH)


def test_the_same_seed_gives_the_same_scores():
    assert is_repeatable(GNN, {"epochs": 2})


@pytest.mark.parametrize("scene", [whispers, accomplices])
def test_an_attack_that_only_the_graph_shows_is_found(scene):
    fresh = scene(9)

    score = GNN.fit(scene(1), ENOUGH, 1)(fresh).score

    assert auc(fresh, score) > 0.9


def test_windows_without_conversations_are_judged_too():
    fresh = planted(seed=9)
    none = Conversations(
        window=np.zeros(0, dtype=np.int64),
        peer=np.zeros(0, dtype=np.int64),
        values=np.zeros((0, len(COLUMNS)), dtype=np.float16),
    )
    alone = replace(fresh, conversations=none)

    assert np.isfinite(GNN.fit(alone, {"epochs": 1}, 1)(alone).score).all()


def test_other_minutes_change_no_verdict():
    judge = GNN.fit(planted(), {"epochs": 2}, 1)
    fresh = planted(seed=9)
    early = fresh.end <= 15 * 60.0
    before = judge(fresh).score

    fresh.vectors[~early] += 2.0
    after = judge(fresh).score

    assert after[early] == pytest.approx(before[early], abs=1e-5)


def test_batches_are_whole_minutes_and_hold_every_window_once():
    made = planted()
    made.recording[made.track > 7] = 1

    batches = list(minutes_of(made, 50, np.random.default_rng(1)))

    assert sorted(np.concatenate(batches).tolist()) == list(range(len(made.label)))
    seen = [{(made.recording[row], made.end[row]) for row in batch} for batch in batches]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 60
    assert all(len(batch) >= 50 for batch in batches[:-1])

"""Cells of the comparison: planned once each, worked out once each."""

import json
from dataclasses import replace

import numpy as np
import pytest

from netheed.training import cells
from netheed.training.cells import METHODS, Cell, Desk, plan, with_hour
from netheed.training.splits import Split
from tests.corpora import corpus, examples

CELL = Cell(protocol="2", split="iot23", method="isolation forest", seed=0)


@pytest.fixture
def desk(tmp_path):
    return Desk(folder=tmp_path, corpus=corpus(), trials=1)


def test_no_two_cells_share_a_file():
    keys = [cell.key for cell in plan(5)]

    assert len(keys) == len(set(keys)) > 1_000


def test_a_stopped_run_has_whole_seeds():
    seeds = [cell.seed for cell in plan(3)]

    assert seeds == sorted(seeds)


def test_scores_are_kept_with_what_they_are_of(desk, tmp_path):
    desk.work(CELL)

    facts = json.loads((tmp_path / f"{CELL.key}.json").read_text())
    with np.load(tmp_path / f"{CELL.key}.npz", allow_pickle=False) as kept:
        assert len(kept["score"]) == facts["test_windows"] == 3 * 48
        assert set(kept["attack"]) == {"benign", "beacon"}
        assert len(kept["calibration"]) > 0


def test_a_kept_cell_is_not_worked_out_again(desk, monkeypatch):
    desk.work(CELL)
    broken = replace(METHODS[CELL.method], fit=None)
    monkeypatch.setitem(cells.METHODS, CELL.method, broken)

    desk.work(CELL)

    with pytest.raises(TypeError):
        desk.work(replace(CELL, seed=1))


def test_what_is_shipped_is_not_searched_for(desk, tmp_path):
    assert desk.settings("2", "iot23", METHODS["netheed"]) == {}
    assert not list(tmp_path.glob("search-*"))


def test_the_first_hour_is_learned_from_and_not_tested():
    test = examples(1, attack="scan", minutes=90)
    split = with_hour(Split(protocol="3", name="x", train=examples(2), test=test))

    assert len(split.train.label) == len(examples(2).label) + 60 * 3 + 45
    assert split.test.end[split.test.tested].min() == 3660.0

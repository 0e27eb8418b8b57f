"""A cell is kept under what made it."""

from dataclasses import replace
from pathlib import Path

import pytest

from netheed.model.scorer import Scorer
from netheed.training import desk as module
from netheed.training.datasets import KINDS
from netheed.training.desk import BESIDE, NETHEED, Desk
from tests.unit.training.quick_desk import RECORDINGS, small


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    small(monkeypatch)
    (tmp_path / module.FOLDER).mkdir()
    return Desk(tmp_path, tmp_path)


def test_a_fit_is_a_model_that_serves(desk: Desk):
    desk.fit("office")

    scorer = Scorer(desk.model("office"))
    assert scorer.kinds == KINDS
    assert scorer.manifest.training["without"] == "office"


def test_the_guilty_pair_is_ranked_by_every_detector(desk: Desk):
    called, scanned = desk.trials
    for trial in (called, scanned):
        desk.fit(trial.network)
        desk.judge(trial)
        desk.rank(trial)

    found = desk.scored(called).ranked
    assert found is not None
    assert set(found.ranks) == {NETHEED, *BESIDE}
    assert found.ranks["RITA's beacon score"] == [1]
    # Five sites for each of two hosts, and the peer of the calls.
    assert found.pairs == 11

    beside = desk.scored(scanned).ranked
    assert beside is not None
    assert beside.ranks["Isolation Forest"] == [None]


def test_what_was_not_worked_out_is_none(desk: Desk):
    found = desk.scored(desk.trials[0])

    assert found.judged is None
    assert found.ranked is None


def places(desk: Desk) -> list[Path]:
    trial = desk.trials[0]
    return [desk.model("office"), desk.judgement(trial), desk.ranking(trial)]


def test_other_data_makes_other_cells(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    before = [
        desk.model("office"),
        *(kept(desk.trials[0]) for kept in (desk.judgement, desk.ranking)),
    ]
    changed = [RECORDINGS[0], replace(RECORDINGS[1], sha256="other")]
    monkeypatch.setattr(module, "load", lambda _: changed)

    other = Desk(desk.data, desk.folder)

    after = [
        other.model("office"),
        *(kept(other.trials[0]) for kept in (other.judgement, other.ranking)),
    ]
    assert not set(before) & set(after)


def test_other_code_makes_other_cells(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "JUDGING", (*module.JUDGING, "cli.py"))

    other = Desk(desk.data, desk.folder)

    trial = desk.trials[0]
    assert other.judgement(trial) != desk.judgement(trial)
    assert other.model("office") == desk.model("office")


def test_code_that_changes_in_a_run_changes_none_of_its_cells(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "FITTING", (*module.FITTING, "cli.py"))

    worker = Desk(desk.data, desk.folder, desk.codes)

    assert worker.model("office") == desk.model("office")

"""A cell is kept under what made it."""

from dataclasses import replace
from pathlib import Path

import pytest

from netheed.model import manifest as manifests
from netheed.model.manifest import HOURS, PAIRS
from netheed.model.scorer import Scorer
from netheed.training import desk as module
from netheed.training.datasets import KINDS
from netheed.training.desk import BESIDE, NETHEED, Desk
from netheed.training.splits import NETWORKS
from tests.unit.training.exported_model import tiny_lives
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


@pytest.mark.parametrize("file", [PAIRS, HOURS])
def test_a_fit_knows_lives_and_their_models_are_part_of_its_id(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, file: str
):
    desk.fit("office")
    scorer = Scorer(desk.model("office"))
    files, said = tiny_lives()
    # A model of other bytes: bytes of no field that anybody reads.
    changed = files | {file: files[file] + b"\x9a\x06\x00"}
    monkeypatch.setattr(Desk, "_fit_lives", lambda *_: (changed, said))

    desk.fit("office")

    assert (scorer.manifest.pairs, scorer.manifest.hours) == (said["pairs"], said["hours"])
    assert scorer.pairs is not None
    assert scorer.hours is not None
    assert manifests.read(desk.model("office"))[0].id != scorer.manifest.id


def test_lives_are_fitted_without_the_network_that_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fitted = Desk._fit_lives
    small(monkeypatch)
    asked = []
    monkeypatch.setattr(module, "life_corpus", lambda *_, **__: "all pieces")
    monkeypatch.setattr(module.life_train, "fitted", lambda *given: asked.append(given))

    fitted(Desk(tmp_path, tmp_path), "office")

    assert asked == [("all pieces", NETWORKS["office"], module.SEED)]


def test_recordings_with_implants_are_tested_beside_those_without(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    laid = replace(RECORDINGS[0], name="office/called+sleeps", sha256="other")
    monkeypatch.setattr(module, "judged_implants", lambda _: iter([laid]))

    trial = desk.trials[-1]
    desk.rank(trial)

    assert (trial.name, len(desk.trials)) == (laid.name, 1 + len(RECORDINGS))
    assert desk.ranking(trial).exists()
    assert desk.ranking(trial) != desk.ranking(desk.trials[0])


def test_rankings_depend_on_the_code_of_implants():
    assert {"training/implants", "training/life_corpus.py"} < set(module.RANKING)


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

    # The pairs of the scan are no rivals of each other.
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

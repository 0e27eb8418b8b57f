"""From windows to a model directory that tells its making."""

import re
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from netheed.errors import NetheedError
from netheed.model.manifest import Manifest
from netheed.model.scorer import Scorer
from netheed.training import train as laboratory
from netheed.training.corpus import Corpus, Piece, Role
from netheed.training.datasets import KINDS
from netheed.training.life_corpus import LifeCorpus
from netheed.training.search import Searched, Trial
from netheed.training.train import SEARCH, Plan, counts, measured, train
from tests.unit.training.baselines.planted import planted
from tests.unit.training.exported_model import tiny_lives

SETTINGS = {"epochs": 1, "steps": 1, "width": 16, "hidden": 16, "layers": 1, "experts": 2}
SCAN, FLOOD = KINDS.index("scan"), KINDS.index("flood")


def piece(name: str, seed: int, role: Role = "recorded") -> Piece:
    return Piece(
        name=name,
        families=frozenset([name]),
        role=role,
        examples=planted(4, seed=seed),
        sha256=f"hash of {name}" if role == "recorded" else "",
    )


@pytest.fixture(autouse=True)
def recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few windows stand in for the recordings, which are not part of netheed."""
    pieces = (
        piece("office", 1),
        piece("office+simulated#1", 2, "overlaid"),
        piece("m57/conn", 3),
        piece("m57/conn+simulated#1", 4, "overlaid"),
        piece("ctu-sme-11/remcos", 5),
        piece("simulated/3#1", 6, "simulated"),
        piece("simulated/18#1", 7, "simulated"),
    )
    monkeypatch.setattr(laboratory, "corpus", lambda *_, scenes_of: Corpus(pieces))
    monkeypatch.setattr(laboratory, "lives", lambda _: LifeCorpus(()))
    monkeypatch.setattr(laboratory.life_train, "fitted", lambda *_: tiny_lives())


def trained(output: Path, **given: object) -> tuple[Manifest, list[str]]:
    """The manifest that was written and what was told."""
    told: list[str] = []
    plan = Plan(data=output, output=output, settings=SETTINGS, seed=3, commit="abc")
    train(replace(plan, **given), told.append)
    return Scorer(output).manifest, told


def test_the_manifest_tells_what_the_model_was_made_of(tmp_path: Path):
    manifest, told = trained(tmp_path, scenes=31)

    made = manifest.training
    assert (made["commit"], made["seed"], made["scenes"]) == ("abc", 3, 31)
    assert made["recordings"] == {"office": "hash of office"}
    assert made["calibration_recordings"] == {"m57/conn": "hash of m57/conn"}
    assert made["settings"].items() >= SETTINGS.items()
    assert made["settings"]["noise"] == 0.2
    assert manifest.id in told[-1]


def test_what_calibrates_or_is_kept_away_is_not_learned_from(tmp_path: Path):
    manifest, _ = trained(tmp_path)

    of_one = counts(planted(4))
    assert manifest.training["windows_per_kind"] == {k: 3 * count for k, count in of_one.items()}
    assert manifest.training["calibration_windows"] == 2 * of_one["benign"]


def test_the_card_stands_beside_with_what_was_measured(tmp_path: Path):
    manifest, _ = trained(tmp_path)

    card = (tmp_path / "CARD.md").read_text()
    assert manifest.id in card
    assert f"scan: {manifest.metrics['recall_at_0.01']['scan']}" in card


def test_the_same_plan_gives_the_same_model(tmp_path: Path):
    first, again, other = (
        trained(tmp_path / name, seed=seed)[0] for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )

    assert first == again
    assert first.id != other.id


def test_chosen_settings_prevail_and_their_search_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    asked = []
    history = [Trial({}, 0.1), Trial({"noise": 0.3}, 0.2)]

    def search(method: object, examples: object, *, trials: int, told: object):
        asked.append(trials)
        return Searched({"noise": 0.3, "steps": 2}, history)

    monkeypatch.setattr(laboratory, "search", search)
    manifest, _ = trained(tmp_path, trials=2)

    assert asked == [2]
    assert manifest.training["settings"].items() >= {"noise": 0.3, "steps": 2, "width": 16}.items()
    assert msgspec.json.decode((tmp_path / SEARCH).read_bytes(), type=list[Trial]) == history
    assert SEARCH in manifest.files


def test_nothing_is_searched_without_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(laboratory, "search")

    manifest, _ = trained(tmp_path)

    assert SEARCH not in manifest.files


def test_windows_are_counted_by_kind():
    made = counts(planted(4))

    assert made == dict.fromkeys(KINDS, 0) | {"benign": 108, "scan": 6, "flood": 6}


def test_recall_is_the_share_above_what_so_many_benign_windows_exceed():
    windows = planted(4)
    score = np.zeros(len(windows.label), dtype=np.float32)
    score[np.flatnonzero(windows.label == 0)[0]] = 5.0
    score[np.flatnonzero(windows.label == SCAN)[:3]] = 9.0
    score[windows.label == FLOOD] = 1.0

    told = measured(score, None, windows)

    assert told["benign_windows"] == 108
    assert told["recall_at_0.01"] == {"scan": 0.5, "flood": 1.0}
    assert told["recall_at_0.0003"] == {"scan": 0.5, "flood": 0.0}
    assert "named_right" not in told


def test_kinds_are_right_where_the_likeliest_one_is():
    windows = planted(4)
    kinds = np.zeros((len(windows.label), len(KINDS)), dtype=np.float32)
    kinds[:, 0] = 0.5
    kinds[windows.label == SCAN, SCAN] = 0.9

    told = measured(np.zeros(len(windows.label), dtype=np.float32), kinds, windows)

    assert told["named_right"] == {"benign": 1.0, "scan": 1.0, "flood": 0.0}


def test_the_card_quotes_the_report(tmp_path: Path):
    (tmp_path / "summary.json").write_text('{"mean AP (2)": {"netheed": 0.75}}')

    trained(tmp_path / "out", report=tmp_path)

    assert "mean AP (2):\n  netheed: 0.75" in (tmp_path / "out" / "CARD.md").read_text()


@pytest.mark.parametrize("text", [None, "{", '{"mean AP": 1}'], ids=["missing", "cut", "shape"])
def test_a_report_without_figures_is_told_with_its_place(tmp_path: Path, text: str | None):
    if text is not None:
        (tmp_path / "summary.json").write_text(text)

    with pytest.raises(NetheedError, match=r"summary\.json: no figures of a report"):
        trained(tmp_path / "out", report=tmp_path)
    assert not (tmp_path / "out").exists()


def test_the_manifest_says_which_expert_answers_for_which_kind(tmp_path: Path):
    manifest, _ = trained(tmp_path)

    experts = manifest.metrics["experts"]
    assert set(experts) >= {"benign", "scan"}
    said = [[float(share) for share in layer.split()] for layer in experts["scan"]]
    assert [(len(layer), sum(layer)) for layer in said] == [(2, pytest.approx(1.0, abs=0.02))]
    assert all(re.fullmatch(r"\d\.\d\d \d\.\d\d", layer) for layer in experts["scan"])


def test_the_model_knows_pairs_and_hours(tmp_path: Path):
    manifest, _ = trained(tmp_path)

    assert manifest.pairs is not None
    assert Scorer(tmp_path).pairs is not None
    assert Scorer(tmp_path).hours is not None

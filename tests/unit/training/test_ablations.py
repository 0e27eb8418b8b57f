"""What a group of features is worth: fitted without it, asked about who was not learned from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netheed.core.life_vector import CALLS, CONTEXT
from netheed.training import ablations as module
from netheed.training import life_corpus
from netheed.training.ablations import (
    ALL,
    GROUPS,
    GROWING,
    MECHANISMS,
    OLDER,
    STEPS,
    WHOLE,
    Ablations,
    Cell,
    Grown,
    evaluate,
    grown,
)
from netheed.training.desk import SEED, Desk
from netheed.training.life_corpus import LifeCorpus, LifePiece
from netheed.training.life_examples import HOURS, PAIRS, LifeExamples, Scale
from netheed.training.life_fit import LifeRecipe, fit, recipe_of
from netheed.training.life_model import ExportedLives
from tests.unit.training.made_lives import drawn, of_pairs
from tests.unit.training.quick_desk import in_this_process, small

NETWORKS = {"office": ("m57",), "iot23": ("iot23",)}


def piece(name: str, family: str, seed: int, **given: bool) -> LifePiece:
    looks = of_pairs(drawn(80, seed=seed, **given))
    return LifePiece(name=name, families=frozenset((family,)), looks=looks)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    in_this_process(monkeypatch)
    whole = LifeCorpus(
        (
            piece("office/a", "m57", 1),
            piece("office/a+implants", "m57", 2),
            piece("lamp/b", "iot23", 3, beacons=False),
        )
    )
    judged = LifeCorpus((piece("lamp/b+sleeps", "iot23", 4), piece("lamp/b+fails", "iot23", 5)))
    monkeypatch.setattr(Desk, "lives", whole)
    monkeypatch.setattr(Desk, "judged_lives", judged)
    for each in (module, life_corpus):
        monkeypatch.setattr(each, "NETWORKS", NETWORKS)
    few = {ALL: (), "names": GROUPS["pairs"]["names"]}
    monkeypatch.setattr(module, "GROUPS", {"pairs": few})
    monkeypatch.setattr(module, "MECHANISMS", {"with experts": {"experts": 2}})
    monkeypatch.setattr(module, "recipe_of", lambda _, **given: LifeRecipe(steps=2, **given))


def run(folder: Path) -> Ablations:
    return evaluate(folder, folder, workers=1, told=lambda _: None)


@pytest.mark.parametrize("scale", [PAIRS, HOURS], ids=["pairs", "hours"])
def test_every_column_that_is_read_is_in_one_group_at_the_most_and_nearly_all_are(scale):
    grouped = [column for columns in GROUPS[scale.life.part].values() for column in columns]
    there = {*scale.life.steps, *scale.life.context} - {*scale.life.unread}

    assert len(grouped) == len(set(grouped))
    assert set(grouped) <= there
    assert there - set(grouped) <= {"minutes", "since", "peers"}


def test_each_group_is_asked_of_each_network_that_was_left_out(tmp_path: Path):
    found = run(tmp_path)

    assert [row.group for row in found.rows] == [ALL, "names", STEPS, "with experts"]
    assert {row.part for row in found.rows} == {"pairs"}
    assert found.worked == 8
    assert found.failures == ()
    for row in found.rows:
        # Four beacons in office/a; what was laid for learning is nobody's attack here.
        assert row.recorded[1] == 4
        assert {name: count for name, (_, count) in row.laid.items()} == {"fails": 1, "sleeps": 1}


def test_what_was_worked_out_is_not_worked_out_again(tmp_path: Path):
    rows = run(tmp_path).rows

    again = run(tmp_path)
    assert (again.worked, again.rows) == (0, rows)


def test_a_group_without_all_its_networks_has_no_row_and_its_failure_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_: object) -> None:
        raise ValueError("x")

    monkeypatch.setattr(module, "evidence", fails)
    found = run(tmp_path)

    assert found.rows == ()
    assert len(found.failures) == 8


def test_found_is_what_lies_above_the_share_of_benign_looks_of_all_networks_together():
    cells = [
        Cell(
            benign=np.arange(600.0).tolist(),
            recorded=[1000.0, 500.0],
            laid=[("polls", 999.5)],
            grown=[Grown([998.0, 3.0], [3.0]), Grown([998.0, 999.0], [998.0])],
        ),
        Cell(
            benign=np.arange(600.0, 1000.0).tolist(),
            recorded=[],
            laid=[("polls", 3.0)],
            grown=[Grown([3.0, 3.0], [998.0]), Grown([998.0, 3.0], [998.0])],
        ),
    ]
    row = module._row("pairs", ALL, cells)

    assert row.threshold == 997.0
    assert row.recorded == (1, 2)
    assert row.laid == {"polls": (1, 2)}
    assert row.grown == ((0.25, 1), (0.75, 2))


def test_what_is_grown_is_so_many_times_as_large_and_all_else_as_it_was():
    looks = drawn()
    grows = [name in OLDER for name in CONTEXT]

    more = grown(looks, OLDER, 7)

    plain, others = np.expm1(looks.context[:, grows]), np.logical_not(grows)
    np.testing.assert_allclose(np.expm1(more.context[:, grows]), 7 * plain, rtol=1e-4)
    np.testing.assert_array_equal(more.context[:, others], looks.context[:, others])


def test_all_ages_and_counts_since_ever_grow_with_the_memory():
    ever = {name for name in CONTEXT if name.endswith("_age")} | {"connections", "span", "beats"}

    assert ever <= set(GROWING)
    assert {"host_age", "peer_age", "name_age", "mark_age"} <= set(OLDER)
    assert not {"connections", "span", "hours", "beats"} & set(OLDER)


def test_what_is_unread_is_read_in_one_row_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    read = []

    def fitting(looks: LifeExamples, recipe: LifeRecipe) -> ExportedLives:
        read.append(recipe.without)
        return fit(looks, recipe)

    def recipe_of(_: object, *, seed: int, without: tuple[str, ...]) -> LifeRecipe:
        return LifeRecipe(steps=2, seed=seed, without=("port_hosts", *without))

    monkeypatch.setattr(module, "GROUPS", {"pairs": {ALL: (), WHOLE: (), "age": ("peer_age",)}})
    monkeypatch.setattr(module, "fit", fitting)
    monkeypatch.setattr(module, "recipe_of", recipe_of)
    run(tmp_path)

    assert len(list((tmp_path / module.FOLDER).glob("without-*"))) == len(read)
    rows = (("port_hosts",), (), ("port_hosts", "peer_age"), ("port_hosts", *CALLS))
    assert read == [each for each in (*rows, ("port_hosts",)) for _ in "ab"]


@pytest.mark.parametrize("scale", [PAIRS, HOURS], ids=["pairs", "hours"])
def test_a_mechanism_changes_its_own_settings_alone(scale: Scale, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.undo()
    plain = recipe_of(scale, seed=SEED)
    for name, changed in MECHANISMS.items():
        recipe = module._recipe(scale, name)

        assert changed
        assert recipe == replace(plain, **changed)

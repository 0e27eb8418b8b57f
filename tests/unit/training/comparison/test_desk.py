"""Each thing is worked out once, under the digest of all that made it."""

from dataclasses import replace

import msgspec
import pytest

from netheed.training.comparison import desk as module
from netheed.training.comparison.cell import Cell
from netheed.training.comparison.desk import Desk
from netheed.training.comparison.kept import Kept
from netheed.training.comparison.plan import LONGER, METHODS, TRIALS
from netheed.training.comparison.result import Result
from netheed.training.search import Searched
from tests.corpora import corpus

CELL = Cell(protocol="2", split="iot23", method="isolation forest", seed=0)


@pytest.fixture
def desk(tmp_path):
    return Desk(
        data=tmp_path,
        corpus=corpus(),
        kept=Kept(tmp_path),
        sum="sum",
        trials=dict.fromkeys(TRIALS, 1),
    )


def test_a_cell_has_the_settings_that_were_searched_for_it(desk):
    desk.kept.write(desk.search_of(CELL), Searched({"trees": 50.0}, []), 0.0)

    desk.work(CELL)

    kept = msgspec.json.decode(desk.kept.read(desk.job_of(CELL)).said, type=Result)
    assert (kept.cell, kept.settings) == (CELL, {"trees": 50.0})
    assert kept.benign_days is not None


def test_a_search_is_of_the_training_part(desk):
    desk.search(CELL)

    found = msgspec.json.decode(desk.kept.read(desk.search_of(CELL)).said, type=Searched)
    assert [trial.settings for trial in found.trials] == [{}]
    assert 0 < found.trials[0].value <= 1


def test_what_is_shipped_has_its_defaults(desk):
    assert desk.settings(Cell(protocol="2", split="iot23", method="netheed", seed=0)) == {}


@pytest.mark.parametrize("change", LONGER)
def test_what_is_learned_for_longer_has_settings_of_its_own(desk, monkeypatch, change):
    cell = Cell(protocol="2", split="iot23", method="netheed", seed=0, change=change)
    before = desk.job_of(cell)

    assert desk.settings(cell) == LONGER[change]
    monkeypatch.setitem(module.LONGER, change, {"steps": 7})
    assert desk.job_of(cell).made_of != before.made_of


def digests(desk):
    return {job.name: job.made_of for job in desk.jobs(1)}


@pytest.mark.parametrize("kind", ["search", "cell", "site", "probe"])
def test_other_data_make_every_digest_another(desk, kind):
    before = {job.made_of for job in desk.jobs(1) if job.kind == kind}
    other = {job.made_of for job in replace(desk, sum="other").jobs(1) if job.kind == kind}

    assert before
    assert not before & other


def test_no_two_things_share_a_digest(desk):
    found = [(job.kind, job.made_of) for job in desk.jobs(3)]

    assert len(found) == len(set(found)) > 500


def test_other_code_of_a_method_touches_its_own_cells_alone(desk, monkeypatch):
    before = digests(desk)
    theirs = METHODS["isolation forest"].fit.__module__
    whole = module.with_imports

    def changed(name, room):
        return "changed" if name == theirs else whole(name, room)

    monkeypatch.setattr(module, "with_imports", changed)
    after = digests(replace(desk, _codes={}))

    touched = {name for name, made_of in after.items() if before[name] != made_of}
    assert str(CELL) in touched
    methods = {name.split(" / ")[2] for name in touched}
    assert methods == {"isolation forest", "random forest", "gradient boosting"}


def test_the_number_of_trials_makes_another_search_and_another_cell(desk):
    more = replace(desk, trials=dict.fromkeys(TRIALS, 2))

    assert more.search_of(CELL).made_of != desk.search_of(CELL).made_of
    assert more.job_of(CELL).made_of != desk.job_of(CELL).made_of


@pytest.mark.parametrize(
    ("change", "fewer"), [("recordings alone", True), ("without CICIDS2017", True)]
)
def test_what_is_learned_from_can_be_less(desk, change, fewer):
    whole = desk._split(replace_change(""))
    less = desk._split(replace_change(change))

    assert (len(less.train.label) < len(whole.train.label)) == fewer


def replace_change(change):
    return Cell(protocol="2", split="iot23", method="attention", seed=0, change=change)

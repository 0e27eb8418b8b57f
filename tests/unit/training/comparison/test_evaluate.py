"""`netheed evaluate`: what is kept is not worked out again."""

import shutil
from concurrent.futures import Future

import pytest
from msgspec import Struct

from netheed.errors import NetheedError
from netheed.training.comparison import desk
from netheed.training.comparison import evaluate as module
from netheed.training.comparison.cell import Cell
from netheed.training.comparison.desk import Desk
from netheed.training.comparison.evaluate import Part, evaluate
from netheed.training.comparison.kept import FILES, lines
from tests.corpora import corpus

CELLS = [
    Cell(protocol="2", split="iot23", method="isolation forest", seed=0),
    *(Cell(protocol="2", split=name, method="rules", seed=0) for name in ("ctu-sme", "office")),
]


class Here:
    """A pool of one process: this one."""

    def __init__(self, workers, context, initializer, initargs):
        del workers, context
        initializer(*initargs)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def submit(self, work, *arguments):
        future = Future()
        try:
            future.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001 - as a pool does
            future.set_exception(error)
        return future


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(module, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(module, "prepare", lambda *_: corpus())
    monkeypatch.setattr(desk, "TRIALS", {"2": 1})
    monkeypatch.setattr(desk, "plan", lambda _: iter(CELLS))
    monkeypatch.setattr(desk, "adapted", lambda *_: Said("adapted"))
    monkeypatch.setattr(desk, "probe", lambda *_: Said("probed"))


class Said(Struct):
    """Anything."""

    what: str


def run(folder, name="out", only="", seeds=1):
    told = []
    evaluate(folder, folder, folder / name, Part(seeds, only), workers=1, told=told.append)
    return told


def names(folder, kind):
    return [line.name for line in lines(folder / "out" / FILES[kind])]


def test_everything_is_worked_out_and_laid_beside_the_report(tmp_path):
    told = run(tmp_path)

    assert told[1] == "15 of 15 to work out"
    assert names(tmp_path, "search") == ["2 / iot23 / isolation forest"]
    assert names(tmp_path, "cell") == [str(cell) for cell in CELLS]
    assert (len(names(tmp_path, "site")), names(tmp_path, "probe")) == (10, ["seed 0"])


def test_a_second_run_works_out_nothing_and_lays_the_same(tmp_path):
    run(tmp_path)

    told = run(tmp_path, "again")

    assert told == ["windows of all recordings", "0 of 15 to work out"]
    for name in FILES.values():
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_who_has_the_report_need_not_work_it_out_again(tmp_path):
    run(tmp_path)
    shutil.rmtree(tmp_path / module.FOLDER)

    assert run(tmp_path)[1] == "0 of 15 to work out"


def test_what_fails_is_named_and_holds_up_nothing_else(tmp_path, monkeypatch):
    whole = Desk.work

    def broken(self, cell):
        if cell.method == "rules":
            raise ValueError("no")
        whole(self, cell)

    monkeypatch.setattr(Desk, "work", broken)

    with pytest.raises(NetheedError, match=r"2 / office / rules / seed 0: ValueError\('no'\)"):
        run(tmp_path)

    assert names(tmp_path, "cell") == [str(CELLS[0])]
    assert names(tmp_path, "probe") == ["seed 0"]


@pytest.mark.parametrize(
    ("only", "count"),
    [("isolation", 2), ("rules / seed 0", 2), ("site ", 10), ("probe", 1)],
)
def test_only_what_is_asked_for_is_worked_out(tmp_path, only, count):
    assert run(tmp_path, only=only)[1] == f"{count} of {count} to work out"
    assert sum(len(names(tmp_path, kind)) for kind in FILES) == count


def test_words_in_no_name_are_told_and_nothing_is_laid(tmp_path):
    run(tmp_path)

    with pytest.raises(NetheedError, match="no name of a cell, a site or a probe contains 'zzz'"):
        run(tmp_path, only="zzz")

    assert names(tmp_path, "cell") == [str(cell) for cell in CELLS]


def test_what_is_known_of_more_seeds_stays_in_the_report(tmp_path):
    run(tmp_path, seeds=2)
    before = names(tmp_path, "probe"), names(tmp_path, "site")

    told = run(tmp_path)

    assert told[1] == "0 of 15 to work out"
    assert before == (names(tmp_path, "probe"), names(tmp_path, "site"))
    assert before[0] == ["seed 0", "seed 1"]


def test_what_was_not_asked_for_stays_in_the_report(tmp_path):
    run(tmp_path)

    run(tmp_path, only="rules")

    assert names(tmp_path, "cell") == [str(cell) for cell in CELLS]

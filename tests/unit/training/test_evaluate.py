"""`netheed evaluate`: what is kept is not worked out again."""

import json

import pytest

from netheed.errors import NetheedError
from netheed.training import evaluate as module
from netheed.training.cells import Cell, Desk
from netheed.training.evaluate import evaluate
from tests.corpora import corpus

CELLS = [Cell(protocol="2", split=name, method="rules", seed=0) for name in ("iot23", "office")]


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
        future = module.Future()
        try:
            future.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001 - as a pool does
            future.set_exception(error)
        return future


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(module, "ProcessPoolExecutor", Here)
    monkeypatch.setattr(module, "plan", lambda _: iter(CELLS))
    monkeypatch.setattr(module, "prepare", lambda *_: corpus())
    monkeypatch.setattr(module, "site", lambda *_: {"site": "x"})
    monkeypatch.setattr(module, "probe", lambda *_: iter([{"chance": 0.1}]))


def run(folder):
    told = []
    evaluate(folder, folder, seeds=1, workers=1, told=told.append, trials=1)
    return told


def test_cells_sites_probes_and_days_are_kept(tmp_path):
    told = run(tmp_path)

    assert "2 cells to work out" in told
    assert len(list(tmp_path.glob("site-*.json"))) == 10
    assert json.loads((tmp_path / "probe-0.json").read_text()) == [{"chance": 0.1}]
    days = [json.loads(path.read_text())["network"] for path in sorted(tmp_path.glob("day-*"))]
    assert days == ["iot23", "office"]


def test_a_second_run_works_out_nothing(tmp_path):
    run(tmp_path)

    told = run(tmp_path)

    assert told == ["windows of all recordings", "0 cells to work out", "notices on benign days"]


def test_the_cell_that_fails_is_named(tmp_path, monkeypatch):
    def broken(*_):
        raise ValueError("no")

    monkeypatch.setattr(Desk, "work", broken)

    with pytest.raises(NetheedError, match=r"2-\w+-rules--0: ValueError\('no'\)"):
        run(tmp_path)

"""`netheed evaluate --quick`: every network in turn, nothing twice, no failure left out."""

from pathlib import Path

import pytest

from netheed.training import desk
from netheed.training import quick as module
from netheed.training.quick import Outcome, evaluate
from tests.unit.training.quick_desk import in_this_process, small

NETWORKS = ("office", "iot23")
"""Each takes a fit."""


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    monkeypatch.setattr(module, "NETWORKS", NETWORKS)
    in_this_process(monkeypatch)


def run(folder: Path) -> tuple[Outcome, list[str]]:
    told: list[str] = []
    return evaluate(folder, folder, workers=1, told=told.append), told


def test_every_network_is_left_out_and_every_recording_judged(tmp_path: Path):
    found, _ = run(tmp_path)

    assert set(found.models) == set(NETWORKS)
    assert [trial.network for trial in found.trials] == ["office", "iot23"]
    assert all(each.judged and each.ranked for each in found.scored)
    assert found.failures == ()


def test_a_second_run_works_out_nothing_and_says_the_same(tmp_path: Path):
    first, _ = run(tmp_path)

    second, told = run(tmp_path)

    assert first.worked == len(NETWORKS) + 2 * 2
    assert second.worked == 0
    assert told == []
    assert (second.scored, second.models) == (first.scored, first.models)


def test_a_cell_that_fails_is_told_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fit = desk.Desk.fit

    def failing(self: desk.Desk, network: str) -> None:
        if network == "office":
            raise ValueError("no windows")
        fit(self, network)

    monkeypatch.setattr(desk.Desk, "fit", failing)

    found, told = run(tmp_path)

    assert ("without office", "ValueError('no windows')") in found.failures
    assert any("verdicts office/called" in cell for cell, _ in found.failures)
    assert found.scored[0].judged is None
    assert found.scored[1].judged is not None
    assert any("no windows" in line for line in told)

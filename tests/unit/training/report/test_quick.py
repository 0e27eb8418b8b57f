"""The report of the quick judgement says what was found, what was not, and what made it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs

from netheed.training.datasets import Recording
from netheed.training.desk import BESIDE, NETHEED, Ranked, Scored
from netheed.training.judged import Judged, Told, Window
from netheed.training.quick import Outcome
from netheed.training.report.quick import report
from netheed.training.trials import trial
from tests.unit.training.made import BEGUN, C2, HOST, NEIGHBOUR, calls, recording, scan

CALLED = trial(recording("office/called", "m57", calls(), "beacon"), "office")
SCANNED = trial(recording("lamp/scanned", "iot23", scan(), "scan"), "iot23")
WINDOWS = [
    Window(host, BEGUN, BEGUN + 60, 1.0, 0.01, "beacon", 0, True, None, "minute")
    for host in (HOST, NEIGHBOUR)
]
NOTICE = Told(HOST, C2, "beacon", BEGUN + 240, BEGUN + 300, 1e-4, 9.0)


@pytest.fixture
def outcome() -> Outcome:
    ranks: dict[str, list[int | None]] = {name: [at] for at, name in enumerate(BESIDE, 2)}
    found = Judged(model="m", seconds=0.5, windows=WINDOWS, notices=[NOTICE], pairs=[])
    return Outcome(
        trials=(CALLED, SCANNED),
        scored=(
            Scored(judged=found, ranked=Ranked(pairs=11, ranks={NETHEED: [1], **ranks})),
            Scored(judged=None, ranked=None),
        ),
        models={"office": "attention-1"},
        failures=(("verdicts lamp/scanned", "ValueError('x')"),),
        seconds=3.0,
        worked=4,
        code="c0de",
        data="da7a",
    )


def text(outcome: Outcome, folder: Path) -> str:
    report(outcome, folder)
    return (folder / "quick.md").read_text()


def test_an_attack_that_was_found_stands_with_its_time_its_calls_and_its_peer(
    outcome: Outcome, tmp_path: Path
):
    row = f"| office/called | office | {HOST} | beacon | 1 | beacon | minute | 5.0 |"
    # One benign hour of the neighbour, with one window that would be told at this p-value.
    row += " 10 of 120 | yes | 0.01000 | 24.000 |"

    assert row in text(outcome, tmp_path)


def test_an_attack_without_a_notice_is_missed(outcome: Outcome, tmp_path: Path):
    silent = Judged(model="m", seconds=0.5, windows=WINDOWS, notices=[], pairs=[])
    missed = replace(outcome, scored=(Scored(judged=silent, ranked=None), outcome.scored[1]))

    assert "| beacon | 0 | - | - | missed | - | - |" in text(missed, tmp_path)


def test_ranks_stand_beside_each_other(outcome: Outcome, tmp_path: Path):
    row = f"| office/called | beacon | {HOST} | {C2}:8080 | 11 | 1 | 2 | 3 | 4 |"

    assert row in text(outcome, tmp_path)


def test_a_failure_is_listed(outcome: Outcome, tmp_path: Path):
    assert "| verdicts lamp/scanned | ValueError('x') |" in text(outcome, tmp_path)


def test_networks_without_benign_hosts_have_dashes(outcome: Outcome, tmp_path: Path):
    assert "| stratosphere | 0.00 | 0.00 | 0 | 0 | - | - | - | - |" in text(outcome, tmp_path)


def test_machines_get_the_same_tables_with_what_made_them(outcome: Outcome, tmp_path: Path):
    report(outcome, tmp_path)

    said = json.loads((tmp_path / "quick.json").read_text())
    assert said["code"] == "c0de"
    assert said["recordings"] == {"office/called": "office/called", "lamp/scanned": "lamp/scanned"}
    assert said["attacks"][0]["minutes"] == 5.0
    assert said["tables"]["Each pair"][0][NETHEED] == "1"


def test_a_report_without_any_verdict_is_written_all_the_same(outcome: Outcome, tmp_path: Path):
    nothing = (Scored(judged=None, ranked=None),) * 2

    assert "What failed" in text(replace(outcome, scored=nothing), tmp_path)


def test_each_choice_of_scales_stands_with_what_it_noticed(outcome: Outcome, tmp_path: Path):
    both = outcome.scored[0].judged
    assert both is not None
    some = structs.replace(both, some={"pair": [NOTICE], "minute+pair": [NOTICE]})
    chosen = replace(
        outcome, scored=(structs.replace(outcome.scored[0], judged=some), outcome.scored[1])
    )

    said = text(chosen, tmp_path)

    for name, noticed in {
        "all": 1, "minute alone": 0, "pair alone": 1, "hours alone": 0, "minute and pair": 1,
        "minute and hours": 0, "pair and hours": 0,
    }.items():  # fmt: skip
        assert f"| {name} | {noticed} of 1 |" in said


def test_lateral_movement_found_by_hours_has_its_row(outcome: Outcome, tmp_path: Path):
    labels: list[str | None] = [None] * len(calls())
    moved = Recording(
        name="office/1+lateral", family="m57", connections=calls(), labels=labels,
        attacks=["lateral"] * len(labels),
    )  # fmt: skip
    told = Told(HOST, None, "lateral_movement", BEGUN + 240, BEGUN + 300, 1e-4, 9.0, "hours")
    found = Judged(model="m", seconds=0.5, windows=WINDOWS, notices=[told], pairs=[])
    laid = replace(
        outcome,
        trials=(*outcome.trials, trial(moved, "office")),
        scored=(*outcome.scored, Scored(judged=found, ranked=None)),
    )

    # Noticed and in time, by no pair, no minute and its hours.
    assert "| lateral | 1 | 1 | 1 | 0 | 0 | 1 | 5.0 | 0 |" in text(laid, tmp_path)

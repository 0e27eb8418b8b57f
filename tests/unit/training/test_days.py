"""Notices on host-days without an attack."""

import json

import numpy as np

from netheed.training import splits
from netheed.training.cells import Cell
from netheed.training.days import SETTINGS, days
from tests.corpora import HOSTS, corpus


def kept(folder, score):
    test = splits.tested_of(corpus(), "iot23")
    cell = Cell(protocol="2", split="iot23", method="rules", seed=0)
    count = len(test.label)
    with (folder / f"{cell.key}.npz").open("wb") as file:
        np.savez(
            file,
            score=np.full(count, score, dtype=np.float32),
            kind=np.zeros(count, dtype=np.int64),
            group=test.group,
            calibration=np.linspace(0, 1, 20_000, dtype=np.float32),
            calibration_group=np.ones(20_000, dtype=np.int64),
        )


def test_host_days_with_an_attack_are_left_out(tmp_path):
    kept(tmp_path, 2.0)

    (facts,) = days(corpus(), tmp_path, seeds=1)

    assert facts["host_days"] == 3 * HOSTS - 1
    assert facts["windows"] == {f"{at:g}": 11 * 12 for at in SETTINGS}


def test_ordinary_scores_are_no_alarm(tmp_path):
    kept(tmp_path, 0.5)

    (facts,) = days(corpus(), tmp_path, seeds=1)

    assert set(facts["windows"].values()) == set(facts["notices"].values()) == {0}
    assert json.dumps(facts)

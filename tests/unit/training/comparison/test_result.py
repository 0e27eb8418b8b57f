"""What is kept of a test, in numbers."""

import msgspec
import numpy as np
import pytest

from netheed.training import measures, splits
from netheed.training.calibrate import calibrate
from netheed.training.comparison.cell import Cell
from netheed.training.comparison.result import (
    Result,
    at_threshold,
    benign_days,
    curve,
    kinds_of,
    of_kinds,
    ranked,
)
from netheed.training.methods import Verdicts
from tests.corpora import HOSTS, corpus


def windows(score, attack, kind=None):
    count = len(score)
    return measures.Tested(
        score=np.array(score, dtype=np.float32),
        kind=np.zeros(count, dtype=np.int64) if kind is None else np.array(kind),
        attack=np.array(attack),
        host=np.arange(count),
        end=60.0 * np.arange(count),
    )


FOUND = windows([0.0] * 9 + [1.0, 2.0, -1.0], ["benign"] * 9 + ["scan", "scan", "DDoS"])


def test_every_attack_stands_by_itself_among_the_benign_windows():
    ddos, scan = ranked(FOUND, 0).attacks

    assert (ddos.name, ddos.windows, scan.name, scan.windows) == ("DDoS", 1, "scan", 2)
    assert (scan.ap, scan.recall["0.01"], ddos.recall["0.01"]) == (1.0, 1.0, 0.0)
    assert ranked(FOUND, 0).mean_ap.value == pytest.approx((1.0 + ddos.ap) / 2)


def test_an_incident_that_is_not_found_has_no_minutes():
    assert ranked(FOUND, 0).minutes == [None, 1.0, 1.0]


def test_the_threshold_is_the_one_that_is_given():
    assert at_threshold(FOUND, 0.5, 0).accuracy == pytest.approx(11 / 12, abs=1e-5)
    assert at_threshold(FOUND, 5.0, 0).accuracy == 0.75


def test_the_curve_is_of_the_scores_from_the_lowest_to_the_highest():
    found = curve(FOUND)

    assert len(found) == 60
    assert max(found) > found[0]


def test_recall_of_a_kind_is_the_share_that_is_called_so():
    said = windows([0.0] * 4, ["benign", "benign", "scan", "scan"], [0, 1, 1, 1])

    f1, recall = of_kinds(said)

    assert recall == {"benign": 0.5, "scan": 1.0}
    assert f1 == pytest.approx((2 / 3 + 4 / 5) / 2, abs=1e-5)


def test_who_knows_no_kinds_calls_all_benign():
    assert kinds_of(Verdicts(np.zeros(3, dtype=np.float32)), 3).tolist() == [0, 0, 0]


@pytest.mark.parametrize(("score", "odd"), [(2.0, 11 * 12), (0.5, 0)])
def test_notices_are_counted_on_host_days_without_an_attack(score, odd):
    test = splits.tested_of(corpus(), "iot23")
    group = np.ones(20_000, dtype=np.int64)
    calibration = calibrate(np.linspace(0, 1, 20_000, dtype=np.float32), group)
    verdicts = Verdicts(np.full(len(test.label), score, dtype=np.float32))

    days = benign_days(test, verdicts, calibration)

    assert days.host_days == 3 * HOSTS - 1
    assert days.windows == {"0.002": odd, "0.001": odd}
    assert days.realised["0.001"] == (1.0 if odd else 0.0)


def test_a_result_without_attacks_can_be_kept():
    quiet = windows([0.0, 1.0], ["benign", "benign"])
    result = Result(
        cell=Cell(protocol="2", split="x", method="rules", seed=0),
        train_windows=1,
        train_kinds=[1],
        test_windows=2,
        benign_windows=2,
        fit_seconds=0.1,
        judge_seconds=0.1,
        ranked=ranked(quiet, 0),
    )

    assert msgspec.json.decode(msgspec.json.encode(result), type=Result) == result
    assert result.ranked.ap is None

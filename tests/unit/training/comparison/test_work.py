"""A cell is worked out: fitted, judged, measured."""

import numpy as np
import pytest

from netheed.training.comparison.cell import Cell
from netheed.training.comparison.plan import METHODS
from netheed.training.comparison.work import share_of, with_hour, work
from netheed.training.splits import Split, split_of
from tests.corpora import HOSTS, corpus, examples


def worked(protocol, split, method, **more):
    cell = Cell(protocol=protocol, split=split, method=method, seed=0, **more)
    return work(cell, METHODS[method], {}, split_of(corpus(), protocol, split, 0))


@pytest.fixture(scope="module")
def held_out():
    return worked("2", "iot23", "isolation forest")


@pytest.fixture(scope="module")
def grouped():
    return worked("1i", "grouped", "random forest")


def test_a_network_held_out_has_its_benign_days(held_out):
    assert held_out.test_windows == 3 * 48
    assert held_out.benign_windows == 3 * 48 - 6
    assert held_out.benign_days.host_days == 3 * HOSTS - 1
    assert set(held_out.benign_days.notices) == {"0.002", "0.001"}
    assert [each.name for each in held_out.ranked.attacks] == ["beacon"]


def test_a_method_without_kinds_is_asked_for_none(held_out):
    assert held_out.kinds_f1 is None
    assert held_out.kinds_recall == {}
    assert held_out.benign_days.calibration_error is None


def test_paper_as_protocol_has_a_threshold_a_curve_and_ten_runs(grouped, held_out):
    assert grouped.at_threshold.macro_f1.value > 0.9
    assert grouped.at_threshold.accuracy > 0.9
    assert len(grouped.curve) == 60
    assert grouped.ten_runs_seconds > 0
    assert set(grouped.kinds_recall) == {"benign", "brute_force", "flood"}
    assert (held_out.at_threshold, held_out.curve, held_out.ten_runs_seconds) == (None, [], None)


def test_ten_runs_are_of_the_whole_method_alone():
    assert worked("1i", "grouped", "rules", change="size 0.5").ten_runs_seconds is None


def test_what_was_learned_from_is_counted(grouped):
    assert sum(grouped.train_kinds) <= grouped.train_windows
    assert grouped.train_windows > 0


def test_the_first_hour_is_learned_from_and_not_tested():
    test = examples(1, attack="scan", minutes=90)
    split = with_hour(Split(protocol="3", name="x", train=examples(2), test=test))

    assert len(split.train.label) == len(examples(2).label) + 60 * 3 + 45
    assert split.test.end[split.test.tested].min() == 3660.0


@pytest.mark.parametrize("share", [0.25, 0.5])
def test_a_share_is_of_whole_tracks_and_has_every_kind(share):
    train = examples(1, attack="scan")

    fewer = share_of(train, share, 0)

    assert set(np.unique(fewer.label)) == {0, 1}
    assert len(fewer.label) % 12 == 0
    assert len(fewer.label) < len(train.label)

"""Kept results, found again."""

import math

import pytest

from netheed.training.attention import NAME
from netheed.training.report.results import mean, said


def test_a_row_has_its_seeds_in_order(results):
    assert [run.cell.seed for run in results.of("2", "iot23", NAME)] == [0, 1]


def test_ablations_are_rows_of_their_own(results):
    assert len(results.of("2", "iot23", NAME, "without experts")) == 1


def test_what_was_not_worked_out_is_nothing(results):
    assert results.of("2", "iot23", "LSTM") == []
    assert results.mean_ap("2", "iot23", "LSTM") is None
    assert math.isnan(mean([None]))
    assert mean([None, 1.0, 3.0]) == 2.0


def test_the_interval_holds_the_mean(results):
    middle, low, high = results.mean_ap("2", "iot23", NAME)

    assert low < middle < high


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.12345, "0.123"),
        (None, "-"),
        (float("nan"), "-"),
        ((0.5, 0.25, 0.75), "0.500 [0.250, 0.750]"),
    ],
)
def test_numbers_are_said(value, text):
    assert said(value) == text

"""The tables of protocols 1 to 3."""

import pytest

from netheed.training.report.page import Picture, Table
from netheed.training.report.protocols import sections
from tests.unit.training.report.planted import METHODS


@pytest.fixture
def five(results):
    return sections(results)


def tables(section):
    return [part for part in section.parts if isinstance(part, Table)]


def test_each_table_has_a_row_for_each_method_that_was_worked_out(five):
    first = [tables(section)[0] for section in five]

    assert [tuple(row[0] for row in table.rows) for table in first] == [METHODS] * 5


def test_every_row_has_every_column(five):
    every = [table for section in five for table in tables(section)]

    assert {len(row) - len(t.columns) for t in every for row in t.rows} == {0}


def test_the_better_method_has_the_larger_number(five):
    table = tables(five[2])[0]
    mean = {row[0]: float(row[table.columns.index("mean")]) for row in table.rows}

    assert mean["attention"] > mean["rules"]


def test_cost_is_of_ten_runs_on_the_same_windows(five):
    [cost] = [table for table in tables(five[0]) if table.title.startswith("Computation cost")]

    assert {row[3] for row in cost.rows} == {"100"}


def test_paper_a_has_its_pictures(five):
    pictures = [part.name for part in five[0].parts if isinstance(part, Picture)]

    assert pictures == ["training-size", "threshold", "training-time"]


def test_before_and_after_an_hour_stand_apart(five):
    assert [table.title.split(":")[0] for table in tables(five[4])] == ["Before", "After"]


def test_recall_of_a_kind_is_the_mean_over_seeds_and_splits_that_have_it(five):
    [kinds] = [table for table in tables(five[2]) if table.title == "Recall of each kind"]

    assert kinds.columns == ("method", "benign", "scan")
    assert set(kinds.rows) == {(method, "0.750", "0.125") for method in METHODS}

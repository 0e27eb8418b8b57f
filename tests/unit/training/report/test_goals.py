"""Goals are told as reached or not, by the results alone."""

import pytest

from netheed.training.comparison.kept import Kept
from netheed.training.report.goals import section
from netheed.training.report.results import Results


def rows(results):
    (table,) = section(results).parts
    return {row[0]: row[1:] for row in table.rows}


def test_every_goal_has_its_line(results):
    assert len(rows(results)) == 16


def test_what_is_surpassed_is_named_and_not_reached(results):
    ours, other, reached = rows(results)[
        "2, a network held out: mean AP above every method without labels"
    ]

    assert other.endswith(" rules")
    assert (reached == "yes") == (float(ours) > float(other.split()[0]))


def test_equal_notices_are_no_tenfold_fall_and_no_loss_of_recall(results):
    found = rows(results)

    what = "an hour of adaptation, as shipped, p 0.001"
    assert found[f"{what}: false notices fall tenfold"] == ("3", "3 without", "no")
    assert found[f"{what}: recall falls by two points at most"][2] == "yes"


def test_where_no_notice_was_false_none_could_fall(results):
    for site in results.sites:
        for way in site.ways.values():
            way.notices["0.001"] = 0

    what = "an hour of adaptation, as shipped, p 0.001"
    assert rows(results)[f"{what}: false notices fall tenfold"] == ("0", "0 without", "-")


def test_what_is_not_reached_is_said_plainly(results):
    (text,) = section(results).text

    assert "Not reached: " in text
    assert "fall tenfold" in text


@pytest.fixture
def nothing(tmp_path):
    Kept(tmp_path / "cache").lay(tmp_path / "out", [])
    return Results(tmp_path / "out")


def test_where_nothing_was_worked_out_nothing_is_claimed(nothing):
    assert {row[-1] for row in rows(nothing).values()} == {"-"}

"""Goals are told as reached or not, by the results alone."""

import re

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
    assert (reached == "yes") == (float(ours.split()[0]) > float(other.split()[0]))


def test_a_mean_ap_stands_with_the_least_and_the_most_of_its_seeds(results):
    what = "1(ii), the days after: mean AP above every method without labels"
    ours, least, most = re.fullmatch(
        r"([\d.]+) \(seeds ([\d.]+) to ([\d.]+)\)", rows(results)[what][0]
    ).groups()
    values = sorted(run.ranked.mean_ap.value for run in results.of("1ii", "by day", "netheed"))

    assert float(least) < float(ours) < float(most)
    assert [float(least), float(most)] == pytest.approx([values[0], values[-1]], abs=5e-4)


def test_equal_notices_are_no_tenfold_fall_and_no_loss_of_recall(results):
    found = rows(results)

    what = "an hour of adaptation, as shipped, p 0.002"
    assert found[f"{what}: false notices fall tenfold"] == (
        "3",
        "3 without, 3 of them in one run",
        "no",
    )
    assert found[f"{what}: recall falls by two points at most"] == (
        "0.250, lower in 0 of 1 runs", "0.250 without", "yes",
    )  # fmt: skip


def test_where_no_notice_was_false_none_could_fall(results):
    for site in results.sites:
        for way in site.ways.values():
            way.notices["0.002"] = 0

    what = "an hour of adaptation, as shipped, p 0.002"
    assert rows(results)[f"{what}: false notices fall tenfold"][2] == "-"


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

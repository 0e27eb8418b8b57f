"""Ablations and variations."""

import pytest

from netheed.training.report.worth import _gained, _half, sections


@pytest.fixture
def parts(results):
    return sections(results)[0].parts


@pytest.fixture
def variations(results):
    return {row[0]: row for row in sections(results)[1].parts[0].rows}


def test_an_ablation_is_told_as_a_difference_to_the_same_seed(parts):
    rows = {row[0]: row for row in parts[0].rows}

    assert rows["attention"][3] == ""
    assert rows["without experts"][1] == "1"
    assert float(rows["without experts"][3].split(" ")[0]) < 0


def test_the_interval_of_a_difference_is_by_students_t():
    # Three gains of deviation 0.01: 4.303 is the 0.975 quantile of t with two degrees of freedom.
    assert _gained([0.01, 0.02, 0.03]) == f"+0.020 ± {4.303 * 0.01 / 3**0.5:.3f}"
    assert _gained([0.02]) == "+0.020"


def test_the_base_stands_by_the_seeds_of_its_changes_too(parts):
    rows = {row[0]: row for row in parts[0].rows}

    assert int(rows["attention"][1]) > 1
    same = rows["attention, the seeds of the rows below"]
    assert (same[1], same[3]) == ("1", "")


def test_it_is_said_which_differences_are_more_than_chance_gives_among_as_many(results):
    texts = [part.text[0] for part in sections(results)]

    assert "Of 1 differences chance" in texts[0]
    assert "(Bonferroni) lie: without experts." in texts[0]
    assert "(Bonferroni) lie: wider." in texts[1]


def test_an_interval_that_all_rows_share_is_wider():
    gains = [0.01, 0.02, 0.03]

    assert _half(gains, 1 - 0.05 / 12) > 3 * _half(gains, 0.95)


def test_what_was_not_worked_out_has_no_row(parts):
    assert "without contrast" not in {row[0] for row in parts[0].rows}


def test_a_variation_is_told_as_a_difference_to_what_is_shipped(variations):
    assert variations["netheed"][3] == ""
    assert float(variations["wider"][3].split(" ")[0]) > 0


def test_what_cannot_be_held_out_of_itself_has_a_dash_and_no_mean(variations):
    row = variations["without CICIDS2017"]

    assert (row[2], row[-1]) == ("-", "-")
    assert row[3].startswith("+0.000")

"""What an hour of a site's benign traffic is worth, and by which way of adapting."""

import math

import pytest
from msgspec import structs

from netheed.training.learn import WAY
from netheed.training.report.adaptation import (
    AT,
    CHOSEN,
    NONE,
    Summed,
    at_sites,
    chosen_elsewhere,
    falls_tenfold,
    keeps_recall,
    section,
    summed,
)


def at(notices=0, recall=0.5):
    return Summed(windows=notices, notices=notices, recall=recall)


def site_of(planted, name, notices):
    """The planted site by another name, and the notices of its ways at the default."""
    at_each = {way: {"0.01": 9, "0.002": count} for way, count in notices.items()}
    changed = {
        way: structs.replace(planted.ways[way], notices=each) for way, each in at_each.items()
    }
    return structs.replace(planted, site=name, ways=planted.ways | changed)


@pytest.fixture
def two_sites(results):
    """The planted site twice; the adapter takes its notices and its recall away at p 0.01."""
    adapter = results.sites[0].ways[WAY]
    adapter.notices["0.01"], adapter.recall["0.01"] = 0, 0.0
    results.sites.append(structs.replace(results.sites[0], site="y"))
    return results


def test_the_default_setting_comes_first():
    assert AT == ("0.002", "0.01")


def test_notices_of_all_sites_are_summed_and_their_recall_is_a_mean(two_sites):
    assert summed(at_sites(two_sites.sites, NONE), "0.01") == Summed(6, 6, 0.5)


@pytest.mark.parametrize(("was", "now", "falls"), [(10, 1, True), (10, 2, False), (0, 0, None)])
def test_notices_fall_tenfold_where_there_are_some(was, now, falls):
    assert falls_tenfold(at(notices=was), at(notices=now)) is falls


@pytest.mark.parametrize(
    ("was", "now", "keeps"),
    [(0.50, 0.49, True), (0.50, 0.47, False), (0.50, 0.90, True), (math.nan, math.nan, None)],
)
def test_two_points_of_recall_may_be_lost(was, now, keeps):
    assert keeps_recall(at(recall=was), at(recall=now)) is keeps


def test_every_way_has_its_row_and_its_bytes(results):
    rows = section(results).parts[0].rows

    assert [(row[0], row[-1]) for row in rows] == [
        ("none", ""),
        (WAY, "99"),
        (CHOSEN, ""),
    ]


def test_it_is_said_which_way_does_what_was_to_be_shown(two_sites):
    note = section(two_sites).parts[0].note

    assert f"At p 0.01 false notices fall tenfold by: {WAY}." in note
    assert "At p 0.01 recall falls by two points at most by: no way." in note
    assert f"At p 0.002 recall falls by two points at most by: {WAY}." in note


def test_each_site_gets_the_way_that_the_others_choose(results):
    (planted,) = results.sites
    planted.ways["heads"] = structs.replace(planted.ways[WAY])
    sites = [
        site_of(planted, "by the adapter", {WAY: 0, "heads": 9}),
        site_of(planted, "by the heads", {WAY: 5, "heads": 0}),
    ]

    assert chosen_elsewhere(sites) == ["heads", WAY]


def test_a_way_that_costs_recall_is_not_chosen(results):
    (planted,) = results.sites
    planted = site_of(planted, "x", {WAY: 2})
    costly = site_of(planted, "elsewhere", {WAY: 0})
    less = {"0.01": 0.5, "0.002": 0.125}
    costly.ways[WAY] = structs.replace(costly.ways[WAY], recall=less)

    assert chosen_elsewhere([planted, costly]) == [NONE, WAY]


def test_a_way_that_makes_more_notices_than_none_is_not_chosen(results):
    (planted,) = results.sites
    sites = [site_of(planted, name, {NONE: 1, WAY: 2}) for name in "ab"]

    assert chosen_elsewhere(sites) == [NONE, NONE]


def test_a_site_does_not_choose_for_another_of_its_network(results):
    (planted,) = results.sites
    sites = [site_of(planted, f"IoT-23 {name}", {WAY: 0}) for name in ("lamp", "speaker")]

    assert chosen_elsewhere(sites) == [NONE, NONE]


def test_each_run_has_its_row(results):
    assert section(results).parts[1].rows == (
        ("x, seed 0", "3 to 3", "3 to 3", "0.250 to 0.250", "0.500 to 0.500"),
    )


def test_a_site_alone_has_no_other_to_choose_by(results):
    assert chosen_elsewhere(results.sites) == [NONE]


def test_without_a_site_there_is_no_table(results):
    results.sites.clear()

    assert section(results).parts == ()


def test_the_error_falls_with_the_steps(results):
    assert section(results).parts[2].rows == (
        ("ordinary", "0.500", "0.400", "0.300", "0.200", "0.100"),
    )

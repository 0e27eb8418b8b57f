"""Spans of time: when somebody was up, and parts of days."""

import pytest

from netheed.training.implants.spells import (
    DAY,
    SILENT,
    after,
    daily,
    hours_of_day,
    seconds_in,
    spells_of,
)

HOUR = 3600.0


def test_a_long_silence_parts_two_spells():
    starts = [0.0, 100.0, 200.0, 201.0 + SILENT, 300.0 + SILENT]

    assert spells_of(starts) == [(0.0, 200.0), (201.0 + SILENT, 300.0 + SILENT)]


@pytest.mark.parametrize("starts", [[], [5.0], [5.0, 5.0]])
def test_a_moment_is_no_spell(starts):
    assert spells_of(starts) == []


def test_time_passes_only_within_spells():
    spells = [(0.0, 10.0), (100.0, 120.0), (200.0, 205.0)]

    assert after(spells, 15.0) == [(105.0, 120.0), (200.0, 205.0)]
    assert after(spells, 0.0) == spells
    assert seconds_in(after(spells, 30.0)) == 5.0
    assert after(spells, 35.0) == []


def test_hours_of_each_day_are_cut_out():
    whole = [(0.0, 2 * DAY)]

    days = daily(whole, 8 * HOUR, 10 * HOUR)

    assert days == [(8 * HOUR, 18 * HOUR), (DAY + 8 * HOUR, DAY + 18 * HOUR)]


def test_hours_go_across_midnight():
    nights = daily([(HOUR, DAY)], 22 * HOUR, 8 * HOUR)

    assert nights == [(HOUR, 6 * HOUR), (22 * HOUR, DAY)]


def test_hours_in_which_nobody_was_up_are_none():
    assert daily([(9 * HOUR, 17 * HOUR)], 22 * HOUR, 8 * HOUR) == []


def test_the_busiest_and_the_quietest_hours_are_found_around_midnight():
    late = [DAY * day + hour * HOUR for day in range(5) for hour in (22, 23, 0, 1) for _ in "ab"]
    noon = [12 * HOUR]

    assert hours_of_day([*late, *noon], 4, busiest=True) == 22 * HOUR
    assert hours_of_day([*late, *noon], 4, busiest=False) == 2 * HOUR

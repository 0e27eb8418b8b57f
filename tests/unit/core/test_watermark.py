"""How far an origin has come, and what it takes to believe a date."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.watermark import LEAP, SUSTAINED, Frontier

YEAR_2096 = 3_976_214_400.0

starts = st.lists(
    st.one_of(st.floats(0, 100), st.floats(5e3, 2e4), st.floats(1e6, 1e6 + 100)), max_size=150
)


def passed(frontier: Frontier, values: list[float], cuts: list[int]) -> list[float]:
    """The confirmed time before each record, fed in pieces."""
    edges = sorted({0, len(values), *(cut for cut in cuts if cut < len(values))})
    pieces = [values[a:b] for a, b in pairwise(edges)]
    return [t for piece in pieces for t in frontier.pass_(np.array(piece)).tolist()]


@given(starts, st.lists(st.integers(1, 149), max_size=20))
def test_the_confirmed_time_does_not_depend_on_the_batches(
    values: list[float], cuts: list[int]
) -> None:
    whole, pieces = Frontier(), Frontier()

    assert passed(whole, values, []) == passed(pieces, values, cuts)
    assert whole.top.tolist() == pieces.top.tolist()
    assert whole.ahead == pieces.ahead


@given(st.lists(st.floats(0, LEAP), min_size=1, max_size=60))
def test_within_a_leap_the_third_largest_start_is_confirmed(values: list[float]) -> None:
    frontier = Frontier()

    before = frontier.pass_(np.array(values))

    padded = [-np.inf] * 3
    expected = [sorted(padded + values[:at])[-3] for at in range(len(values))]
    assert before.tolist() == expected
    assert frontier.reached == sorted(padded + values)[-3]


def test_a_few_records_from_2096_are_not_believed() -> None:
    frontier = Frontier()
    frontier.pass_(np.arange(10.0))

    frontier.pass_(np.full(SUSTAINED - 1, YEAR_2096))
    frontier.pass_(np.array([11.0]))
    frontier.pass_(np.full(SUSTAINED - 1, YEAR_2096))

    assert frontier.reached < 20


def test_a_gap_is_believed_when_records_go_on_beyond_it() -> None:
    frontier = Frontier()
    frontier.pass_(np.arange(10.0))

    frontier.pass_(1e6 + np.arange(float(SUSTAINED)))
    assert frontier.reached == 1e6
    frontier.pass_(1e6 + np.arange(SUSTAINED, SUSTAINED + 3.0))

    assert frontier.reached == 1e6 + SUSTAINED


def test_a_few_wrong_dates_after_a_gap_do_not_carry_the_rest_with_them() -> None:
    frontier = Frontier()
    frontier.pass_(np.arange(10.0))

    frontier.pass_(np.concatenate((np.full(3, YEAR_2096), 7200.0 + np.arange(29.0))))

    assert frontier.reached == 7200.0


def test_who_only_follows_falls_back_too() -> None:
    frontier = Frontier()
    frontier.follow(np.arange(10.0))
    frontier.follow(np.full(SUSTAINED, YEAR_2096))
    assert frontier.reached == YEAR_2096

    frontier.follow(10.0 + np.arange(100.0))

    assert frontier.reached == 107.0


def test_a_clock_moves_the_frontier_without_records_and_never_back() -> None:
    frontier = Frontier()
    frontier.pass_(np.arange(10.0))

    frontier.advance(50.0)
    frontier.advance(20.0)

    assert frontier.reached == 50.0


def test_before_a_time_is_confirmed_the_least_of_all_records_is_the_earliest() -> None:
    frontier = Frontier()
    found = [frontier.earliest]
    for start in (5.0, YEAR_2096, 3.0, 4.0):
        frontier.pass_(np.array([start]))
        found.append(frontier.earliest)

    assert found == [-np.inf, 5.0, 5.0, 3.0, 4.0]


@given(st.lists(st.floats(0, LEAP), min_size=3, max_size=60))
def test_once_a_time_is_confirmed_it_is_the_earliest(values: list[float]) -> None:
    frontier = Frontier()
    frontier.pass_(np.array(values))

    assert frontier.earliest == frontier.reached > -np.inf


def test_a_clock_moves_the_earliest_too() -> None:
    frontier = Frontier()
    frontier.pass_(np.array([5.0]))

    frontier.advance(50.0)

    assert frontier.earliest == 50.0


@given(st.lists(st.booleans(), max_size=120), st.integers(1, 50))
def test_only_records_too_late_in_a_row_contradict_whatever_the_batches(
    late: list[bool], size: int
) -> None:
    frontier, found, seen = Frontier(), None, 0
    while seen < len(late) and found is None:
        part = np.array(late[seen : seen + size])
        found = frontier.contradicted(np.arange(float(len(part))), part)
        seen += len(part) if found is None else 0

    text = "".join("x" if each else "." for each in late)
    first = text.find("x" * SUSTAINED)
    expected = None if first < 0 else first + SUSTAINED - 1
    assert (None if found is None else seen + found) == expected


def test_falling_back_believes_the_records_that_came_too_late() -> None:
    frontier = Frontier()
    frontier.pass_(np.full(3, YEAR_2096))
    today = np.arange(float(SUSTAINED))
    assert frontier.contradicted(today, np.ones(SUSTAINED, dtype=np.bool_)) == SUSTAINED - 1

    frontier.fall_back()

    assert frontier.top.tolist() == [0.0] * 3
    assert (frontier.ahead, frontier.behind) == ([], [])


def test_doubts_are_part_of_what_is_saved() -> None:
    frontier = Frontier()
    frontier.pass_(np.array([1.0, 2.0, 3.0, 1e7]))
    frontier.contradicted(np.array([0.5]), np.array([True]))

    again = Frontier.restored(frontier.snapshot())

    assert (again.ahead, again.behind) == ([1e7], [0.5])
    assert again.top.tolist() == frontier.top.tolist()

"""Rings hold the last values of each key, and tell them in order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from netheed.core.grouped import Grouped
from netheed.core.rings import unrolled, with_new

LENGTH = 5

visits_of_pairs = st.lists(
    st.lists(st.integers(0, 9), min_size=1, max_size=6), min_size=1, max_size=4
)
"""For each pair the number of new values at each of its visits."""


def told(ring: NDArray[np.int64], count: int) -> list[int]:
    """The values of one ring, the newest last."""
    values, there = unrolled(ring[None], np.array([count]))
    return values[there].tolist()


def after(visits: list[list[int]], held: list[int]) -> tuple[NDArray[np.int64], list[list[int]]]:
    """The rings after every visit, in one go, and what should be in each.

    The values of a pair are its number times a thousand, and on.
    """
    pairs = Grouped.by(np.repeat(np.arange(len(visits)), [len(v) for v in visits]))
    rings = np.full((len(visits), LENGTH), -1)
    for pair, count in enumerate(held):
        for number in range(max(0, count - LENGTH), count):
            rings[pair, number % LENGTH] = 1000 * pair + number
    totals = [(h + np.cumsum(v)).tolist() for h, v in zip(held, visits, strict=True)]
    new = np.concatenate([np.cumsum(v) for v in visits])
    ranges = enumerate(zip(held, totals, strict=True))
    values = np.concatenate([1000 * pair + np.arange(h, t[-1]) for pair, (h, t) in ranges])
    every = np.arange(len(pairs.order))
    counts = np.array(held)
    got = with_new(rings[pairs.group], every, pairs, values, new, counts)
    expected = [
        list(range(1000 * pair + max(0, t - LENGTH), 1000 * pair + t))
        for pair, own in enumerate(totals)
        for t in own
    ]
    return got, expected


@given(visits_of_pairs, st.data())
def test_after_each_visit_a_ring_holds_the_last_values_until_then(
    visits: list[list[int]], data: st.DataObject
) -> None:
    held = [data.draw(st.integers(0, 12)) for _ in visits]

    rings, expected = after(visits, held)

    whole = zip(held, visits, strict=True)
    counts = [h + total for h, own in whole for total in np.cumsum(own).tolist()]
    assert [told(ring, count) for ring, count in zip(rings, counts, strict=True)] == expected


def test_a_ring_of_no_values_has_none() -> None:
    _, there = unrolled(np.zeros((1, LENGTH)), np.array([0]))

    assert not there.any()


def test_values_that_are_not_there_stand_in_front() -> None:
    values, there = unrolled(np.array([[7, 8, 0, 0, 0]]), np.array([2]))

    assert there.tolist() == [[False, False, False, True, True]]
    assert values[there].tolist() == [7, 8]


def test_a_full_ring_is_told_from_the_oldest_on() -> None:
    values, _ = unrolled(np.array([[5, 6, 2, 3, 4]]), np.array([7]))

    assert values.tolist() == [[2, 3, 4, 5, 6]]


def test_a_value_may_be_a_row_of_numbers() -> None:
    rows = np.array([[[5, 50], [6, 60], [2, 20]]])

    values, there = unrolled(rows, np.array([5]))

    assert values.tolist() == [[[2, 20], [5, 50], [6, 60]]]
    assert there.all()

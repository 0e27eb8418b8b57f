"""Rows brought together, beside the same thing said with loops."""

from math import exp

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.grouped import Grouped

rows = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=30).map(
    lambda pairs: sorted(pairs, key=lambda pair: pair[1])
)
"""Key and tick of each row; ticks ascend."""


def of(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    keys, ticks = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(keys, dtype=np.uint64), np.array(ticks, dtype=np.int64)


@given(rows)
def test_rows_of_a_key_stand_together_in_their_old_order(pairs: list[tuple[int, int]]) -> None:
    keys, _ = of(pairs)

    got = Grouped.by(keys)

    assert got.order.tolist() == sorted(range(len(keys)), key=lambda row: keys[row])
    assert got.keys.tolist() == sorted(set(keys.tolist()))
    assert got.counts().sum() == len(keys)
    assert keys[got.order[got.lasts]].tolist() == got.keys.tolist()


@given(rows)
def test_a_key_in_several_ticks_is_a_group_in_each(pairs: list[tuple[int, int]]) -> None:
    got = Grouped.by(*of(pairs))

    assert [pairs[row] for row in got.order[got.firsts].tolist()] == sorted(set(pairs))


@given(rows)
def test_the_row_before_is_that_of_the_same_key(pairs: list[tuple[int, int]]) -> None:
    keys, _ = of(pairs)
    values = np.arange(len(keys), dtype=np.float64)
    got = Grouped.by(keys)

    before = got.before(values, np.full(len(got.keys), -1.0)).tolist()

    last: dict[int, float] = {}
    for row, key in enumerate(keys.tolist()):
        assert before[row] == last.get(key, -1.0)
        last[key] = float(row)


@given(rows)
def test_what_is_added_runs_on_from_what_each_group_held(pairs: list[tuple[int, int]]) -> None:
    keys, _ = of(pairs)
    got = Grouped.by(keys)
    held = np.arange(len(got.keys))

    running = got.running(held, got.order).tolist()

    totals = held.tolist()
    for group, added, after in zip(got.group.tolist(), got.order.tolist(), running, strict=True):
        totals[group] += added
        assert after == totals[group]


@given(rows, st.data())
def test_what_fades_is_carried_from_row_to_row(
    pairs: list[tuple[int, int]], data: st.DataObject
) -> None:
    keys, _ = of(pairs)
    numbers = st.lists(st.floats(0, 100), min_size=len(keys), max_size=len(keys))
    added, elapsed = (np.array(data.draw(numbers), dtype=np.float64) for _ in range(2))
    got = Grouped.by(keys)
    held = np.full(len(got.keys), 7.0)

    after = got.carried(held, added, elapsed, constant=10.0)

    naive = dict.fromkeys(keys.tolist(), 7.0)
    for row, key in enumerate(keys.tolist()):
        naive[key] = naive[key] * exp(-elapsed[row] / 10.0) + added[row]
        np.testing.assert_allclose(after[row], naive[key], rtol=1e-12)
    np.testing.assert_allclose(held, [naive[key] for key in got.keys.tolist()], rtol=1e-12)

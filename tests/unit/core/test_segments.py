"""Grouped arithmetic against the same thing said plainly."""

import math
from statistics import median_low, pstdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.segments import MANY, Segments, combine, scramble, stable_order

values = st.one_of(st.just(math.nan), st.floats(-1e6, 1e6))
groups = st.lists(st.lists(values, min_size=1, max_size=8), min_size=1, max_size=8)


def laid_out(parts: list[list[float]]) -> tuple[Segments, np.ndarray]:
    ids = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Segments(ids, len(parts)), np.array([v for part in parts for v in part])


@given(groups)
def test_the_median_is_the_lower_middle_of_what_is_known(parts: list[list[float]]) -> None:
    by_group, column = laid_out(parts)
    known = [[v for v in part if not math.isnan(v)] for part in parts]

    assert by_group.median(column).tolist() == [median_low(k) if k else 0.0 for k in known]


@given(groups)
def test_the_spread_is_the_population_deviation_of_what_is_known(parts: list[list[float]]) -> None:
    by_group, column = laid_out(parts)
    known = [[v for v in part if not math.isnan(v)] for part in parts]

    expected = [pstdev(k) if k else 0.0 for k in known]
    assert by_group.spread(column).tolist() == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=12), min_size=1, max_size=6))
def test_runs_count_the_distinct_and_the_commonest(parts: list[list[int]]) -> None:
    ids = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    words = np.array([word for part in parts for word in part], dtype=np.uint64)
    where = words != 0

    distinct, commonest = Segments(ids, len(parts)).runs(words, where)

    chosen = [[word for word in part if word] for part in parts]
    assert distinct.tolist() == [len(set(part)) for part in chosen]
    assert commonest.tolist() == [max(map(part.count, part), default=0) for part in chosen]


def test_a_share_of_nothing_is_zero() -> None:
    by_group = Segments(np.array([0, 0, 1]), 2)
    whole = np.array([True, True, False])

    share = by_group.share(np.array([True, False, True]), whole)

    assert share.tolist() == [0.5, 0.0]


def test_scramble_is_the_finaliser_of_splitmix64() -> None:
    # The first output of SplitMix64 seeded with 0, as published with its reference code.
    golden = np.array([0x9E3779B97F4A7C15], dtype=np.uint64)

    assert scramble(golden).tolist() == [0xE220A8397B1DCDAF]


def test_combined_keys_tell_the_columns_apart() -> None:
    one, two = np.array([1], dtype=np.uint64), np.array([2], dtype=np.uint64)

    assert combine(one, two).tolist() != combine(two, one).tolist()


@pytest.mark.parametrize("size", [0, 1, MANY - 1, MANY, 3 * MANY])
@pytest.mark.parametrize("different", [1, 7, 10**6])
@pytest.mark.parametrize("form", [np.uint64, np.int64, np.float64])
def test_rows_of_equal_keys_stay_in_their_order(size: int, different: int, form: type) -> None:
    drawn = np.random.default_rng(size).integers(0, different, size)
    keys = (drawn.astype(np.uint64) * np.uint64(2**43 + 1)).astype(form)

    order = stable_order(keys)

    assert order.tolist() == np.argsort(keys, kind="stable").tolist()
    assert order.dtype == np.int64


def test_sums_and_counts_of_samples_are_right_on_average() -> None:
    rng = np.random.default_rng(11)
    ids = np.repeat(np.arange(3), (40, 200, 1000))
    values = rng.lognormal(6.0, 1.0, len(ids))
    where = rng.random(len(ids)) < 0.5
    whole = Segments(ids, 3)
    estimates = []
    for _ in range(2000):
        halvings = rng.integers(0, 4, len(ids))  # also where the probability changes on the way
        taken = rng.random(len(ids)) < 2.0**-halvings
        taken[[0, 40, 240]] = True  # each group has a row
        halvings[[0, 40, 240]] = 0
        part = Segments(ids[taken], 3, 2.0 ** halvings[taken])
        told = (part.sum(values[taken]), part.count(where[taken]))
        estimates.append(np.concatenate(told))

    expected = np.concatenate((whole.sum(values), whole.count(where)))
    assert np.mean(estimates, axis=0) == pytest.approx(expected, rel=0.03)


def test_weights_of_one_change_nothing() -> None:
    ids, values = np.array([0, 0, 1]), np.array([1.0, 2.0, 5.0])
    words = np.array([7, 7, 8], dtype=np.uint64)
    where = np.array([True, True, False])
    plain, weighed = Segments(ids, 2), Segments(ids, 2, np.ones(3))

    assert plain.sum(values).tolist() == weighed.sum(values).tolist()
    assert plain.count(where).tolist() == weighed.count(where).tolist()
    assert plain.share(where, where).tolist() == weighed.share(where, where).tolist()
    for one, other in zip(plain.runs(words, where), weighed.runs(words, where), strict=True):
        assert one.tolist() == other.tolist()

"""What is drawn for learning and for judging never meets."""

from dataclasses import fields
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.training.implants.ranges import (
    DOORS,
    JUDGED,
    LEARNED,
    Ranges,
    drawn,
    drawn_count,
    drawn_door,
)

OTHERWISE = {"doors", "bare", "words", "ends"}
BANDS = [field.name for field in fields(Ranges) if field.name not in OTHERWISE]
BOTH = [(LEARNED, JUDGED), (JUDGED, LEARNED)]


def within(value: float, bands) -> bool:
    return any(low <= value <= high for low, high in bands)


@pytest.mark.parametrize("axis", BANDS)
def test_no_band_of_learning_touches_one_of_judging(axis):
    pairs = product(getattr(LEARNED, axis), getattr(JUDGED, axis))

    assert all(a[1] < b[0] or b[1] < a[0] for a, b in pairs)


@pytest.mark.parametrize("ranges", [LEARNED, JUDGED])
@pytest.mark.parametrize("axis", BANDS)
def test_bands_are_in_order_and_apart(ranges, axis):
    edges = [edge for band in getattr(ranges, axis) for edge in band]

    assert edges == sorted(set(edges))


@pytest.mark.parametrize("axis", BANDS)
@given(seed=st.integers(0, 2**32 - 1), way=st.sampled_from([0, 1]))
def test_no_value_drawn_for_one_lies_in_the_other(axis, seed, way):
    ours, others = (getattr(ranges, axis) for ranges in BOTH[way])

    value = drawn(np.random.default_rng(seed), ours)

    assert within(value, ours)
    assert not within(value, others)


@given(seed=st.integers(0, 2**32 - 1), way=st.sampled_from([0, 1]))
def test_counts_of_peers_do_not_meet_either(seed, way):
    ours, others = BOTH[way]

    count = drawn_count(np.random.default_rng(seed), ours.peers)

    assert within(count, ours.peers)
    assert not within(count, others.peers)


def test_no_word_of_a_name_is_in_both_and_no_place_where_it_is_registered():
    assert not {*LEARNED.words} & {*JUDGED.words}
    assert not {*LEARNED.ends} & {*JUDGED.ends}


def test_only_usual_doors_are_in_both():
    rng = np.random.default_rng(1)
    learned, judged = ({drawn_door(rng, r) for _ in range(500)} for r in (LEARNED, JUDGED))

    assert learned & judged == set(DOORS)
    assert len(learned) > 50 < len(judged)


def test_sleeps_and_jitter_go_as_far_as_real_ones():
    sleeps = [edge for band in (*LEARNED.sleep, *JUDGED.sleep) for edge in band]
    jitter = [edge for band in (*LEARNED.jitter, *JUDGED.jitter) for edge in band]

    assert (min(sleeps), max(sleeps)) == (1, 86_400)
    assert (min(jitter), max(jitter)) == (0, 0.9)


@given(seed=st.integers(0, 2**32 - 1), most=st.floats(1, 1e5))
def test_nothing_is_drawn_above_its_bound(seed, most):
    assert drawn(np.random.default_rng(seed), LEARNED.sleep, most=most) <= most


def test_a_bound_below_all_bands_is_an_error():
    with pytest.raises(ValueError, match=r"nothing up to 0.5"):
        drawn(np.random.default_rng(1), LEARNED.sleep, most=0.5)

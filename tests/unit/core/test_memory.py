"""What is remembered of pairs, and that the tables stay bounded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.memory import BEATS, Grouped, Pairs, PairView, Table

ONE_PAIR = np.array([77], dtype=np.uint64)


def learn(pairs: Pairs, starts: list[float], *, sent: float = 100.0, now: float) -> PairView:
    rows = len(starts)
    column = np.array(starts)
    grouped = Grouped.by(np.repeat(ONE_PAIR, rows))
    return pairs.update(grouped, column, np.full(rows, sent), np.full(rows, 10.0), now)


def test_a_clock_is_wholly_regular_across_windows() -> None:
    pairs = Pairs(1024)
    for beat in range(10):
        view = learn(pairs, [300.0 * beat], now=300.0 * beat + 60)

    assert view.regularity.tolist() == [1.0]
    assert view.period.tolist() == [300.0]
    assert view.beats.tolist() == [9.0]


def test_one_missed_beat_does_not_break_the_rhythm() -> None:
    pairs = Pairs(1024)
    for beat in (0, 1, 2, 3, 5, 6, 7, 8):
        view = learn(pairs, [300.0 * beat], now=300.0 * beat + 60)

    assert view.regularity.tolist() == [1.0]


def test_random_arrivals_are_far_from_regular() -> None:
    rng = np.random.default_rng(3)
    regularity = []
    for _ in range(200):
        pairs = Pairs(1024)
        starts = np.cumsum(rng.exponential(300.0, 14) + 1.0)
        regularity.append(learn(pairs, starts.tolist(), now=float(starts[-1]) + 60).regularity[0])

    assert np.mean(regularity) < 0.25
    assert np.quantile(regularity, 0.99) < 0.75


def test_nothing_is_said_of_a_rhythm_below_four_gaps() -> None:
    view = learn(Pairs(1024), [0.0, 60.0, 120.0, 180.0], now=240.0)

    assert view.regularity.tolist() == [0.0]
    assert view.period.tolist() == [0.0]


def test_starts_of_one_visit_are_no_gaps() -> None:
    starts = [60.0 * visit + 0.1 * part for visit in range(6) for part in range(4)]

    view = learn(Pairs(1024), starts, now=400.0)

    assert view.beats.tolist() == [5.0]
    assert view.regularity[0] > 0.99


def test_equal_sizes_have_no_spread_and_others_have() -> None:
    pairs = Pairs(1024)
    same = learn(pairs, [0.0, 60.0], sent=500.0, now=100.0)
    other = learn(pairs, [120.0], sent=50_000.0, now=180.0)

    assert same.size_spread.tolist() == [pytest.approx(0.0, abs=1e-5)]
    assert other.size_spread[0] > 1.0


def test_sent_bytes_fade_with_their_time_constant() -> None:
    pairs = Pairs(1024)
    learn(pairs, [0.0], sent=1000.0, now=0.0)

    view = learn(pairs, [8 * 3600.0], sent=0.0, now=8 * 3600.0)

    assert view.sent.tolist() == [pytest.approx(1000.0 / np.e, rel=1e-6)]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_the_ring_holds_the_last_gaps_however_they_were_cut_into_windows(cuts: list[int]) -> None:
    starts = np.cumsum(np.arange(1, sum(cuts) + 2, dtype=np.float64)).tolist()
    whole, pieces = Pairs(1024), Pairs(1024)

    expected = learn(whole, starts, now=1e6)
    at = 0
    for size in [*cuts, 1]:
        got = learn(pieces, starts[at : at + size], now=1e6)
        at += size

    assert got.beats.tolist() == expected.beats.tolist()
    assert got.period.tolist() == expected.period.tolist()
    assert sorted(pieces.table["gaps"][0].tolist()) == sorted(whole.table["gaps"][0].tolist())


def test_a_full_table_drops_the_longest_unseen() -> None:
    table = Table({}, limit=64)
    for step in range(200):
        table.admit(np.array([step], dtype=np.uint64), float(step))

    assert len(table) <= 64
    assert table.find(np.array([199], dtype=np.uint64))[1].tolist() == [True]
    assert table.find(np.array([0], dtype=np.uint64))[1].tolist() == [False]


def test_a_key_in_use_survives_newcomers() -> None:
    table = Table({}, limit=64)
    for step in range(200):
        table.admit(np.array([5, 1000 + step], dtype=np.uint64), float(step))

    assert table.find(np.array([5], dtype=np.uint64))[1].tolist() == [True]


@given(st.lists(st.sets(st.integers(0, 40), min_size=1, max_size=16), min_size=1, max_size=12))
def test_every_key_admitted_in_one_call_has_its_own_row_afterwards(calls: list[set[int]]) -> None:
    table = Table({"value": ("i8", 0)}, limit=16)
    for now, call in enumerate(calls):
        keys = np.array(sorted(call), dtype=np.uint64)

        at, _ = table.admit(keys, float(now))

        assert table.keys[at].tolist() == keys.tolist()
        assert len(table) <= 16


def test_novelty_is_told_once() -> None:
    novelty = Table({}, 1024)
    keys = np.array([1, 2, 3], dtype=np.uint64)

    assert novelty.admit(keys, 0.0)[1].tolist() == [True, True, True]
    assert novelty.admit(keys, 1.0)[1].tolist() == [False, False, False]


def test_only_the_last_beats_are_kept() -> None:
    view = learn(Pairs(1024), [2.0 * n for n in range(100)], now=300.0)

    assert view.beats.tolist() == [99.0]
    assert BEATS < 99

"""What is remembered of pairs, and that the tables stay bounded."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.cut_rows import CutRows
from netheed.core.grouped import Grouped
from netheed.core.pairs import _FULL, _RING, BEATS, Pairs, PairView, _bounded

ONE_PAIR = np.array([77], dtype=np.uint64)


def learn(pairs: Pairs, starts: list[float], *, sent: float = 100.0, now: float) -> PairView:
    rows = len(starts)
    column = np.array(starts)
    grouped = Grouped.by(np.repeat(ONE_PAIR, rows))
    return pairs.update(grouped, column, np.full(rows, sent), np.full(rows, 10.0), np.array([now]))


def kept_gaps(pairs: Pairs) -> list[float]:
    """Of the one pair, in any order."""
    return sorted(pairs.rings.read(pairs.table["ring"][:1])["beats"]["gap"][0].tolist())


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
    assert kept_gaps(pieces) == kept_gaps(whole)


def test_only_the_last_beats_are_kept() -> None:
    view = learn(Pairs(1024), [2.0 * n for n in range(100)], now=300.0)

    assert view.beats.tolist() == [99.0]
    assert BEATS < 99


def test_one_connection_takes_no_ring_and_the_second_brings_both_sizes() -> None:
    pairs = Pairs(1024)
    none = pairs.rings.nbytes
    learn(pairs, [0.0], sent=500.0, now=60.0)

    assert pairs.rings.nbytes == none

    view = learn(pairs, [60.0], sent=5_000.0, now=120.0)

    assert pairs.rings.nbytes > none
    assert view.size_spread[0] == pytest.approx(np.log(5001 / 501) / 2, abs=2e-3)


def test_a_pair_of_one_connection_says_nothing_of_what_others_keep() -> None:
    pairs = Pairs(1024)
    keys = np.arange(50, dtype=np.uint64)
    for step in range(3):
        sent = np.arange(50.0) + step
        grouped = Grouped.by(keys + np.uint64(50 * step))
        ends = np.full(50, 60.0 * step + 60)
        view = pairs.update(grouped, np.full(50, 60.0 * step), sent, sent, ends)

        assert not view.size_spread.any()
        assert not view.beats.any()
        assert not view.period.any()


def test_rings_come_back_when_their_pairs_go() -> None:
    pairs = Pairs(64)
    none = pairs.rings.nbytes
    for step in range(300):
        two = Grouped.by(np.repeat(np.array([step], dtype=np.uint64), 2))
        starts = np.array([60.0 * step, 60.0 * step + 5])
        view = pairs.update(two, starts, np.full(2, 9.0), np.zeros(2), np.array([60.0 * step + 60]))

        assert view.beats.tolist() == [1.0]
        assert view.size_spread.tolist() == [0.0]

    assert pairs.rings.nbytes - none <= 64 * 32


def test_a_daily_beat_is_kept_as_one() -> None:
    pairs = Pairs(1024)
    for day in range(8):
        view = learn(pairs, [86_400.0 * day], now=86_400.0 * day + 60)

    assert view.period.tolist() == [86_400.0]
    assert view.regularity.tolist() == [1.0]


@pytest.mark.parametrize(("name", "bits"), [("gaps", 16), ("sizes", 32)])
def test_a_counter_that_is_full_keeps_its_place_in_the_ring(name: str, bits: int) -> None:
    full = _FULL[name]
    counts = np.arange(full - 5_000, full + 70_000)

    kept = _bounded(counts, full)

    assert (kept % BEATS == counts % BEATS).all()
    assert 2**bits - 2 * BEATS < kept.max() < 2**bits
    assert (kept[counts <= full] == counts[counts <= full]).all()


def test_every_connection_has_the_gap_before_it() -> None:
    pairs = Pairs(1024)
    first = learn(pairs, [0.0, 0.5, 30.0], now=60.0)
    second = learn(pairs, [100.0], now=120.0)

    np.testing.assert_array_equal(first.gaps, [np.nan, 0.5, 29.5])
    assert second.gaps.tolist() == [70.0]


def test_connections_are_counted_in_all() -> None:
    pairs = Pairs(1024)
    counted = [learn(pairs, [60.0 * n, 60.0 * n + 1], now=60.0 * n + 60) for n in range(3)]

    assert [view.connections.tolist() for view in counted] == [[2], [4], [6]]


def test_connections_are_counted_past_sixteen_bits() -> None:
    pairs = Pairs(1024)
    learn(pairs, [0.0] * 65_530, now=60.0)

    counted = [learn(pairs, [60.0 * n] * 9, now=60.0 * n + 60).connections[0] for n in (1, 2)]

    assert counted == [65_539, 65_548]


def test_a_pair_takes_32_bytes_and_as_many_again_for_its_second_to_fourth_connection() -> None:
    pairs = Pairs(1024)
    empty = pairs.nbytes
    once, twice = np.arange(100, dtype=np.uint64), np.arange(100, 200, dtype=np.uint64)
    visits = Grouped.by(np.concatenate((once, np.repeat(twice, 4))))
    zeros, ends = np.zeros(500), np.full(200, 60.0)

    pairs.update(visits, zeros, zeros, zeros, ends)

    assert pairs.nbytes - empty <= 200 * 32 + 100 * 32


def told(view: PairView) -> list[bytes]:
    return [getattr(view, name).tobytes() for name in PairView.__slots__]


@given(st.lists(st.dictionaries(st.integers(0, 5), st.integers(1, 7), min_size=1), max_size=12))
def test_rings_that_are_cut_say_what_whole_ones_do(windows: list[dict[int, int]]) -> None:
    cut, whole = Pairs(4), Pairs(4)
    whole.rings = CutRows(_RING, {BEATS: _RING.itemsize}, 4)
    rng = np.random.default_rng(len(windows))
    for minute, met in enumerate(windows):
        visits = Grouped.by(np.repeat(np.array(list(met), dtype=np.uint64), list(met.values())))
        visits = visits.select(np.arange(len(met)) < 4)
        starts = 60.0 * minute + np.sort(rng.uniform(0, 60, sum(met.values())))
        sent, ends = rng.integers(0, 10**6, len(starts)) * 1.0, np.full(4, 60.0 * minute + 60)
        seen = (visits, starts, sent, sent, ends[: len(visits.keys)])

        assert told(cut.update(*seen)) == told(whole.update(*seen))
    for name, array in whole.snapshot().items():
        np.testing.assert_array_equal(array, cut.snapshot()[name], err_msg=name)


def test_past_32_bits_connections_are_counted_alike_however_they_were_cut() -> None:
    together, apart = Pairs(1024), Pairs(1024)
    for pairs in (together, apart):
        learn(pairs, [0.0] * 2, now=60.0)
        ring = pairs.table["ring"][:1]
        kept = pairs.rings.read(ring)
        kept["size_count"] = _FULL["sizes"] - 5
        ring[:] = pairs.rings.write(ring, kept, kept["size_count"])
    tick, ones = np.repeat([0, 1], 9), np.ones(18)
    visits = Grouped.by(np.repeat(ONE_PAIR, 18), tick)
    starts, ends = 60.0 + 60.0 * tick, np.array([120.0, 180.0])

    whole = together.update(visits, starts, ones, ones, ends).connections.tolist()
    pieces = [
        learn(apart, [60.0 + 60.0 * n] * 9, now=120.0 + 60.0 * n).connections[0] for n in range(2)
    ]

    assert whole == pieces


def test_what_was_saved_goes_on_to_the_bit() -> None:
    rng = np.random.default_rng(5)
    straight, stopped = Pairs(64), Pairs(64)
    for step in range(120):
        keys = rng.integers(0, 90, 40).astype(np.uint64)
        starts = np.sort(rng.uniform(60 * step, 60 * step + 60, 40))
        sent = rng.integers(0, 10**6, 40).astype(np.float64)
        visits = Grouped.by(keys)
        ends = np.full(len(visits.keys), 60.0 * step + 60)
        views = [pairs.update(visits, starts, sent, sent, ends) for pairs in (straight, stopped)]
        kept, stopped = stopped.snapshot(), Pairs(64)
        stopped.restore(kept)

        for name in PairView.__slots__:
            got, expected = getattr(views[1], name), getattr(views[0], name)
            np.testing.assert_array_equal(got, expected, err_msg=name)
    for name, array in straight.snapshot().items():
        np.testing.assert_array_equal(array, stopped.snapshot()[name], err_msg=name)


def test_a_pair_begins_once_also_where_windows_pass_together() -> None:
    pairs = Pairs(1024)
    keys, tick = np.array([5, 5, 77, 5, 77], dtype=np.uint64), np.array([0, 0, 1, 2, 2])
    column = np.zeros(5)

    first = pairs.update(Grouped.by(keys, tick), column, column, column, np.full(4, 60.0))
    again = learn(pairs, [70.0], now=120.0)

    assert (first.begins.tolist(), again.begins.tolist()) == ([True, False, True, False], [False])

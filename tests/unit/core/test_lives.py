"""When a pair's life begins, when it is looked at, and what is kept of it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.cut_rows import CutRows
from netheed.core.grouped import Grouped
from netheed.core.lives import (
    _RING,
    BEGINS,
    CALL,
    FEWEST,
    HOUR,
    LENGTH,
    LONG,
    Connections,
    Lives,
    Looks,
    _bounded,
    hour_of,
)
from netheed.core.pairs import PairView
from netheed.core.segments import Ints
from netheed.records import Outcome

KEY = 77
START = 1_699_999_200.0
"""The full hour."""
NEWEST = -1


def connections(count: int, **given: Any) -> Connections:
    """Short complete ones, with the given columns instead."""
    values = {"sent": 100.0, "received": 1000.0, "duration": 1.0, "outcome": Outcome.COMPLETE}
    columns = {name: np.full(count, value) for name, value in (values | given).items()}
    columns["outcome"] = columns["outcome"].astype(np.int8)
    return Connections(**columns)


def view(gaps: np.ndarray, totals: Ints, kept: float = 0.0) -> PairView:
    """What is known of the pairs, as far as lives ask."""
    fields = dict.fromkeys(PairView.__dataclass_fields__, np.zeros(len(totals)))
    known = {"gaps": gaps, "connections": totals, "kept": np.full(len(totals), kept)}
    return PairView(**fields | known)  # type: ignore[arg-type]


def meet(  # noqa: PLR0913  what is special of a window
    lives: Lives,
    total: int,
    minute: int = 0,
    *,
    key: int = KEY,
    count: int = 1,
    gap: float = 60.0,
    kept: float = 0.0,
    **given: Any,
) -> Looks:
    """A window of so many connections of one pair, which are `total` with all before."""
    visits = Grouped.by(np.full(count, key, dtype=np.uint64))
    end = np.array([START + 60.0 * (minute + 1)])
    seen = connections(count, **given)
    return lives.update(visits, seen, view(np.full(count, gap), np.array([total]), kept), end)


def meetings(lives: Lives, totals: Ints, ends: np.ndarray) -> Looks:
    """Windows of the one pair that pass together, each with one connection."""
    visits = Grouped.by(np.full(len(totals), KEY, dtype=np.uint64), np.arange(len(totals)))
    known = view(np.full(len(totals), 9.0), totals)
    return lives.update(visits, connections(len(totals)), known, ends)


def newest(looks: Looks) -> np.void:
    return looks.calls[0, NEWEST]


def test_a_life_begins_with_the_third_connection() -> None:
    lives = Lives(1024)
    begun = []
    for total in (1, 2, 3):
        meet(lives, total, total)
        begun.append(len(lives))

    assert begun == [0, 0, 1]


def test_a_life_is_as_old_as_the_first_connection_that_is_known_of() -> None:
    looks = [meet(Lives(1024), 4, minute=10, count=4, kept=kept) for kept in (0.0, 500.0)]

    assert [look.first.tolist() for look in looks] == [[START + 660.0], [START + 160.0]]


def test_a_long_connection_begins_a_life_and_is_looked_at() -> None:
    lives = Lives(1024)

    looks = meet(lives, 1, duration=LONG)

    assert (len(lives), len(looks)) == (1, 1)


@pytest.mark.parametrize("duration", [LONG - 1.0, np.nan])
def test_a_connection_that_is_not_known_to_be_long_begins_none(duration: float) -> None:
    lives = Lives(1024)

    looks = meet(lives, 1, duration=duration)

    assert (len(lives), len(looks)) == (0, 0)


def test_a_life_is_not_looked_at_before_the_fourth_connection() -> None:
    lives = Lives(1024)

    assert [len(meet(lives, total, total)) for total in range(1, FEWEST + 1)] == [0, 0, 0, 1]


def test_within_an_hour_a_life_is_looked_at_when_it_has_grown_by_half() -> None:
    lives = Lives(1024)
    looked = [total for total in range(1, 28) if len(meet(lives, total, total))]

    # Powers of 1.5, rounded up.
    assert looked == [4, 6, 8, 12, 18, 26]


def test_ten_thousand_connections_of_an_hour_are_a_few_dozen_looks() -> None:
    ends = START + np.linspace(60.0, HOUR, 10_000)

    looks = meetings(Lives(1024), np.arange(1, 10_001), ends)

    assert 15 <= len(looks) <= 25


def test_a_slow_life_is_looked_at_once_an_hour() -> None:
    lives = Lives(1024)
    for total in range(1, 41):
        meet(lives, total, total)

    looked = [len(meet(lives, 41 + tens, 60 + 10 * tens)) for tens in range(12)]

    assert looked == [1, 0, 0, 0, 0, 0] * 2


def test_hours_with_a_connection_are_counted_once_each() -> None:
    lives = Lives(1024)
    for total, minute in enumerate((0, 1, 2, 3, 59, 60, 61, 300), start=1):
        looks = meet(lives, total, minute)

    assert looks.hours.tolist() == [3]


def test_a_life_remembers_when_it_began() -> None:
    lives = Lives(1024)
    for total in (3, 4):
        looks = meet(lives, total, 10 * total)

    assert looks.first.tolist() == [START + 60.0 * 31]


def test_a_window_belongs_to_the_hour_in_which_it_ends() -> None:
    ends = np.array([START, START + 60.0, START + HOUR, START + HOUR + 60.0])

    assert (hour_of(ends) - hour_of(ends)[0]).tolist() == [0.0, 1.0, 1.0, 2.0]


def test_of_a_connection_logarithms_are_kept() -> None:
    lives = Lives(1024)
    meet(lives, 3)

    kept = newest(
        meet(lives, 4, gap=99.0, sent=1e9, received=0.0, duration=7.0, outcome=Outcome.REFUSED)
    )

    expected = (np.log(100.0), np.log1p(1e9), 0.0, np.log(8.0), Outcome.REFUSED)
    assert kept.item() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("name", ["sent", "received", "duration"])
def test_what_the_sensor_did_not_say_is_kept_as_unknown(name: str) -> None:
    lives = Lives(1024)
    meet(lives, 3)

    looks = meet(lives, 4, **{name: np.nan})

    assert np.isnan(newest(looks)[name])


def test_the_gap_before_a_first_connection_is_unknown() -> None:
    looks = meet(Lives(1024), 1, gap=np.nan, duration=LONG)

    assert np.isnan(newest(looks)["gap"])


def test_a_connection_that_began_before_the_one_before_has_no_gap() -> None:
    lives = Lives(1024)
    meet(lives, 3)

    assert newest(meet(lives, 4, gap=-5.0))["gap"] == 0.0


def test_the_last_connections_are_kept_with_the_newest_last() -> None:
    lives = Lives(1024)
    for total in range(3, 27):
        looks = meet(lives, total, sent=np.expm1(total / 4))

    assert looks.calls["sent"].tolist() == [[total / 4 for total in range(15, 27)]]


def test_where_no_connection_is_there_none_is_told() -> None:
    lives = Lives(1024)
    for total in (3, 4):
        looks = meet(lives, total)

    assert looks.there.tolist() == [[False] * (LENGTH - 2) + [True] * 2]


def test_all_connections_of_the_window_in_which_a_life_begins_are_kept() -> None:
    looks = meet(Lives(1024), 5, count=5)

    assert looks.there.sum() == 5


def test_a_forgotten_pair_begins_anew() -> None:
    lives = Lives(64)
    for total in (3, 4):
        looks = meet(lives, total, total)
    lives.weigh(np.array([KEY], dtype=np.uint64), np.float32([8.0]))
    for other in range(1000, 1064):
        meet(lives, BEGINS, 10, key=other)

    looks = meet(lives, 5, 600)

    assert (looks.there.sum(), looks.hours.tolist()) == (1, [1])
    assert looks.first.tolist() == [START + 60.0 * 601]
    assert lives.weigh(np.array([KEY], dtype=np.uint64), np.float32([6.0])).tolist() == [6.0]


def test_more_lives_of_one_window_than_there_may_be_are_shed_and_counted() -> None:
    lives = Lives(64)
    visits = Grouped.by(np.arange(100, dtype=np.uint64))
    totals, ends = np.full(100, BEGINS), np.full(100, START)

    lives.update(visits, connections(100), view(np.full(100, 1.0), totals), ends)

    assert (len(lives), lives.shed) == (64, 36)


def test_there_is_room_for_as_many_lives_as_nobody_is_forgotten_for() -> None:
    lives = Lives(64)
    meet(lives, BEGINS)

    assert lives.has_room(63)
    assert not lives.has_room(64)


def test_a_life_takes_memory_as_it_gets_connections() -> None:
    lives = Lives(1024)
    kept = [lives.nbytes]
    for total in range(BEGINS, BEGINS + 2 * LENGTH):
        meet(lives, total)
        kept.append(lives.nbytes)

    grown = np.diff(kept)
    # Of what it gives back when it moves, the number is kept too.
    assert grown[0] <= 40 + CALL.itemsize
    assert np.flatnonzero(grown).tolist() == [0, 1, 3, 6]
    assert (grown[[1, 3, 6]] == np.array([3, 6, LENGTH]) * CALL.itemsize + 4).all()


def test_a_life_takes_what_others_have_outgrown_or_left() -> None:
    lives = Lives(64)
    for key in range(1000):
        for total in range(BEGINS, BEGINS + LENGTH):
            meet(lives, total, key, key=key)

        assert lives.rings.nbytes <= 70 * (22 * CALL.itemsize + 16)


@given(st.lists(st.dictionaries(st.integers(0, 5), st.integers(1, 7), min_size=1), max_size=12))
def test_rings_that_are_cut_say_what_whole_ones_do(windows: list[dict[int, int]]) -> None:
    cut, whole = Lives(4), Lives(4)
    whole.rings = CutRows(_RING, {LENGTH: _RING.itemsize}, 4)
    rng = np.random.default_rng(len(windows))
    totals = np.zeros(6, dtype=np.int64)
    for minute, met in enumerate(windows):
        keys, counts = np.array(list(met), dtype=np.uint64), list(met.values())
        visits = Grouped.by(np.repeat(keys, counts))
        totals[visits.keys.astype(np.int64)] += visits.counts()
        seen = connections(len(visits.order), sent=rng.uniform(0, 1e6, len(visits.order)))
        known = view(rng.uniform(0, 99, len(visits.order)), totals[visits.keys.astype(np.int64)])
        ends = np.full(len(keys), START + 60.0 * minute)
        told = [lives.update(visits, seen, known, ends) for lives in (cut, whole)]

        for name in Looks.__slots__:
            assert getattr(told[0], name).tobytes() == getattr(told[1], name).tobytes(), name
    for name, array in whole.snapshot().items():
        np.testing.assert_array_equal(array, cut.snapshot()[name], err_msg=name)


def test_a_life_that_was_saved_with_a_larger_count_goes_on_in_its_place() -> None:
    lives, restored = Lives(64), Lives(64)
    meet(lives, 300, count=300)
    kept = lives.snapshot()
    restored.restore({**kept, "count": np.array([300], dtype=np.uint32)})

    looks = [meet(each, total, 90, sent=9.0) for each in (lives, restored) for total in (301,)]

    assert looks[0].calls.tobytes() == looks[1].calls.tobytes()


def test_evidence_halves_with_each_look() -> None:
    lives = Lives(1024)
    meet(lives, BEGINS)
    keys = np.full(3, KEY, dtype=np.uint64)

    # 8, then 8/2 + 0/2, then 4/2 + 4/2.
    assert lives.weigh(keys, np.float32([8.0, 0.0, 4.0])).tolist() == [8.0, 4.0, 4.0]


def test_a_look_of_which_the_model_says_nothing_leaves_the_evidence_as_it_was() -> None:
    lives = Lives(1024)
    meet(lives, BEGINS)
    keys = np.full(3, KEY, dtype=np.uint64)

    got = lives.weigh(keys, np.float32([8.0, np.nan, 4.0]))

    np.testing.assert_array_equal(got, [8.0, np.nan, 6.0])


def test_evidence_that_was_forgotten_counts_in_no_later_look() -> None:
    lives = Lives(1024)
    meet(lives, BEGINS)
    keys = np.array([KEY], dtype=np.uint64)
    lives.weigh(keys, np.float32([8.0]))

    lives.forget_evidence()

    assert lives.weigh(keys, np.float32([2.0])).tolist() == [2.0]
    assert len(lives) == 1


def test_a_pair_without_a_life_has_no_earlier_evidence() -> None:
    lives = Lives(1024)
    meet(lives, BEGINS)
    lives.weigh(np.array([KEY], dtype=np.uint64), np.float32([8.0]))

    assert lives.weigh(np.array([KEY + 1], dtype=np.uint64), np.float32([2.0])).tolist() == [2.0]


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(-9, 9, width=32)), min_size=1), st.data())
def test_evidence_is_the_same_weighed_together_or_look_by_look(
    looks: list[tuple[int, float]], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(looks)))
    together, apart = Lives(64), Lives(64)
    for key in range(3):
        for lives in (together, apart):
            meet(lives, BEGINS, key=key)
    keys = np.array([key for key, _ in looks], dtype=np.uint64)
    score = np.array([score for _, score in looks], dtype=np.float32)

    whole = together.weigh(keys, score)
    parts = [apart.weigh(keys[part], score[part]) for part in (slice(cut), slice(cut, None))]

    assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert apart.snapshot()["evidence"].tobytes() == together.snapshot()["evidence"].tobytes()


def test_what_was_saved_goes_on_to_the_bit() -> None:
    rng = np.random.default_rng(5)
    straight, stopped = Lives(64), Lives(64)
    for minute in range(60):
        keys = np.sort(rng.choice(90, 40, replace=False)).astype(np.uint64)
        visits = Grouped.by(np.repeat(keys, 2))
        seen = connections(80, sent=rng.choice((np.nan, 5.0, 1e6), 80))
        gaps, totals = rng.uniform(0, 99, 80), np.full(40, 2 * minute + 2)
        ends = np.full(40, START + 600.0 * minute)
        both = (straight, stopped)
        told = [lives.update(visits, seen, view(gaps, totals), ends) for lives in both]
        score = rng.normal(size=len(told[0])).astype(np.float32)
        weighed = [
            lives.weigh(keys[looks.visits], score).tobytes()
            for lives, looks in zip((straight, stopped), told, strict=True)
        ]
        kept, stopped = stopped.snapshot(), Lives(64)
        stopped.restore(kept)

        assert weighed[0] == weighed[1]
        for name in Looks.__slots__:
            assert getattr(told[0], name).tobytes() == getattr(told[1], name).tobytes(), name
    for name, array in straight.snapshot().items():
        np.testing.assert_array_equal(array, stopped.snapshot()[name], err_msg=name)


def test_a_saved_life_has_plain_columns_only() -> None:
    lives = Lives(64)
    meet(lives, BEGINS)

    assert {array.dtype.names for array in lives.snapshot().values()} == {None}


def test_a_counter_that_is_full_keeps_its_place_in_the_ring() -> None:
    counts = np.arange(512)

    kept = _bounded(counts)

    assert (kept % LENGTH == counts % LENGTH).all()
    assert kept.max() < 2**8
    assert (kept[:LENGTH] == counts[:LENGTH]).all()

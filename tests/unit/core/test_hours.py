"""When a host's hours are looked at, and what is kept of them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core import hours as module
from netheed.core.hour_vector import HOURS
from netheed.core.hours import LENGTH, LOOKED, Hours, Looks

START = 1_699_999_200.0
"""The full hour."""
HOST = 77
NAMES = list(HOURS)


def meet(
    hours: Hours, minutes: list[int], hosts: list[int] | None = None, **given_: float
) -> Looks:
    """Windows that pass together: minutes from START on, each of one host."""
    size = len(minutes)
    added = np.zeros((size, len(HOURS)), dtype=np.float32)
    for name, value in {"minutes": 1.0, **given_}.items():
        added[:, NAMES.index(name)] = value
    keys = np.array(hosts or [HOST] * size, dtype=np.uint64)
    tick = np.unique(minutes, return_inverse=True)[1]
    ends = START + 60.0 * (np.array(minutes) + 1)
    return hours.update(keys, tick, added, ends)


def said(looks: Looks, name: str) -> list[float]:
    """One number of each hour of the last look."""
    steps = np.expm1(looks.steps[-1, looks.there[-1], NAMES.index(name)].astype(np.float64))
    return [round(value, 1) for value in steps.tolist()]


def test_hours_are_looked_at_at_some_counts_of_active_minutes() -> None:
    hours = Hours(16)

    looked = [n + 1 for n in range(60) if len(meet(hours, [n]))]

    assert tuple(looked) == LOOKED


def test_hours_are_looked_at_whenever_remote_administration_of_another_host_begins() -> None:
    hours, quiet = Hours(16), [0, 1, 2]
    meet(hours, quiet)
    assert len(meet(hours, [4])) == 1
    assert len(meet(hours, [5])) == 0

    assert len(meet(hours, [6], new_remote=1.0)) == 1
    assert len(meet(hours, [7])) == 0


def test_minutes_without_activity_do_not_count() -> None:
    hours = Hours(16)

    assert [len(meet(hours, [minute])) for minute in (3, 20, 40, 59)] == [1, 1, 0, 1]


def test_with_a_new_hour_the_count_begins_again() -> None:
    hours = Hours(16)

    assert [len(meet(hours, [minute])) for minute in (57, 58, 59, 60, 61, 62)] == [1, 1, 0, 1, 1, 0]


def test_the_running_hour_is_the_newest_and_zeros_stand_in_front() -> None:
    looks = meet(Hours(16), [0, 1], peers=3.0)

    assert looks.there[-1].tolist() == [False] * (LENGTH - 1) + [True]
    assert said(looks, "peers") == [6.0]
    assert not looks.steps[~looks.there].any()


def test_hours_that_have_ended_are_told_as_they_ended() -> None:
    hours = Hours(16)
    meet(hours, [0, 1, 2], peers=5.0)
    meet(hours, [60], peers=1.0)

    looks = meet(hours, [120], peers=2.0)

    assert said(looks, "peers") == [15.0, 1.0, 2.0]
    assert said(looks, "minutes") == [3.0, 1.0, 1.0]


def test_an_hour_without_activity_leaves_none_and_the_next_says_how_long_it_was() -> None:
    hours = Hours(16)
    meet(hours, [0])
    meet(hours, [60])

    looks = meet(hours, [60 * 9])

    assert said(looks, "since") == [0.0, 1.0, 8.0]
    assert looks.hours.tolist() == [3]


def test_more_hours_than_are_kept_push_out_the_oldest() -> None:
    hours = Hours(16)
    for hour in range(20):
        looks = meet(hours, [60 * hour], peers=float(hour))

    assert said(looks, "peers") == pytest.approx([*range(20 - LENGTH, 20)], rel=1e-2)
    assert looks.hours.tolist() == [20]


def test_a_host_is_as_old_as_its_first_window() -> None:
    hours = Hours(16)
    meet(hours, [5])

    assert meet(hours, [60 * 30]).first.tolist() == [START + 360.0]


def test_other_hosts_with_new_remote_administration_are_counted_in_the_same_minute() -> None:
    hours = Hours(16)

    looks = meet(hours, [0, 0, 0, 1], [1, 2, 3, 4], new_remote=1.0)

    assert looks.others.tolist() == [2, 2, 2, 0]


def test_after_a_wrong_date_hours_go_on_where_time_went_back_to() -> None:
    hours = Hours(16)
    meet(hours, [0, 1, 2])
    meet(hours, [60 * 24 * 365 * 50])

    looks = meet(hours, [3])
    later = meet(hours, [4])

    assert (said(looks, "minutes"), said(later, "minutes")[-1]) == ([3.0, 1.0, 1.0], 2.0)
    assert said(looks, "since")[-1] == 0.0


@pytest.mark.parametrize("start", [-1e12, -3600.0, 0.0, 4.2e9, 5e9, 1e13])
def test_no_time_is_too_early_or_too_late(start: float) -> None:
    hours = Hours(16)
    added = np.ones((2, len(HOURS)), dtype=np.float32)
    key = np.array([HOST, HOST], dtype=np.uint64)

    for end in (start, start + 7200.0, START):
        looks = hours.update(key, np.arange(2), added, np.array([end, end + 60.0]))
        assert np.isfinite(looks.steps).all()


def test_the_largest_counts_of_bytes_can_be_kept() -> None:
    hours = Hours(16)
    meet(hours, list(range(60)), bytes_sent=2.0**53 * 1000)

    looks = meet(hours, [60], bytes_sent=2.0**53)

    newest = looks.steps[-1, -2:, NAMES.index("bytes_sent")]
    assert np.expm1(newest.astype(np.float64)) == pytest.approx([60_000 * 2.0**53, 2.0**53], 0.02)


def test_a_counter_of_hours_at_its_limit_goes_on_in_its_ring() -> None:
    hours = Hours(16)
    for hour in range(10):
        meet(hours, [60 * hour], peers=float(hour))
    state = hours.snapshot()
    more = (module._FULL - 5) // 7 * 7
    state["hours"] = (state["hours"] + more).astype(np.uint32)
    hours.restore(state)

    for hour in range(10, 40):
        looks = meet(hours, [60 * hour], peers=float(hour))
        counter = int(hours.table["hours"].max())

        assert said(looks, "peers") == pytest.approx(
            [*range(hour + 1 - LENGTH, hour + 1)], rel=0.01
        )
        assert counter >= module._FULL - 100


def test_hosts_longest_unseen_make_room() -> None:
    hours = Hours(16)
    for host in range(40):
        meet(hours, [host], [host])

    assert len(hours) <= 16
    assert meet(hours, [45], [39], peers=1.0).there.sum() == 1


def test_whether_there_is_room_is_told() -> None:
    hours = Hours(4)
    meet(hours, [0, 0, 0], [1, 2, 3])

    assert (hours.has_room(1), hours.has_room(2)) == (True, False)


def test_a_host_takes_less_than_four_hundred_bytes() -> None:
    hours = Hours(4096)
    for hour in range(9):
        meet(hours, [60 * hour] * 4096, list(range(4096)))

    assert hours.nbytes / 4096 < 400


@pytest.mark.parametrize(
    ("name", "array", "reason"),
    [
        ("names", np.array(["another"]), "other numbers"),
        ("ended", np.zeros((1, 3, len(HOURS)), dtype=np.float16), "another length"),
        ("ended", np.zeros((1, 1, 1), dtype=np.float16), "another length"),
        ("running", np.zeros((1, 1), dtype=np.float32), "another length"),
    ],
)
def test_hours_of_another_shape_are_refused(name: str, array: np.ndarray, reason: str) -> None:
    hours = Hours(16)
    meet(hours, [0])

    with pytest.raises(ValueError, match=reason):
        Hours(16).restore(hours.snapshot() | {name: array})


visits = st.lists(
    st.tuples(st.integers(0, 5000), st.integers(1, 4), st.integers(0, 10**6)), min_size=1
).map(lambda found: sorted({(minute, host): some for minute, host, some in found}.items()))


def plainly(looks: Looks, offset: int = 0) -> list[tuple[object, ...]]:
    parts = ("windows", "steps", "there", "first", "hours", "others")
    columns = [getattr(looks, part) for part in parts]
    columns[0] = columns[0] + offset
    return [tuple(column[at].tobytes() for column in columns) for at in range(len(looks))]


@settings(max_examples=80, deadline=None)
@given(visits, st.data())
def test_windows_that_pass_together_give_to_the_bit_what_they_give_one_by_one(
    found: list[tuple[tuple[int, int], int]], data: st.DataObject
) -> None:
    minutes = np.array([minute for (minute, _), _ in found])
    keys = np.array([host for (_, host), _ in found], dtype=np.uint64)
    added = np.array([[1 + n * some / 7 for n in range(len(HOURS))] for _, some in found], "f4")
    added[:, NAMES.index("minutes")] = 1.0
    starts = np.searchsorted(minutes, np.unique(minutes))
    tick = np.searchsorted(np.unique(minutes), minutes)
    cuts = data.draw(st.sets(st.sampled_from(starts.tolist())))

    def run(cuts: set[int]) -> tuple[list[tuple[object, ...]], list[bytes]]:
        hours, looks = Hours(16), []
        edges = [0, *sorted(cuts - {0}), len(found)]
        for first, last in pairwise(edges):
            part = slice(first, last)
            given_ = (
                keys[part],
                tick[part] - tick[first],
                added[part],
                START + 60.0 * minutes[part],
            )
            looks += plainly(hours.update(*given_), first)
            again = Hours(16)
            again.restore(hours.snapshot())
            hours = again
        return looks, [array.tobytes() for array in hours.snapshot().values()]

    assert run(cuts) == run(set(starts.tolist())) == run(set())

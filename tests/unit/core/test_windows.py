"""Windows: event time, watermark, lateness, and that nothing but the connections decides."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core.windows import Tick, Windows
from netheed.records import Connection
from tests.connections import columns, connection, told

MINUTE = 60.0


def closed(
    arrivals: list[Connection], *, batch: int = 1000, lateness: float = 300.0, live: bool = False
) -> tuple[list[Tick], int]:
    """Run arrivals through windows; `live` closes after each batch, else once at the end."""
    windows = Windows(width=MINUTE, lateness=lateness)
    windows.begin("log")
    ticks: list[Tick] = []
    for at in range(0, len(arrivals), batch):
        windows.feed("log", columns(arrivals[at : at + batch]))
        if live:
            ticks.extend(windows.closed())
    windows.finish("log")
    ticks.extend(windows.closed())
    return ticks, windows.late


def content(ticks: list[Tick]) -> list[tuple[float, float, list[str]]]:
    return [(t.start, t.end, [c.uid for c in told(t)]) for t in ticks]


def at(start: float, uid: str = "C", duration: float | None = 0.0) -> Connection:
    return connection(start=start, duration=duration, uid=uid)


def test_a_connection_belongs_to_the_window_in_which_it_ended() -> None:
    # |60 .. 120|120 .. 180|
    #      [----------]       starts at 100, ends at 150
    ticks, _ = closed([at(100.0, duration=50.0)])

    assert [(tick.start, tick.end) for tick in ticks] == [(120.0, 180.0)]


def test_a_missing_duration_counts_as_none() -> None:
    ticks, _ = closed([at(100.0, duration=None)])

    assert [tick.start for tick in ticks] == [60.0]


def test_the_end_of_a_window_is_exclusive() -> None:
    ticks, _ = closed([at(119.999, "before"), at(120.0, "on")])

    assert content(ticks) == [(60.0, 120.0, ["before"]), (120.0, 180.0, ["on"])]


def test_a_window_closes_once_three_records_have_passed_it_by_the_lateness() -> None:
    windows = Windows(width=MINUTE, lateness=10.0)
    windows.begin("log")
    windows.feed("log", columns([at(5.0), at(70.0), at(70.0)]))

    assert list(windows.closed()) == []

    windows.feed("log", columns([at(70.0)]))

    assert [tick.start for tick in windows.closed()] == [0.0]


def test_two_records_of_the_year_2099_close_nothing() -> None:
    windows = Windows(width=MINUTE, lateness=0.0)
    windows.begin("log")
    windows.feed(
        "log", columns([at(5.0), at(4_070_908_800.0), at(4_070_908_801.0), at(6.0), at(7.0)])
    )

    assert list(windows.closed()) == []
    assert windows.late == 0


def test_a_long_connection_early_in_a_file_sorted_by_start_makes_nobody_late() -> None:
    arrivals = [at(0.0, "long", duration=7200.0), *(at(float(t), str(t)) for t in range(600))]

    ticks, late = closed(arrivals, lateness=60.0, live=True, batch=7)

    assert late == 0
    assert content(ticks)[-1] == (7200.0, 7260.0, ["long"])


def test_what_is_later_than_the_lateness_is_counted_and_left_out() -> None:
    arrivals = [*(at(1000.0, f"new{n}") for n in range(3)), at(100.0, "late"), at(1000.0, "next")]

    ticks, late = closed(arrivals, lateness=300.0)

    assert late == 1
    assert [uid for tick in content(ticks) for uid in tick[2]] == ["new0", "new1", "new2", "next"]


def test_a_second_origin_holds_the_windows_open_until_it_has_passed_them() -> None:
    windows = Windows(width=MINUTE, lateness=0.0)
    windows.begin("a")
    windows.begin("b")
    windows.feed("a", columns([at(float(t), f"a{t}") for t in (10, 130, 130, 130)]))

    assert list(windows.closed()) == []

    windows.feed("b", columns([at(20.0, "b20")]))
    windows.finish("b")

    assert (
        content(list(windows.closed()))
        == [
            (0.0, 60.0, ["a10", "b20"]),
            (60.0, 120.0, []),
        ][:1]
    )


def test_each_origin_is_waited_for_as_long_as_it_says_itself() -> None:
    windows = Windows(width=MINUTE, lateness=0.0)
    windows.begin("quick")
    windows.begin("slow", 300.0)
    times = columns([at(float(t), f"{t}") for t in (10, 340, 340, 340)])

    windows.feed("quick", times)
    windows.feed("slow", times)
    before = [tick.start for tick in windows.closed()]
    late = columns([at(50.0, "late")])
    windows.feed("quick", late)
    windows.feed("slow", late)
    windows.feed("slow", columns([at(360.0, "next")] * 3))

    assert before == []
    assert windows.late == 1
    assert content(list(windows.closed())) == [(0.0, 60.0, ["10", "10", "late"])]


def test_how_long_an_origin_is_waited_for_is_part_of_the_state() -> None:
    windows, other = Windows(lateness=0.0), Windows(lateness=0.0)
    windows.begin("slow", 300.0)
    windows.feed("slow", columns([at(float(t), f"{t}") for t in (10, 340, 340, 340)]))

    other.restore(windows.snapshot())

    assert list(other.closed()) == []


arrivals_within_lateness = st.lists(
    st.tuples(st.floats(0, 3000), st.floats(0, 500), st.floats(0, 150)), max_size=60
)


@settings(max_examples=150, deadline=None)
@given(arrivals_within_lateness, st.integers(1, 70), st.booleans(), st.integers(0, 2**32))
def test_order_within_the_lateness_and_batch_size_change_nothing(
    parts: list[tuple[float, float, float]], batch: int, live: bool, seed: int
) -> None:
    connections = [
        (start + delay, at(start, str(number), duration))
        for number, (start, duration, delay) in enumerate(parts)
    ]
    in_order = [c for _, c in sorted(connections, key=lambda pair: pair[1].start)]
    random.Random(seed).shuffle(connections)
    delayed = [c for _, c in sorted(connections, key=lambda pair: pair[0])]

    expected, _ = closed(in_order)
    got, late = closed(delayed, batch=batch, live=live, lateness=300.0)

    assert late == 0
    assert content(got) == content(expected)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 5000), st.floats(0, 900)), max_size=60),
    st.integers(1, 70),
    st.floats(0, 600),
)
def test_every_connection_is_in_one_window_or_counted_late_whatever_the_batch_size(
    parts: list[tuple[float, float]], batch: int, lateness: float
) -> None:
    arrivals = [at(start, str(number), duration) for number, (start, duration) in enumerate(parts)]

    whole, late = closed(arrivals, lateness=lateness)
    pieces, late_in_pieces = closed(arrivals, lateness=lateness, batch=batch, live=True)

    assert content(pieces) == content(whole)
    assert late_in_pieces == late
    assert sum(len(tick.columns) for tick in whole) + late == len(arrivals)


def test_three_records_from_2096_make_nothing_late_and_close_nothing() -> None:
    today = [at(60.0 * n, f"C{n}") for n in range(300)]
    future = [at(3_976_214_400.0 + n, f"F{n}") for n in range(3)]

    ticks, late = closed([*today[:150], *future, *today[150:]], live=True, batch=10)

    assert late == 0
    assert [uid for tick in content(ticks)[:-1] for uid in tick[2]] == [c.uid for c in today]
    assert content(ticks)[-1][2] == ["F0", "F1", "F2"]


def test_a_log_that_begins_in_2096_loses_few_records_and_goes_on() -> None:
    future = [at(3_976_214_400.0 + n, f"F{n}") for n in range(40)]
    today = [at(1e9 + 60.0 * n, f"C{n}") for n in range(300)]

    ticks, late = closed([*future, *today], live=True, batch=10)

    assert late == 32
    assert sum(len(tick.columns) for tick in ticks) == 40 + 300 - 32


def test_no_window_closes_twice_when_time_falls_back() -> None:
    first = [at(1e9 + 60.0 * n, f"A{n}") for n in range(200)]
    wrong = [at(2e9 + 60.0 * n, f"B{n}") for n in range(200)]
    then = [at(1e9 + 60.0 * n, f"C{n}") for n in range(100, 400)]

    ticks, late = closed([*first, *wrong, *then], live=True, batch=17)

    starts = [tick.start for tick in ticks]
    assert len(set(starts)) == len(starts)
    assert sum(len(tick.columns) for tick in ticks) + late == 700
    assert {f"C{n}" for n in range(232, 400)} <= {uid for t in content(ticks) for uid in t[2]}


def test_a_clock_closes_the_windows_of_an_idle_origin() -> None:
    windows = Windows(width=MINUTE, lateness=10.0)
    windows.begin("log")
    windows.feed("log", columns([at(5.0)]))
    assert list(windows.closed()) == []

    windows.advance("log", 69.0)
    assert list(windows.closed()) == []
    windows.advance("log", 70.0)

    assert [tick.start for tick in windows.closed()] == [0.0]


def test_too_many_open_windows_shed_the_farthest_and_count_it() -> None:
    windows = Windows(width=MINUTE, lateness=300.0, max_open=64)
    windows.begin("log")
    long = [at(60.0 * n, f"long{n}", duration=36_000.0) for n in range(602)]
    open_at_most = 0
    ticks: list[Tick] = []
    for one in long:
        windows.feed("log", columns([one, at(one.start, f"s{one.start}")]))
        ticks.extend(windows.closed())
        open_at_most = max(open_at_most, len(windows._open))
    windows.finish("log")
    ticks.extend(windows.closed())

    assert open_at_most <= 64
    assert windows.shed > 0
    assert sum(len(tick.columns) for tick in ticks) + windows.shed + windows.late == 1204
    assert windows.late == 0


def test_too_many_waiting_connections_close_the_oldest_window_early_and_lose_none() -> None:
    windows = Windows(width=MINUTE, lateness=1e6, max_rows=100)
    windows.begin("log")
    windows.feed("log", columns([at(float(n), str(n)) for n in range(600)]))

    ticks = list(windows.closed())

    assert [tick.start for tick in ticks] == [60.0 * n for n in range(9)]
    assert windows.hurried == 9
    assert windows.late == windows.shed == 0


@settings(max_examples=60, deadline=None)
@given(arrivals_within_lateness, st.integers(1, 9), st.integers(0, 60))
def test_a_restored_instance_goes_on_as_if_never_stopped(
    parts: list[tuple[float, float, float]], batch: int, stop: int
) -> None:
    arrivals = [
        at(start, str(number), duration) for number, (start, duration, _) in enumerate(parts)
    ]
    expected, late = closed(arrivals, lateness=30.0, live=True, batch=batch)

    windows = Windows(width=MINUTE, lateness=30.0)
    windows.begin("log")
    ticks: list[Tick] = []
    for place in range(0, len(arrivals), batch):
        if place <= stop < place + batch:
            fresh = Windows(width=MINUTE, lateness=30.0)
            fresh.restore(windows.snapshot())
            windows = fresh
        windows.feed("log", columns(arrivals[place : place + batch]))
        ticks.extend(windows.closed())
    windows.finish("log")
    ticks.extend(windows.closed())

    assert content(ticks) == content(expected)
    assert windows.late == late


runs = st.lists(st.tuples(st.floats(0, 1e5), st.integers(1, 70)), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(runs, st.integers(1, 90))
def test_leaps_and_falls_back_do_not_depend_on_the_batches(
    parts: list[tuple[float, int]], batch: int
) -> None:
    starts = [offset + n / 40 for offset, count in parts for n in range(count)]
    arrivals = [at(start, str(number)) for number, start in enumerate(starts)]

    whole, late = closed(arrivals, lateness=60.0, live=True, batch=10_000)
    pieces, late_in_pieces = closed(arrivals, lateness=60.0, live=True, batch=batch)

    assert late_in_pieces == late
    assert content(pieces) == content(whole)


def test_wrong_dates_after_a_quiet_gap_make_nobody_late() -> None:
    before = [at(60.0 * n, f"A{n}") for n in range(100)]
    wrong = [at(3.9e9 + n, f"W{n}") for n in range(3)]
    then = [at(15_000.0 + 60 * n, f"B{n}") for n in range(300)]

    ticks, late = closed([*before, *wrong, *then], lateness=60.0, live=True, batch=7)

    assert late == 0
    assert sum(len(tick.columns) for tick in ticks) == 403


@pytest.mark.parametrize("between", [[], [at(2e9 + 60.0 * n, f"F{n}") for n in range(2200)]])
def test_a_log_that_comes_twice_closes_no_window_twice(between: list[Connection]) -> None:
    whole = [at(1e9 + 60.0 * n, str(n)) for n in range(5000)]

    ticks, late = closed([*whole, *between, *whole], live=True, batch=100)

    starts = [tick.start for tick in ticks]
    assert len(set(starts)) == len(starts)
    assert sum(len(tick.columns) for tick in ticks) + late == 10_000 + len(between)


def test_windows_that_are_due_and_not_given_yet_are_kept_beside_a_full_table_of_open_ones() -> None:
    def made() -> Windows:
        return Windows(width=MINUTE, lateness=0.0, max_open=8)

    windows = made()
    windows.begin("log")
    for n in range(8):
        windows.feed("log", columns([at(60.0 * n, f"A{n}")]))
    windows.advance("log", 480.0)
    first = windows.next_closed()
    windows.feed("log", columns([at(480.0 + 60.0 * n, f"B{n}") for n in range(8)]))

    again = made()
    again.restore(windows.snapshot())
    for each in (windows, again):
        each.finish("log")

    assert first is not None
    assert content(list(again.closed())) == content(list(windows.closed()))
    assert (again.shed, again._waiting) == (windows.shed, windows._waiting) == (0, 0)


def test_how_far_an_origin_has_come_is_known_from_its_first_record_to_its_end() -> None:
    windows = Windows()
    found = [windows.reached("log")]
    windows.begin("log")
    found.append(windows.reached("log"))
    for start in (700.0, 600.0, 800.0, 900.0):
        windows.feed("log", columns([at(start)]))
        found.append(windows.reached("log"))
    windows.finish("log")
    found.append(windows.reached("log"))

    assert found == [-math.inf, -math.inf, 700.0, 600.0, 600.0, 700.0, -math.inf]


def test_how_far_an_origin_has_come_is_its_own_and_survives_a_restart() -> None:
    windows = Windows()
    for origin, start in (("a", 600.0), ("b", 9000.0)):
        windows.begin(origin)
        windows.feed(origin, columns([at(start)]))
    windows.advance("b", 9500.0)

    again = Windows()
    again.restore(windows.snapshot())

    for one in (windows, again):
        assert [one.reached(name) for name in "abc"] == [600.0, 9500.0, -math.inf]


def test_an_origin_that_is_carried_on_closes_the_windows_of_its_few_records() -> None:
    windows = Windows(lateness=300.0)
    windows.begin("log")
    windows.feed("log", columns([at(600.0)]))
    assert list(windows.closed()) == []

    windows.advance("log", windows.reached("log") + 360.0)

    assert [tick.start for tick in windows.closed()] == [600.0]


def test_what_two_sensors_tell_of_one_connection_is_ordered_by_sensor_and_in_no_time() -> None:
    pairs = [
        connection(start=60.0 + at / 1000.0, sensor=sensor, uid=f"{sensor}{at}")
        for at in range(20_000)
        for sensor in ("suricata", "zeek")
    ]
    ticks, _ = closed(pairs)

    assert [c.sensor for c in told(ticks[0])] == ["zeek", "suricata"] * 20_000

"""Two sensors, one network: a connection counts once, whoever tells it first."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core import doubles as module
from netheed.core.columns import Columns
from netheed.core.doubles import BESIDE, REMEMBERED, SLACK, Doubles, keys_of
from netheed.core.networks import AddressWords
from netheed.core.state import pack, unpack
from netheed.core.windows import ticks_of
from netheed.records import Connection, Sensor
from tests.connections import columns, connection, told
from tests.unit.core.test_core import core
from tests.unit.core.test_core import told as looked_at

MINUTE = 60.0
T = 1_700_000_040.0
"""The beginning of a window."""


def by(sensor: Sensor, start: float, duration: float = 0.0, **given_: object) -> Connection:
    """A connection that began so many seconds after T."""
    uid = f"{sensor[0]}{start:g}+{duration:g}"
    fields: dict[str, object] = {"sensor": sensor, "duration": duration, "uid": uid}
    return connection(start=T + start, **fields | given_)


def kept(connections: Sequence[Connection], doubles: Doubles | None = None) -> list[str]:
    """The uids that stand, window by window."""
    doubles = doubles or Doubles()
    ticks = map(doubles.without, ticks_of(columns(connections)))
    return [one.uid for tick in ticks for one in told(tick)]


BOTH = [by("zeek", -60.0, resp_port=1), by("suricata", -60.0, resp_port=2)]
"""Two sensors feed, before what a test looks at."""


def after(*connections: Connection) -> list[str]:
    """The uids that stand behind those of BOTH."""
    return kept([*BOTH, *connections])[2:]


def test_of_one_window_zeeks_record_stands() -> None:
    assert after(by("suricata", 1.0, 5.0), by("zeek", 1.0, 5.0)) == ["z1+5"]


def test_of_two_windows_that_stands_which_closes_first() -> None:
    #         | window | next
    # zeek       [-------]
    # suricata   [----]
    assert after(by("zeek", 1.0, 62.0), by("suricata", 1.0, 58.0)) == ["s1+58"]


def test_a_connection_that_one_of_them_missed_stands() -> None:
    assert after(by("zeek", 1.0), by("suricata", 5.0)) == ["z1+0", "s5+0"]


def test_clocks_may_differ_by_the_slack() -> None:
    assert after(by("zeek", 1.0), by("suricata", 1.0 + SLACK)) == ["z1+0"]
    assert len(after(by("zeek", 1.0), by("suricata", 1.01 + SLACK))) == 2


def test_one_sensors_records_are_no_doubles_of_each_other() -> None:
    twice = [by("zeek", 1.0, 5.0), by("zeek", 2.0, 5.0)]

    assert after(*twice) == ["z1+5", "z2+5"]


def test_the_direction_makes_no_difference() -> None:
    turned = {"orig": "203.0.113.9", "orig_port": 443, "resp": "10.0.0.5", "resp_port": 40000}

    assert after(by("zeek", 1.0), by("suricata", 1.0, **turned)) == ["z1+0"]


@pytest.mark.parametrize(
    "other",
    [{"orig_port": 40001}, {"resp_port": 80}, {"proto": "udp"}, {"resp": "203.0.113.8"}],
    ids=lambda other: next(iter(other)),
)
def test_another_end_port_or_protocol_is_another_connection(other: dict[str, object]) -> None:
    assert len(after(by("zeek", 1.0), by("suricata", 1.0, **other))) == 2


def test_icmp_is_joined_whatever_stands_for_its_ports() -> None:
    echo = by("zeek", 1.0, proto="icmp", orig_port=8, resp_port=0)
    flow = by("suricata", 1.0, proto="icmp", orig_port=0, resp_port=0)

    assert after(echo, flow) == ["z1+0"]


def test_a_flow_over_several_connections_is_told_by_those() -> None:
    # zeek      [--]      [--]       [--]
    # suricata  [-----------------------]
    pieces = [by("zeek", begin, 10.0) for begin in (1.0, 80.0, 160.0)]

    assert after(*pieces, by("suricata", 1.0, 169.0)) == ["z1+10", "z80+10", "z160+10"]


def test_a_piece_that_only_a_dropped_record_covers_stands() -> None:
    # zeek      [--]                   [--]
    # suricata  [----------------------]
    pieces = [by("zeek", 1.0, 10.0), by("zeek", 115.0, 20.0)]

    assert after(*pieces, by("suricata", 1.0, 115.0)) == ["z1+10", "z115+20"]


def test_what_ended_long_ago_is_forgotten() -> None:
    long = REMEMBERED + MINUTE + 1.0

    assert after(by("zeek", 1.0), by("suricata", 1.0, long)) == ["z1+0", f"s1+{long:g}"]


def test_what_is_remembered_is_bounded_and_what_ended_last_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST", 4)
    others = [by("zeek", second, resp_port=80) for second in (50.0, 51.0, 52.0)]
    first = [by("zeek", 1.0, 20.0), *others, by("zeek", 2.0, 57.0, resp_port=22)]
    second = [by("suricata", 1.0, 61.0), by("suricata", 2.0, 61.0, resp_port=22)]

    assert after(*first, *second)[5:] == ["s1+61"]


def test_a_single_sensor_is_not_looked_at_and_nothing_is_remembered() -> None:
    doubles = Doubles()
    ticks = list(ticks_of(columns([by("zeek", float(at)) for at in range(300)])))

    assert all(doubles.without(tick) is tick for tick in ticks)
    assert len(doubles.snapshot()["key"]) == 0


def test_a_sensor_that_has_been_gone_for_long_counts_no_more() -> None:
    doubles = Doubles()
    kept([*BOTH, by("zeek", BESIDE + 120.0)], doubles)

    assert len(doubles.snapshot()["key"]) == 0


def test_every_double_is_counted() -> None:
    doubles = Doubles()
    kept([*BOTH, by("zeek", 1.0), by("suricata", 1.0), by("suricata", 1.0, 70.0)], doubles)

    assert doubles.seen_twice == 2


def test_equal_addresses_of_two_sites_are_two_connections() -> None:
    here, there = (AddressWords(site=site) for site in ("here", "there"))
    one = Columns.of([by("zeek", 1.0, resp="10.0.0.9")], here)
    other = Columns.of([by("suricata", 1.0, resp="10.0.0.9")], there)

    assert keys_of(one.rows) != keys_of(other.rows)


def test_times_of_any_year_are_ordered() -> None:
    old = connection(sensor="zeek", start=0.0, duration=0.0, uid="old")
    new = connection(sensor="suricata", start=0.0, duration=T + 30.0, uid="new")

    assert after(by("zeek", 20.0), new) == ["z20+0"]
    assert kept([*BOTH, old, new])[0] == "old"


sessions = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.sampled_from((0.0, 1.0, 30.0, 150.0)),
        st.sampled_from((53, 123)),
        st.sets(st.sampled_from(("zeek", "suricata")), min_size=1),
        st.sampled_from((0.0, 0.4, 5.0)),
    ),
    min_size=1,
    max_size=40,
)
"""Begin, duration, port, who saw it, and how much longer Suricata saw it."""


def records(sessions: Iterable[tuple[int, float, int, set[Sensor], float]]) -> list[Connection]:
    found = []
    for number, (start, duration, port, sensors, longer) in enumerate(sessions):
        for sensor in sensors:
            lasting = duration + longer * (sensor == "suricata")
            uid = f"{sensor}{number}"
            found.append(by(sensor, start, lasting, proto="udp", resp_port=port, uid=uid))
    return found


@settings(max_examples=80, deadline=None)
@given(sessions, st.data())
def test_verdicts_are_the_same_however_the_records_of_two_sensors_come(
    sessions: list[tuple[int, float, int, set[Sensor], float]], data: st.DataObject
) -> None:
    """Windows, features and sequences, with each sensor as an origin or all as one."""
    found = records(sessions)
    shuffled = data.draw(st.permutations(found))
    size = data.draw(st.integers(1, 20))

    def run(arrivals: list[Connection], size: int, origin: object) -> list[tuple[object, ...]]:
        machine = core()
        machine.windows.lateness = 600.0
        results: list[tuple[object, ...]] = []
        for name in ("zeek", "suricata", "one"):
            machine.begin(name)
        for at in range(0, len(arrivals), size):
            for one in arrivals[at : at + size]:
                machine.feed(one.sensor if origin is None else "one", columns([one]))
            results += looked_at(machine)
        for name in ("zeek", "suricata", "one"):
            machine.finish(name)
        return [*results, *looked_at(machine), (machine.doubles.seen_twice,)]

    first = run(sorted(found, key=lambda one: one.sensor), 1000, None)
    assert run(sorted(found, key=lambda one: one.sensor, reverse=True), 7, None) == first
    assert run(shuffled, size, "one") == first


@settings(max_examples=100, deadline=None)
@given(sessions)
def test_as_many_stand_as_by_comparing_each_with_each(
    sessions: list[tuple[int, float, int, set[Sensor], float]],
) -> None:
    found = [*BOTH, *records(sessions)]
    standing: list[Connection] = []

    def double(one: Connection, others: list[Connection]) -> bool:
        return any(
            (one.resp_port, one.proto) == (other.resp_port, other.proto)
            and one.sensor != other.sensor
            and one.start <= other.start + (other.duration or 0) + SLACK
            and other.start <= one.start + (one.duration or 0) + SLACK
            for other in others
        )

    for tick in ticks_of(columns(found)):
        lately = [c for c in standing if c.start + (c.duration or 0) >= tick.start - REMEMBERED]
        new = [one for one in told(tick) if not double(one, lately)]
        zeeks = [one for one in new if one.sensor == "zeek"]
        standing += [one for one in new if one in zeeks or not double(one, zeeks)]
    assert sorted(kept(found)) == sorted(one.uid for one in standing)


@given(sessions, st.integers(0, 5))
def test_a_memory_that_is_saved_goes_on_the_same(
    sessions: list[tuple[int, float, int, set[Sensor], float]], stop: int
) -> None:
    found, doubles, restored = [*BOTH, *records(sessions)], Doubles(), Doubles()
    ticks = list(ticks_of(columns(found)))
    for tick in ticks[:stop]:
        doubles.without(tick)
    restored.restore(unpack(pack(doubles.snapshot()), "kept"))

    for tick in ticks[stop:]:
        assert doubles.without(tick).order.tolist() == restored.without(tick).order.tolist()
    assert restored.seen_twice == doubles.seen_twice


def test_a_memory_of_other_sensors_is_refused() -> None:
    state = Doubles().snapshot() | {"told": np.zeros(3)}

    with pytest.raises(ValueError, match="other sensors"):
        Doubles().restore(state)


def test_a_window_that_holds_only_doubles_is_no_window() -> None:
    machine = core()
    machine.begin("log")
    machine.feed("log", columns([*BOTH, by("zeek", 1.0, 30.0), by("suricata", 1.0, 70.0)]))
    machine.finish("log")

    assert [name for _, name, *_ in looked_at(machine)] == [("10.0.0.5",), ("10.0.0.5",)]
    assert machine.doubles.seen_twice == 1

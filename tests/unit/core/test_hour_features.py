"""What the hours' model reads of a host, and what it may not depend on."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core.features import Features, HostWindows
from netheed.core.hour_vector import AROUND, HOURS
from netheed.core.life_vector import plain
from netheed.core.windows import ticks_of
from netheed.records import Connection, Outcome
from tests.connections import columns, connection, host_windows

START = 1_699_999_200.0
"""The full hour."""
HOUR = 3600.0
PARTS = ("host", "steps", "there", "context")


def small(hosts: int = 1024) -> Features:
    """With tables that are quickly made, and hold all hosts of a story at once."""
    return Features(max_hosts=hosts, max_pairs=1024, max_novelties=4096, max_lives=1024)


def at(minute: float, **given: Any) -> Connection:
    return connection(start=START + 60 * minute, **given)


def inside(minute: float, peer: int, port: int = 445, **given: Any) -> Connection:
    return at(minute, resp=f"10.0.1.{peer}", resp_port=port, service=None, **given)


def last_look(connections: list[Connection], host: str) -> tuple[np.ndarray, np.ndarray]:
    """Steps and context of a host when it was looked at last, in their units."""
    looks = [
        (windows.hours.steps[at], windows.hours.context[at])
        for windows in host_windows(connections, small())
        for at, row in enumerate(windows.hours.host.tolist())
        if windows.names[row] == host
    ]
    steps, context = looks[-1]
    return plain(steps, HOURS), plain(context, AROUND)


def hour(connections: list[Connection], name: str, host: str = "10.0.0.5") -> float:
    """One number of the running hour."""
    return float(last_look(connections, host)[0][-1, list(HOURS).index(name)])


def around(connections: list[Connection], name: str, host: str = "10.0.0.5") -> float:
    return float(last_look(connections, host)[1][list(AROUND).index(name)])


AN_HOUR = [
    at(0, orig_bytes=500, resp_bytes=7000),
    at(1, resp="203.0.113.10", outcome=Outcome.REFUSED),
    at(1, resp="224.0.0.251", proto="udp", resp_port=5353, outcome=Outcome.UNANSWERED),
    inside(1, 1, orig_bytes=300),
    inside(2, 1, orig_bytes=50),
    inside(2, 2, outcome=Outcome.UNANSWERED, orig_bytes=60, resp_bytes=0),
    inside(3, 3, port=8080),
    at(3, orig="10.0.1.9", resp="10.0.0.5", resp_port=22),
]
"""Four minutes of 10.0.0.5."""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("minutes", 4),
        ("since", 0),
        ("connections_out", 7),
        ("connections_in", 1),
        ("failures_out", 2),
        ("peers", 7),
        ("new_peers", 7),
        ("new_destinations", 5),
        ("new_ports", 4),
        ("external_sent", 500 + 800),
        ("inside_out", 4),
        ("new_inside", 3),
        ("remote_out", 3),
        ("new_remote", 2),
        ("failed_remote", 1),
        ("remote_sent", 300 + 50 + 60),
    ],
)
def test_an_hour_is_said_in_numbers(name: str, expected: float) -> None:
    assert hour(AN_HOUR, name) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("port", [22, 135, 139, 445, 3389, 5900, 5985, 5986])
def test_a_new_peer_inside_at_a_port_of_remote_administration_is_counted(port: int) -> None:
    assert hour([inside(0, 1, port)], "new_remote") == 1.0


@pytest.mark.parametrize(
    "other",
    [
        inside(1, 1),
        at(1, resp="203.0.113.1", resp_port=445),
        at(1, resp="10.0.0.255", resp_port=445),
        at(1, orig="10.0.1.7", resp="10.0.0.5", resp_port=445),
        inside(1, 2, port=443),
    ],
    ids=["known", "outside", "group", "begun by the other", "another port"],
)
def test_what_is_no_new_remote_administration(other: Connection) -> None:
    assert hour([inside(0, 1), other], "new_remote") == 1.0


def test_what_began_in_an_hour_before_is_not_new() -> None:
    assert hour([inside(0, 1), inside(60, 1)], "new_remote") == 0.0


STEADY = [c for n in range(4) for c in (inside(60 * n, 2 * n), inside(60 * n, 2 * n + 1))]
"""Two new inside peers at the begin of each of four hours."""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("age", 3),
        ("hours", 4),
        ("persistence", 1),
        ("earlier", 3),
        ("usual_new_remote", 2),
        ("usual_peers", 2),
        ("usual_sent", 0),
        ("others_new_remote", 0),
    ],
)
def test_what_is_known_beside(name: str, expected: float) -> None:
    assert around(STEADY, name) == pytest.approx(expected, rel=1e-2)


@pytest.mark.parametrize("name", ["usual_new_remote", "usual_peers", "usual_sent", "earlier"])
def test_in_the_first_hour_nothing_is_usual(name: str) -> None:
    assert around([inside(0, 1), inside(1, 2)], name) == 0.0


def test_persistence_is_the_share_of_hours_with_activity() -> None:
    assert around([at(0), at(60), at(60 * 9)], "persistence") == pytest.approx(0.3)


def test_other_hosts_that_do_the_same_are_counted() -> None:
    others = [inside(0, n, orig=f"10.0.2.{n}") for n in range(5)]

    assert around([inside(0, 9), *others], "others_new_remote") == pytest.approx(5)


def test_peers_that_are_never_met_twice_are_seen_as_new_over_hours() -> None:
    moves = [inside(7 * n, n) for n in range(60)]

    steps, _ = last_look(moves, "10.0.0.5")

    found = steps[:, list(HOURS).index("new_remote")]
    assert found[:-1].max() == pytest.approx(9, rel=1e-2)


stories = st.lists(
    st.builds(
        connection,
        start=st.integers(0, 90).map(lambda beat: START + 1500 + 120 * beat),
        duration=st.sampled_from((None, 0.0, 1.0, 200.0, 2000.0)),
        orig=st.sampled_from(("10.0.0.1", "10.0.0.2", "10.0.0.3")),
        orig_port=st.integers(1024, 1030),
        resp=st.sampled_from(("10.0.0.1", "10.0.0.2", "203.0.113.1", "203.0.113.2")),
        resp_port=st.sampled_from((443, 445, 50_000)),
        service=st.none(),
        outcome=st.sampled_from(Outcome),
        orig_bytes=st.sampled_from((None, 0, 700, 10**9, 2**53)),
    ),
    min_size=20,
    max_size=100,
)
"""Few hosts over some hours."""


def plainly(windows: HostWindows) -> tuple[list[str], list[bytes]]:
    return windows.names, [getattr(windows.hours, name).tobytes() for name in PARTS]


@settings(max_examples=30, deadline=None)
@given(stories, st.data())
def test_minutes_that_pass_together_give_the_hours_to_the_bit_as_one_by_one(
    connections: list[Connection], data: st.DataObject
) -> None:
    ticks = list(ticks_of(columns(connections)))
    cut = data.draw(st.integers(0, len(ticks)))
    together, apart = small(), small()

    whole = [
        windows for part in (ticks[:cut], ticks[cut:]) if part for windows in together.of(part)
    ]
    pieces = [windows for tick in ticks for windows in apart.of([tick])]

    assert [plainly(w) for w in whole] == [plainly(w) for w in pieces]
    kept = apart.snapshot()
    for name, array in together.snapshot().items():
        np.testing.assert_array_equal(array, kept[name], err_msg=name)


@settings(max_examples=15, deadline=None)
@given(stories, st.data())
def test_features_that_were_saved_go_on_with_the_hours_to_the_bit(
    connections: list[Connection], data: st.DataObject
) -> None:
    ticks = list(ticks_of(columns(connections)))
    stop = data.draw(st.integers(0, len(ticks)))
    straight, stopped, resumed = small(), small(), small()
    expected = [plainly(w) for tick in ticks for w in straight.of([tick])]

    before = [plainly(w) for tick in ticks[:stop] for w in stopped.of([tick])]
    resumed.restore(stopped.snapshot())
    after = [plainly(w) for tick in ticks[stop:] for w in resumed.of([tick])]

    assert before + after == expected


@settings(max_examples=15, deadline=None)
@given(stories)
def test_every_number_of_a_look_is_finite_and_its_host_in_order(
    connections: list[Connection],
) -> None:
    for windows in host_windows(connections, small(2)):
        hours = windows.hours
        assert np.isfinite(hours.steps).all()
        assert np.isfinite(hours.context).all()
        assert not hours.steps[~hours.there].any()
        assert hours.host.tolist() == sorted(set(hours.host.tolist()))
        assert all(0 <= host < len(windows.names) for host in hours.host.tolist())


def seen(connections: list[Connection]) -> list[list[bytes]]:
    """What a model gets of each minute, in an order of its own."""
    return [
        sorted(
            steps.tobytes() + there.tobytes() + context.tobytes()
            for steps, there, context in zip(
                w.hours.steps, w.hours.there, w.hours.context, strict=True
            )
        )
        for w in host_windows(connections, small())
    ]


ELSEWHERE = {
    "10.0.0.1": "192.168.7.77",
    "10.0.0.2": "192.168.7.12",
    "10.0.0.3": "fd00::3",
    "203.0.113.1": "198.51.100.200",
    "203.0.113.2": "2001:db8::1",
}


def changed(c: Connection, **instead: Any) -> Connection:
    return Connection(**{name: getattr(c, name) for name in c.__struct_fields__} | instead)


@settings(max_examples=15, deadline=None)
@given(stories)
def test_addresses_change_no_look(connections: list[Connection]) -> None:
    moved = [changed(c, orig=ELSEWHERE[c.orig], resp=ELSEWHERE[c.resp]) for c in connections]

    assert seen(moved) == seen(connections)


@settings(max_examples=15, deadline=None)
@given(stories, st.integers(-1000, 1000))
def test_the_hour_changes_no_look(connections: list[Connection], hours: int) -> None:
    later = [changed(c, start=c.start + HOUR * hours) for c in connections]

    assert seen(later) == seen(connections)


@settings(max_examples=15, deadline=None)
@given(stories)
def test_ids_ports_of_the_originator_and_sensors_change_no_look(
    connections: list[Connection],
) -> None:
    others = [changed(c, uid="other", orig_port=9, sensor="suricata") for c in connections]

    assert seen(others) == seen(connections)


def test_hosts_past_the_cap_begin_their_hours_again() -> None:
    features = small(16)
    crowd = [at(hour * 60, orig=f"10.0.3.{n}") for hour in range(3) for n in range(1, 41)]

    windows = host_windows(crowd, features)

    assert [len(w.hours) for w in windows] == [16, 16, 16]
    assert features.shed["host_windows"] == 3 * 24


def test_time_that_goes_back_once_after_a_wrong_date_is_taken() -> None:
    features, wrong = small(), 10**9
    found = []
    for start in (0.0, 60.0, wrong, 120.0, 180.0, HOUR):
        found += host_windows([at(start / 60)], features)

    minutes = [
        float(np.expm1(windows.hours.steps[0, -1, 0])) for windows in found if len(windows.hours)
    ]
    assert minutes == pytest.approx([1, 2, 1, 1, 2, 1], rel=1e-3)

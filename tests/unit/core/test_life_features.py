"""What the pair's model reads of a life, and what it may not depend on."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netheed.core.features import Features, HostWindows
from netheed.core.life_vector import CALLS, CONTEXT, PairLooks, known, plain, scaled
from netheed.core.vector import Feature
from netheed.core.windows import ticks_of
from netheed.records import Connection, Outcome
from tests.connections import columns, connection, host_windows

START = 1_699_999_200.0
"""The full hour."""
HOUR = 3600.0
PARTS = ("host", "row", "key", "calls", "there", "context")


def small() -> Features:
    """With tables that are quickly made, and hold all hosts of a story at once."""
    return Features(max_hosts=1024, max_pairs=1024, max_novelties=4096, max_lives=1024)


def beats(count: int, every: float = 300.0, **given: Any) -> list[Connection]:
    return [connection(start=START + every * n, **given) for n in range(count)]


def last_look(connections: list[Connection], peer: str = "203.0.113.9") -> tuple[PairLooks, int]:
    """The last look at the pair of a peer, and its place among those of its minute."""
    looks = [
        (windows.lives, at)
        for windows in host_windows(connections)
        for at, row in enumerate(windows.lives.row.tolist())
        if windows.peer_at(row) == peer
    ]
    return looks[-1]


def context_of(connections: list[Connection], **given: Any) -> dict[str, float]:
    """Of the last look, in the units of CONTEXT."""
    lives, at = last_look(connections, **given)
    return dict(zip(CONTEXT, plain(lives.context[at], CONTEXT).tolist(), strict=True))


def newest_call(connections: list[Connection]) -> dict[str, float]:
    """The newest connection of the last look, in the units of CALLS."""
    lives, at = last_look(connections)
    return dict(zip(CALLS, plain(lives.calls[at, -1], CALLS).tolist(), strict=True))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("connections", 12),
        ("span", 56 / 60),
        ("hours", 1),
        ("persistence", 1),
        ("period", 300),
        ("regularity", 1),
        ("beats", 11),
        ("size_spread", 0),
        ("sent_share", 1 / 6),
        ("longest", 1),
        ("peer_hosts", 1),
        ("port_hosts", 1),
        ("host_age", 55 / 60),
        ("peer_age", 0),
        ("external", 1),
        ("tcp", 1),
        ("udp", 0),
        ("service_web", 1),
        ("service_dns", 0),
        ("known_port", 1),
        ("high_port", 0),
        ("host_pairs", 1),
        ("host_connections", 1),
    ],
)
def test_a_beacon_of_five_minutes_is_described_after_its_twelfth_beat(
    name: str, expected: float
) -> None:
    assert context_of(beats(12))[name] == pytest.approx(expected, rel=2e-3, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("gap", 300.0),
        ("gap_known", 1.0),
        ("sent", 800.0),
        ("received", 4000.0),
        ("duration", 1.0),
        ("failed", 0.0),
        ("cut", 0.0),
    ],
)
def test_each_of_its_connections_is_described(name: str, expected: float) -> None:
    assert newest_call(beats(4))[name] == pytest.approx(expected, rel=1e-2)


@pytest.mark.parametrize(
    ("outcome", "failed", "cut"),
    [
        (Outcome.UNANSWERED, 1.0, 0.0),
        (Outcome.REFUSED, 1.0, 0.0),
        (Outcome.COMPLETE, 0.0, 0.0),
        (Outcome.ABORTED, 0.0, 1.0),
        (Outcome.PARTIAL, 0.0, 1.0),
    ],
)
def test_a_connection_has_failed_or_was_cut_or_neither(
    outcome: Outcome, failed: float, cut: float
) -> None:
    call = newest_call(beats(4, outcome=outcome))

    assert (call["failed"], call["cut"]) == (failed, cut)


@pytest.mark.parametrize(
    ("given_", "name"),
    [({"orig_bytes": None}, "sent"), ({"resp_bytes": None}, "received")],
)
def test_bytes_that_nobody_knows_are_none(given_: dict[str, Any], name: str) -> None:
    assert newest_call(beats(4, **given_))[name] == 0.0


def test_before_the_first_connection_no_gap_is_known() -> None:
    call = newest_call(beats(1, duration=2000.0))

    assert (call["gap"], call["gap_known"]) == (0.0, 0.0)


def test_in_front_of_a_short_life_stand_zeros() -> None:
    lives, at = last_look(beats(4))

    assert not lives.calls[at, ~lives.there[at]].any()


def test_persistence_is_the_share_of_hours_with_a_connection() -> None:
    day_by_day = [connection(start=START + HOUR * hour) for hour in (0, 0, 0, 1, 9)]

    assert context_of(day_by_day)["persistence"] == pytest.approx(0.3)


def test_hosts_that_use_the_port_are_counted_and_so_are_those_that_know_the_peer() -> None:
    others = [connection(orig=f"10.0.0.{n}", resp=f"198.51.100.{n}", start=START) for n in (7, 8)]
    same_peer = [connection(orig="10.0.0.9", resp_port=22, start=START)]

    context = context_of([*others, *same_peer, *beats(4)])

    assert context["port_hosts"] == pytest.approx(3)
    assert context["peer_hosts"] == pytest.approx(2)


def test_a_peer_inside_is_not_external() -> None:
    assert context_of(beats(4, resp="10.0.0.6"), peer="10.0.0.6")["external"] == 0.0


def test_what_others_begin_with_the_host_is_no_life_of_its_own() -> None:
    windows = host_windows(beats(8, resp="10.0.0.6"))

    looked = {w.names[host] for w in windows for host in w.lives.host.tolist()}
    assert looked == {"10.0.0.5"}


def test_talk_to_a_group_is_no_life() -> None:
    windows = host_windows(beats(8, resp="224.0.0.251", proto="udp", resp_port=5353))

    assert sum(len(w.lives) for w in windows) == 0


def test_a_pair_is_a_peer_with_a_port() -> None:
    ports = [c for n in range(4) for c in beats(4, resp_port=8000 + n)]

    assert len({key for w in host_windows(ports) for key in w.lives.key.tolist()}) == 4


@pytest.mark.parametrize("count", [4, 12, 1000])
def test_the_count_of_connections_is_read_back(count: int) -> None:
    context = np.zeros(len(CONTEXT), dtype=np.float32)
    context[list(CONTEXT).index("connections")] = np.log1p(count)

    assert round(known(context, "connections")) == count


@pytest.mark.parametrize("features", [CALLS, CONTEXT], ids=["calls", "context"])
@given(data=st.data())
def test_values_in_their_units_are_scaled_back(
    features: dict[str, Feature], data: st.DataObject
) -> None:
    size = (3, len(features))
    values = data.draw(arrays(np.float32, size, elements=st.floats(0, 12, width=32)))

    np.testing.assert_allclose(
        scaled(plain(values, features), features), values, rtol=1e-5, atol=1e-6
    )


stories = st.lists(
    st.builds(
        connection,
        start=st.integers(0, 90).map(lambda beat: START + 1500 + 60 * beat),
        duration=st.sampled_from((None, 0.0, 1.0, 200.0, 2000.0)),
        orig=st.sampled_from(("10.0.0.1", "10.0.0.2", "10.0.0.3")),
        orig_port=st.integers(1024, 1030),
        resp=st.sampled_from(("10.0.0.1", "203.0.113.1", "203.0.113.2")),
        resp_port=st.sampled_from((443, 50_000)),
        outcome=st.sampled_from(Outcome),
        orig_bytes=st.sampled_from((None, 0, 700, 10**9)),
    ),
    min_size=20,
    max_size=100,
)
"""Few pairs that come again and again, past a full hour."""


def plainly(windows: HostWindows) -> tuple[list[str], list[bytes]]:
    return windows.names, [getattr(windows.lives, name).tobytes() for name in PARTS]


@settings(max_examples=30, deadline=None)
@given(stories)
def test_minutes_that_pass_together_give_the_lives_to_the_bit_as_one_by_one(
    connections: list[Connection],
) -> None:
    ticks = list(ticks_of(columns(connections)))
    together, apart = small(), small()

    whole = together.of(ticks)
    pieces = [windows for tick in ticks for windows in apart.of([tick])]

    assert [plainly(w) for w in whole] == [plainly(w) for w in pieces]
    kept = apart.snapshot()
    for name, array in together.snapshot().items():
        np.testing.assert_array_equal(array, kept[name], err_msg=name)


@settings(max_examples=15, deadline=None)
@given(stories, st.data())
def test_features_that_were_saved_go_on_with_the_lives_to_the_bit(
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


def seen(connections: list[Connection]) -> list[list[bytes]]:
    """What a model gets of each minute, in an order of its own."""
    return [
        sorted(
            calls.tobytes() + there.tobytes() + context.tobytes()
            for calls, there, context in zip(
                w.lives.calls, w.lives.there, w.lives.context, strict=True
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


@settings(max_examples=15, deadline=None)
@given(stories)
def test_every_number_of_a_look_is_finite(connections: list[Connection]) -> None:
    for windows in host_windows(connections, small()):
        assert np.isfinite(windows.lives.calls).all()
        assert np.isfinite(windows.lives.context).all()


@settings(max_examples=15, deadline=None)
@given(stories)
def test_a_look_points_at_a_row_of_its_own_host(connections: list[Connection]) -> None:
    for windows in small().of(list(ticks_of(columns(connections)))):
        lives = windows.lives
        assert windows.rows.by_host.ids[lives.row].tolist() == lives.host.tolist()
        assert lives.host.tolist() == sorted(lives.host.tolist())


def looks(size: int, first: int) -> PairLooks:
    """One of each of so many hosts."""
    numbers = np.arange(size)
    context = np.tile((first + numbers)[:, None], (1, len(CONTEXT)))
    return PairLooks(
        host=numbers,
        row=numbers,
        key=(first + numbers).astype(np.uint64),
        calls=np.zeros((size, 12, len(CALLS)), dtype=np.float32),
        there=np.zeros((size, 12), dtype=np.bool_),
        context=context.astype(np.float32),
    )


def test_looks_of_several_ticks_stand_one_after_the_other() -> None:
    whole = PairLooks.joined([looks(2, 0), looks(0, 2), looks(3, 2)])

    assert whole.key.tolist() == [0, 1, 2, 3, 4]
    assert whole.context[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_those_of_a_tick_begin_with_its_first_window_and_row() -> None:
    own = looks(5, 0).of_tick(slice(2, 4), 1)

    assert (own.host.tolist(), own.row.tolist()) == ([0, 1], [1, 2])
    assert own.key.tolist() == [2, 3]

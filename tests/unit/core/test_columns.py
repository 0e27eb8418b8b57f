"""Connections as columns, and back."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.core.state import joined, pack, part, unpack
from netheed.records import Connection, Outcome
from tests.connections import columns, connection, told  # noqa: F401

text = st.text(max_size=40)
count = st.one_of(st.none(), st.integers(0, 2**53))
connections = st.lists(
    st.builds(
        connection,
        uid=text,
        sensor=st.sampled_from(("zeek", "suricata")),
        start=st.floats(0, 2e11),
        duration=st.one_of(st.none(), st.floats(0, 1e9)),
        orig=st.sampled_from(("10.0.0.5", "fd00::1", "2001:db8::7")),
        resp=st.sampled_from(("203.0.113.9", "ff02::fb", "192.168.255.255")),
        orig_port=st.integers(0, 65535),
        resp_port=st.integers(0, 65535),
        proto=st.sampled_from(("tcp", "udp", "icmp", "sctp")),
        service=st.one_of(st.none(), text),
        outcome=st.sampled_from(Outcome),
        orig_bytes=count,
        resp_bytes=count,
        orig_pkts=count,
        resp_pkts=count,
        community_id=st.one_of(st.none(), text),
        interface=st.one_of(st.none(), text),
        sensor_name=st.one_of(st.none(), text),
    ),
    max_size=12,
)


ONE_UID = np.frombuffer(b"C1", dtype=np.uint8)


def again(made: Columns) -> list[Connection]:
    return made.connections(np.arange(len(made)))


@given(connections)
def test_every_field_comes_back_as_the_sensor_told_it(given_: list[Connection]) -> None:
    assert again(columns(given_)) == given_


@given(connections, connections, st.integers(0, 2**32))
def test_joining_and_taking_move_whole_connections(
    first: list[Connection], second: list[Connection], seed: int
) -> None:
    order = np.random.default_rng(seed).permutation(len(first) + len(second))

    made = Columns.joined([columns(first), columns(second)]).take(order)

    assert again(made) == [(first + second)[at] for at in order]


@given(connections, st.data())
def test_parts_keep_every_connection_in_its_run(
    given_: list[Connection], data: st.DataObject
) -> None:
    cuts = data.draw(st.sets(st.integers(1, len(given_) - 1))) if len(given_) > 1 else set()
    firsts = sorted({0, *cuts}) if given_ else []
    order = np.arange(len(given_))[::-1].copy()

    runs = list(columns(given_).parts(order, firsts))

    assert [again(run) for run in runs] == [
        given_[::-1][a:b] for a, b in zip(firsts, [*firsts, len(given_)][1:], strict=True)
    ]
    assert all(run.rows.base is None for run in runs)


@given(connections)
def test_a_snapshot_brings_the_same_back(given_: list[Connection]) -> None:
    packed = pack(joined({"x": columns(given_).snapshot()}))

    assert again(Columns.restored(part(unpack(packed, "here"), "x"))) == given_


def test_columns_of_different_lengths_are_refused() -> None:
    state = columns([connection(), connection()]).snapshot()

    with pytest.raises(ValueError, match="different lengths"):
        Columns.restored({**state, "uid/lengths": state["uid/lengths"][:1], "uid/text": ONE_UID})


def test_connections_that_are_taken_by_places_hold_no_other_memory() -> None:
    whole = columns([connection() for _ in range(1000)])

    one = whole.take(np.array([3]))

    assert one.rows.base is None
    assert {text.base for text in (one.orig, one.resp, one.said)} == {None}
    assert (one.uid.text, one.uid.lengths.size) == ("C1", 1)


def test_a_site_is_told_of_every_connection() -> None:
    made = Columns.of([connection(), connection()], AddressWords(site="berlin"))

    assert [said.site for said in made.said] == ["berlin", "berlin"]


def test_nothing_is_joined_with_something() -> None:
    some = columns([connection()])

    assert again(Columns.joined([Columns.none(), some, Columns.none()])) == again(some)


def test_a_waiting_connection_takes_less_than_200_bytes() -> None:
    given_ = [
        connection(uid=f"{n:016d}", community_id="1:" + "x" * 28, orig=f"10.0.{n % 9}.1")
        for n in range(2000)
    ]
    words = AddressWords()
    Columns.of(given_, words)  # addresses are known to the table, which is no connection's
    tracemalloc.start()

    kept = Columns.of(given_, words)

    assert len(kept) == 2000
    assert tracemalloc.get_traced_memory()[0] / 2000 < 200
    tracemalloc.stop()

"""Both ways give the same connections, and the same decoder guards against both."""

import math
from ipaddress import ip_address
from typing import Any

import pytest

from netheed.errors import BadRecordError
from netheed.zeek.encode import VERDICT, Verdict
from netheed.zeek.native import BROKEN, Native
from netheed.zeek.wire import conn_batch, seen
from tests import stub_broker, zeek_frames
from tests.stub_broker import Count, Stub, batch, conn

TOPIC = "netheed/conn/"


@pytest.fixture
def native() -> Any:
    stub = Stub()
    yield Native(stub)
    stub.close()


def test_a_batch_is_what_the_websocket_sends(native: Native) -> None:
    mine, bad = conn_batch(native.frame(TOPIC, batch(conn(), seq=3)), "here")
    other = zeek_frames.conn(uid="C1", resp_h="2001:db8::1")

    assert not bad
    assert mine == conn_batch(zeek_frames.batch(other, seq=3), "here")[0]


def test_an_unset_field_is_the_websockets_none(native: Native) -> None:
    unset = ("service", "duration", "orig_bytes", "history", "community_id")
    nothing: dict[str, Any] = dict.fromkeys(unset)
    frame = native.frame(TOPIC, batch(conn(**nothing)))
    other = zeek_frames.conn(uid="C1", resp_h="2001:db8::1", **nothing)

    assert conn_batch(frame, "") == conn_batch(zeek_frames.batch(other), "")


def test_a_double_has_six_decimals(native: Native) -> None:
    frame = native.frame(TOPIC, batch(conn(ts=1700000040.12345678, duration=1e-9)))

    assert b'"data":1700000040.123457}' in frame
    assert b'"data":0.000000}' in frame


def test_a_bool_is_no_count_and_no_integer(native: Native) -> None:
    assert b'{"@data-type":"boolean","data":true}' in native.frame(TOPIC, (True,))


def test_the_largest_count_is_written_and_refused(native: Native) -> None:
    frame = native.frame(TOPIC, batch(conn(orig_pkts=Count(2**64 - 1)), conn(uid="C2")))
    found, bad = conn_batch(frame, "here")

    assert [one.uid.data for one in found.conns] == ["C2"]
    assert [error.where for error in bad] == ["here, connection 0"]


@pytest.mark.parametrize(
    "wrong",
    [
        conn()[:9], (), "text", None, 7, b"\xff", {1: 2}, frozenset({1}),
        conn(ts=math.nan), conn(ts="x"), conn(ts=None), conn(uid="x" * 65),
        conn(uid=b"\xff\x00"), conn(service="x" * 257), conn(orig_h="10.0.0.5"),
        conn(orig_p=443), conn(orig_pkts=-1), conn(orig_pkts=2**62), conn(orig_pkts=True),
        conn(orig_bytes=1.5), conn(orig_bytes=Count(2**53 + 1)), conn(duration=-math.inf),
    ],
    ids=str,
)  # fmt: skip
def test_a_hostile_connection_costs_no_other(native: Native, wrong: Any) -> None:
    frame = native.frame(TOPIC, batch(conn(uid="C0"), wrong, conn(uid="C2")))
    found, bad = conn_batch(frame, "here")

    assert [one.uid.data for one in found.conns] == ["C0", "C2"]
    assert found.size == 3
    assert [error.where for error in bad] == ["here, connection 1"]


def nested(depth: int) -> tuple[Any, ...]:
    made: tuple[Any, ...] = ()
    for _ in range(depth):
        made = (made,)
    return made


HOSTILE: dict[str, Any] = {
    "text": "text", "bytes": b"\xff", "none": None, "int": 7, "empty": (), "ints": (1, 2),
    "table": {1: 2}, "object": object(), "deep": nested(50), "deeper": nested(100_000),
    "node of bytes": batch(node=b"\xff"), "surrogate": batch(node="\ud800"),
    "long node": batch(conn(), node="x" * 65),
    "no event": (Count(1), Count(1), ("x",)), "another event": stub_broker.seen("a"),
}  # fmt: skip


@pytest.mark.parametrize("message", HOSTILE.values(), ids=list(HOSTILE))
def test_a_hostile_message_becomes_a_frame_that_is_refused(native: Native, message: Any) -> None:
    with pytest.raises(BadRecordError):
        conn_batch(native.frame(TOPIC, message), "here")


def test_what_json_cannot_hold_is_the_broken_frame(native: Native) -> None:
    for value in ("\ud800", nested(100_000)):
        assert native.frame(TOPIC, (value,)) == BROKEN


def test_an_integer_beyond_all_bounds_reaches_nobody(native: Native) -> None:
    try:
        found, _ = conn_batch(native.frame(TOPIC, batch(conn(orig_pkts=Count(2**70)))), "")
    except BadRecordError:
        return
    assert found.conns == []


def test_an_answer_is_read(native: Native) -> None:
    assert seen(native.frame("netheed/seen/", stub_broker.seen("a1")), "") == "a1"


def verdict(host: str = "10.0.0.5") -> Verdict:
    return Verdict(7.5, "id\x00", host, "scan", math.nan, ("C1", "C\n2"), "m", "s")


def test_a_verdict_is_an_event_in_the_scripts_order_and_cleaned(native: Native) -> None:
    record = (7.5, "id", ip_address("10.0.0.5"), "scan", 0.0, ("C1", "C2"), "m", "s")

    assert native.verdict(verdict()) == (VERDICT, Count(1), record)
    assert native.verdict(verdict("2001:DB8::1"))[2][2] == ip_address("2001:db8::1")


@pytest.mark.parametrize("host", ["", "zeek", "fe80::1%eth0", "10.0.0.256"])
def test_a_verdict_of_no_address_is_refused(native: Native, host: str) -> None:
    with pytest.raises(ValueError, match="addr"):
        native.verdict(verdict(host))

"""Frames become batches, whatever is in them."""

import json

import pytest

from netheed.errors import BadRecordError
from netheed.zeek.wire import conn_batch, repaired, seen
from tests import zeek_frames
from tests.zeek_frames import batch, conn, event, value

HERE = "zeek_websocket ws://127.0.0.1: frame 17"


def test_a_batch_of_either_schema_is_read() -> None:
    first, bad = conn_batch(batch(conn(), conn(), node="w1", seq=3, sent=150, dropped=2), HERE)
    older, _ = conn_batch(batch(conn(), node="w1", seq=3, sent=None), HERE)

    assert (first.node, first.seq, first.size, first.sent, first.dropped) == ("w1", 3, 2, 150, 2)
    assert (older.size, older.sent, older.dropped) == (1, None, None)
    assert not bad


def test_a_connection_may_lack_its_community_id_or_have_fields_to_come() -> None:
    shorter, longer = conn()[:18], [*conn(), value("count", 1)]

    found, bad = conn_batch(batch(shorter, longer), HERE)
    assert [one.community_id.data for one in found.conns] == [None, None]
    assert not bad


def test_metadata_is_passed_over() -> None:
    arguments = [value("count", 2), value("string", "w1"), value("count", 0)]
    frame = event(
        "netheed/conn/", "Netheed::conn_batch", *arguments, value("vector", []), metadata=True
    )

    assert conn_batch(frame, HERE)[0].size == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"uid": "C" * 65},
        {"service": "x" * 257},
        {"history": "x" * 257},
        {"orig_pkts": 2**53 + 1},
        {"orig_pkts": -1},
        {"ts": "now"},
        {"resp_h": 5},
    ],
)
def test_a_bad_connection_costs_no_other(wrong: dict[str, object]) -> None:
    found, bad = conn_batch(batch(conn(uid="C1"), conn(**wrong), conn(uid="C3")), HERE)

    assert [one.uid.data for one in found.conns] == ["C1", "C3"]
    assert found.size == 3
    assert [error.where for error in bad] == [f"{HERE}, connection 1"]


def test_a_short_connection_costs_no_other() -> None:
    found, bad = conn_batch(batch(conn(), conn()[:10]), HERE)

    assert (len(found.conns), len(bad)) == (1, 1)


@pytest.mark.parametrize("raw", [rb"\v", b"\x01", b"\x1b", b"\xff\xfe", rb"\x", b"\x00"])
def test_what_zeek_writes_that_is_no_json_is_repaired(raw: bytes) -> None:
    frame = batch(conn(service="HERE"), conn(uid="C2")).replace(b"HERE", raw)

    found, bad = conn_batch(frame, HERE)
    assert [len(found.conns), len(bad)] == [2, 0]


def test_an_escaped_backslash_stays() -> None:
    assert json.loads(repaired(rb'["\\v\v\"\u0041"]')) == ['\\v\v"A']


def test_a_number_that_is_none_costs_its_connection_only() -> None:
    frame = batch(conn(duration=7.5), conn()).replace(b'"data":7.5', b'"data":-nan')

    found, bad = conn_batch(frame, HERE)
    assert (len(found.conns), len(bad)) == (1, 1)


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{nonsense",
        batch(conn())[:-20],
        b"[" * 200_000,
        b'{"@data-type":"vector","data":' * 50_000,
        event("netheed/conn/", "Netheed::conn_batch"),
        event("netheed/conn/", "Netheed::other", *[value("count", 2), value("string", "a"),
              value("count", 0), value("vector", [])]),
        batch().replace(b'"data":2}', b'"data":3}', 1),
        batch(*[conn()] * 2).replace(b'"vector"', b'"set"'),
        batch(node="n" * 65),
        batch(node=""),
        batch(node="n\0"),
        batch(seq=-1),
        zeek_frames.seen("a"),
    ],
)  # fmt: skip
def test_what_is_no_batch_is_told_with_its_place(frame: bytes) -> None:
    with pytest.raises(BadRecordError) as caught:
        conn_batch(frame, HERE)

    assert caught.value.where == HERE


def test_a_batch_beyond_all_measure_is_refused() -> None:
    with pytest.raises(BadRecordError):
        conn_batch(batch(*[[]] * 10_001), HERE)


def test_seen_names_the_notice() -> None:
    assert seen(zeek_frames.seen("a1b2"), HERE) == "a1b2"
    for frame in (b"", b"[" * 100_000, batch(), zeek_frames.seen("x").replace(b"::seen", b"::sen")):
        with pytest.raises(BadRecordError):
            seen(frame, HERE)

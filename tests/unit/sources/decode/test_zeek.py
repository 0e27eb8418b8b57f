"""Zeek's conn record, whatever it is written in."""

import pytest

from netheed.records import Connection, Outcome
from netheed.sources.decode.zeek import ConnRecord
from netheed.sources.decode.zeek_json import JsonDecoder
from tests.decoding import translated


def record(**fields: object) -> ConnRecord:
    given = {
        "ts": 1.0,
        "uid": "C1",
        "proto": "tcp",
        "orig_h": "10.0.0.5",
        "orig_p": 40000,
        "resp_h": "203.0.113.9",
        "resp_p": 443,
        "conn_state": "SF",
        "history": "ShADadFf",
    }
    return ConnRecord(**given | fields)  # type: ignore[arg-type]


def connection(made: ConnRecord) -> Connection:
    return translated(JsonDecoder(), made)


def outcome(**fields: object) -> Outcome:
    return connection(record(**fields)).outcome


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("S0", Outcome.UNANSWERED),
        ("REJ", Outcome.REFUSED),
        ("SF", Outcome.COMPLETE),
        ("S1", Outcome.COMPLETE),
        ("S2", Outcome.ABORTED),
        ("S3", Outcome.ABORTED),
        ("RSTO", Outcome.ABORTED),
        ("RSTR", Outcome.ABORTED),
        ("RSTOS0", Outcome.PARTIAL),
        ("RSTRH", Outcome.PARTIAL),
        ("SH", Outcome.PARTIAL),
        ("SHR", Outcome.PARTIAL),
        ("OTH", Outcome.PARTIAL),
        (None, Outcome.PARTIAL),
    ],
)
def test_every_conn_state_has_an_outcome(state: str | None, expected: Outcome) -> None:
    assert outcome(conn_state=state) == expected


def test_datagrams_are_answered_or_not_by_their_packets() -> None:
    assert outcome(proto="udp", orig_pkts=1, resp_pkts=0) == Outcome.UNANSWERED
    assert outcome(proto="udp", orig_pkts=1, resp_pkts=1) == Outcome.COMPLETE
    assert outcome(proto="udp", orig_pkts=0, resp_pkts=1) == Outcome.PARTIAL


def test_without_packet_counts_the_state_decides_for_datagrams() -> None:
    assert outcome(proto="udp", conn_state="SF") == Outcome.COMPLETE
    assert outcome(proto="udp", conn_state="S0") == Outcome.UNANSWERED


def test_without_ip_bytes_payload_and_plain_headers_stand_in() -> None:
    made = record(orig_bytes=100, orig_pkts=4, resp_ip_bytes=999)

    got = connection(made)

    assert (got.orig_bytes, got.resp_bytes) == (100 + 4 * 40, 999)


def test_without_any_bytes_they_stay_missing() -> None:
    made = record()

    got = connection(made)

    assert (got.orig_bytes, got.resp_bytes, got.duration) == (None, None, None)


def test_a_connection_without_a_beginning_is_turned_by_its_ports() -> None:
    made = record(history="DadA", conn_state="OTH", orig_p=443, resp_p=40000)

    got = connection(made)

    assert (got.orig, got.resp_port) == ("203.0.113.9", 443)


def test_a_seen_beginning_is_believed_whatever_the_ports() -> None:
    made = record(orig_p=22, resp_p=40000)

    got = connection(made)

    assert (got.orig, got.resp_port) == ("10.0.0.5", 40000)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"uid": ""}, "uid"),
        ({"uid": "C\x1b[2J"}, "uid"),
        ({"proto": "x" * 40}, "proto"),
        ({"duration": -1.0}, "duration"),
        ({"service": "a\nb"}, "service"),
        ({"orig_h": "nobody"}, "nobody"),
        ({"ts": float("nan")}, "1970"),
        ({"ts": -5.0}, "1970"),
        ({"ts": 1e15}, "1970"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, object], reason: str) -> None:
    made = record(**fields)

    with pytest.raises(ValueError, match=reason):
        connection(made)

"""Zeek's conn record, whatever it is written in."""

import pytest

from netheed.records import Outcome
from netheed.sources.decode import zeek
from netheed.sources.decode.zeek import ConnRecord


def record(**fields: object) -> ConnRecord:
    given = {
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


def outcome(**fields: object) -> Outcome:
    made = record(**fields)
    return zeek.connection(made, made, 1.0).outcome


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

    got = zeek.connection(made, made, 1.0)

    assert (got.orig_bytes, got.resp_bytes) == (100 + 4 * 40, 999)


def test_without_any_bytes_they_stay_missing() -> None:
    made = record()

    got = zeek.connection(made, made, 1.0)

    assert (got.orig_bytes, got.resp_bytes, got.duration) == (None, None, None)


def test_a_connection_without_a_beginning_is_turned_by_its_ports() -> None:
    made = record(history="DadA", conn_state="OTH", orig_p=443, resp_p=40000)

    got = zeek.connection(made, made, 1.0)

    assert (got.orig, got.resp_port) == ("203.0.113.9", 443)


def test_a_seen_beginning_is_believed_whatever_the_ports() -> None:
    made = record(orig_p=22, resp_p=40000)

    got = zeek.connection(made, made, 1.0)

    assert (got.orig, got.resp_port) == ("10.0.0.5", 40000)


@pytest.mark.parametrize(
    ("fields", "ts", "reason"),
    [
        ({"uid": ""}, 1.0, "uid"),
        ({"uid": "C\x1b[2J"}, 1.0, "uid"),
        ({"proto": "x" * 40}, 1.0, "proto"),
        ({"duration": -1.0}, 1.0, "duration"),
        ({"service": "a\nb"}, 1.0, "service"),
        ({"orig_h": "nobody"}, 1.0, "nobody"),
        ({}, float("nan"), "ts"),
        ({}, -5.0, "ts"),
        ({}, 1e15, "ts"),
    ],
)
def test_what_cannot_be_is_refused(fields: dict[str, object], ts: float, reason: str) -> None:
    made = record(**fields)

    with pytest.raises(ValueError, match=reason):
        zeek.connection(made, made, ts)

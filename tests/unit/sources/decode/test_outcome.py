"""Who began, and how it went."""

import pytest

from netheed.records import Outcome
from netheed.sources.decode.outcome import by_packets, is_reversed, turned
from tests.connections import connection


@pytest.mark.parametrize(
    ("proto", "orig_port", "resp_port", "expected"),
    [
        ("tcp", 443, 40000, True),
        ("tcp", 40000, 443, False),
        ("udp", 53, 40000, True),
        ("udp", 68, 67, False),
        ("udp", 123, 123, False),
        ("udp", 40000, 50000, False),
        ("udp", 5353, 40000, True),
        ("icmp", 0, 0, True),
        ("icmp", 8, 0, False),
        ("icmp", 129, 0, True),
    ],
)
def test_the_side_that_looks_like_a_service_is_the_responder(
    proto: str, orig_port: int, resp_port: int, expected: bool
) -> None:
    assert is_reversed(proto, orig_port, resp_port) is expected


def test_turning_twice_changes_nothing() -> None:
    made = connection(orig_bytes=1, resp_bytes=2, orig_pkts=3, resp_pkts=4)

    assert turned(turned(made)) == made
    assert turned(made).orig == made.resp


def test_a_turned_echo_reply_is_an_echo_request() -> None:
    assert turned(connection(proto="icmp", orig_port=0, resp_port=0)).orig_port == 8


def test_an_unanswered_ping_failed_and_an_icmp_error_did_not() -> None:
    assert by_packets(1, 0, "icmp", 8) == Outcome.UNANSWERED
    assert by_packets(1, 0, "icmp", 3) == Outcome.PARTIAL

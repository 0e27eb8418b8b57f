"""Who began, and how it went."""

import numpy as np
import pytest

from netheed.records import Outcome
from netheed.sources.decode.outcome import by_packets, is_reversed, turned_ports


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
    icmp, ports = np.array([proto == "icmp"]), np.array([[orig_port], [resp_port]])

    assert is_reversed(icmp, *ports).tolist() == [expected]


def test_turning_ports_twice_changes_nothing_but_an_icmp_reply() -> None:
    icmp, ports = np.array([False, True, True]), (np.array([1, 8, 3]), np.array([2, 0, 1]))

    again = turned_ports(icmp, *turned_ports(icmp, *ports))

    assert [part.tolist() for part in again] == [part.tolist() for part in ports]


def test_a_turned_echo_reply_is_an_echo_request() -> None:
    first, second = turned_ports(np.array([True]), np.array([0]), np.array([0]))

    assert (first.tolist(), second.tolist()) == ([8], [0])


@pytest.mark.parametrize(
    ("asked", "answered", "icmp", "port", "expected"),
    [
        (1, 0, True, 8, Outcome.UNANSWERED),
        (1, 0, True, 3, Outcome.PARTIAL),
        (1, 0, False, 53, Outcome.UNANSWERED),
        (1, 1, False, 53, Outcome.COMPLETE),
        (0, 1, False, 53, Outcome.PARTIAL),
        (0, 0, False, 53, Outcome.PARTIAL),
        (None, None, False, 53, Outcome.UNANSWERED),
        (None, 1, False, 53, Outcome.COMPLETE),
    ],
)
def test_without_states_the_packets_of_both_sides_tell_the_outcome(
    asked: int | None, answered: int | None, icmp: bool, port: int, expected: Outcome
) -> None:
    packets = [np.array([count], dtype=np.float64) for count in (asked, answered)]

    assert by_packets(*packets, np.array([icmp]), np.array([port])).tolist() == [expected]

"""Simulated connections are ones that a sensor could report."""

import numpy as np
import pytest

from netheed.records import Connection, Outcome
from netheed.training.wire import Wire
from tests.simulated import impossible

ENDS = ("10.0.0.5", "203.0.113.9", 443)


def wire(**way: bool) -> Wire:
    return Wire(rng=np.random.default_rng(1), **way)


def only(made: Wire) -> Connection:
    (connection,) = made.connections
    return connection


def test_a_complete_connection_carries_its_payload_in_packets() -> None:
    made = wire()
    made.tcp(1.0, ENDS, "ssl", 3000, 20_000, 2.0)

    got = only(made)

    assert got.orig_bytes > 3000 + 40 * 4
    assert got.resp_bytes > 20_000
    assert got.orig_bytes / got.orig_pkts <= 1500
    assert got.resp_bytes / got.resp_pkts <= 1500


def test_a_connection_kept_open_carries_small_packets_for_long() -> None:
    made = wire()
    made.kept_open(1.0, ENDS, "ssl", (240, 60), (0, 9000), 14_400.0)

    got = only(made)

    assert got.duration == 14_400.0
    assert 480 < got.orig_pkts < got.resp_pkts < 510
    assert got.orig_bytes / got.orig_pkts < 100
    assert impossible(got) == []


@pytest.mark.parametrize(
    ("refused", "outcome"), [(True, Outcome.REFUSED), (False, Outcome.UNANSWERED)]
)
def test_a_failed_connection_has_no_answer_but_a_refusal(refused: bool, outcome: Outcome) -> None:
    made = wire()
    made.failed(1.0, ENDS, refused=refused, tries=3)

    got = only(made)

    assert got.outcome == outcome
    assert (got.resp_pkts > 0) is refused
    assert got.orig_pkts == 3


def test_an_unanswered_datagram_has_nothing_back() -> None:
    made = wire()
    made.udp(1.0, ENDS, None, 100, 0)

    assert (only(made).outcome, only(made).resp_bytes) == (Outcome.UNANSWERED, 0)


def test_a_doubled_sensor_counts_twice_and_a_one_sided_one_half() -> None:
    plain, doubled, one_sided = wire(), wire(doubled=True), wire(one_sided=True)
    for made in (plain, doubled, one_sided):
        made.udp(1.0, ENDS, "dns", 50, 200)

    assert only(doubled).orig_bytes == 2 * only(plain).orig_bytes
    assert (only(one_sided).orig_pkts, only(one_sided).outcome) == (0, Outcome.PARTIAL)

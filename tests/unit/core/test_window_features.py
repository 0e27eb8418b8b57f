"""What a window says by itself; test_features.py compares most of it with plain counting."""

import pytest

from netheed.core.rows import HostRows
from netheed.core.vector import FEATURES
from netheed.core.window_features import window_features
from netheed.core.windows import ticks_of
from netheed.records import Connection, Outcome
from tests.connections import columns, connection


def only(connections: list[Connection]) -> dict[str, float]:
    (tick,) = ticks_of(columns(connections))
    rows, _ = HostRows.of([tick], 10)
    return {name: float(column[0]) for name, column in window_features(rows).items()}


def test_every_column_is_a_feature() -> None:
    assert set(only([connection()])) < set(FEATURES)


def test_the_service_mix_adds_up() -> None:
    services = ["ssl", "dns", "ssh", "smtp", "smb", "ntp", None]
    got = only(
        [connection(service=word, resp_port=40_000, orig_port=n) for n, word in enumerate(services)]
    )

    shares = ("web", "dns", "login", "mail", "files", "infrastructure", "unknown")
    assert [got[f"{share}_share"] for share in shares] == pytest.approx([1 / 7] * 7)


def test_dns_hints_look_at_requests_alone() -> None:
    dns = connection(service="dns", resp_port=53, orig_bytes=300, orig_pkts=2, resp_bytes=900,
                     resp_pkts=3)  # fmt: skip

    got = only([dns, connection(orig_bytes=50_000)])

    assert (got["dns_requests"], got["dns_request_size"], got["dns_answer_size"]) == (2, 150, 300)


def test_the_busiest_log_in_is_counted_in_tries() -> None:
    tries = [
        connection(service="ssh", resp_port=22, orig_port=n, resp="10.0.0.6") for n in range(5)
    ]
    other = connection(service="ssh", resp_port=22)

    got = only([*tries, other, connection()])

    assert got["login_tries"] == 5.0


def test_the_peak_is_the_busiest_second() -> None:
    starts = [1_700_000_000.1, 1_700_000_000.9, 1_700_000_001.5]

    got = only([connection(start=start, duration=0.0) for start in starts])

    assert got["peak_second"] == 2.0


def test_failures_are_shares_of_what_went_to_hosts() -> None:
    outcomes = [Outcome.REFUSED, Outcome.UNANSWERED, Outcome.COMPLETE, Outcome.ABORTED]

    got = only([connection(outcome=outcome) for outcome in outcomes])

    assert (got["refused_out"], got["unanswered_out"], got["aborted_out"]) == (0.25,) * 3
    assert got["failures_out"] == 2.0

"""The peer that is the reason, and the connections to pivot on."""

from netheed.core.features import HostWindows
from netheed.records import Outcome
from netheed.triage.evidence import EVIDENCE, evidence_of, peer_row
from tests.connections import connection, host_windows


def peer_of(windows: HostWindows, at: int, kind: str) -> str | None:
    row = peer_row(windows, at, kind)
    return windows.peer_at(row) if row >= 0 else None


def test_the_peer_of_a_guessing_is_the_busiest_destination_and_its_records_come_first() -> None:
    scan = [connection(uid=f"S{n}", resp=f"10.0.1.{n + 1}", resp_port=22) for n in range(10)]
    guesses = [connection(uid=f"G{n}", resp="10.0.9.9", resp_port=22) for n in range(20)]
    (windows,) = host_windows(scan + guesses)
    at = windows.names.index("10.0.0.5")

    peer = peer_row(windows, at, "brute_force")

    assert windows.peer_at(peer) == "10.0.9.9"
    assert {c.resp for c in evidence_of(windows, at, peer)} == {"10.0.9.9"}


def test_a_kind_that_names_no_pair_has_a_peer_only_where_it_is_nearly_all() -> None:
    many = [connection(uid=f"M{n}") for n in range(9)]
    (nearly_all,) = host_windows([*many, connection(resp="198.51.100.4")])
    (half,) = host_windows([*many, *(connection(resp=f"198.51.100.{n}") for n in range(1, 10))])

    assert peer_of(nearly_all, 0, "scan") == "203.0.113.9"
    assert peer_of(half, 0, "scan") is None


def test_failures_come_before_sizes_where_no_peer_is_named() -> None:
    (windows,) = host_windows(
        [
            connection(uid="small", orig_bytes=1),
            connection(uid="large", orig_bytes=10**9),
            connection(uid="refused", outcome=Outcome.REFUSED),
        ]
    )

    assert [c.uid for c in evidence_of(windows, 0, -1)] == ["refused", "large", "small"]


def test_an_exfiltration_to_an_address_that_ends_in_255_has_its_peer() -> None:
    (windows,) = host_windows([connection(resp="203.0.113.255", orig_bytes=5_000_000)])

    assert peer_of(windows, 0, "exfiltration") == "203.0.113.255"


def test_five_connections_of_a_flood_are_told() -> None:
    (windows,) = host_windows([connection(uid=f"F{n:04}", orig_port=n) for n in range(2000)])

    assert [c.uid for c in evidence_of(windows, 0, -1)] == [f"F{n:04}" for n in range(EVIDENCE)]

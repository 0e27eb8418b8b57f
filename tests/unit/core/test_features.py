"""Features against the same thing said plainly, and what a window may not depend on."""

import math
import random
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core.columns import Columns
from netheed.core.features import Features, HostWindows
from netheed.core.vector import FEATURES, restore, transform
from netheed.core.windows import Windows, ticks_of
from netheed.records import Connection, Outcome
from tests.connections import columns, connection, host_windows, told

LOCAL = ("10.0.0.5", "10.0.0.6", "fd00::1")
REMOTE = ("203.0.113.9", "198.51.100.4", "224.0.0.251", "10.0.0.255")


def by_name(windows: HostWindows, host: str) -> dict[str, float]:
    row = windows.values[windows.names.index(host)]
    return dict(zip(FEATURES, row.tolist(), strict=True))


def only(connections: list[Connection], host: str = "10.0.0.5") -> dict[str, float]:
    (windows,) = host_windows(connections)
    return by_name(windows, host)


any_connection = st.builds(
    connection,
    start=st.floats(1_700_000_040.0, 1_700_000_090.0),
    duration=st.one_of(st.none(), st.floats(0, 5)),
    orig=st.sampled_from(LOCAL),
    resp=st.sampled_from(LOCAL + REMOTE),
    resp_port=st.sampled_from((22, 53, 80, 443, 5353, 40000)),
    proto=st.sampled_from(("tcp", "udp", "icmp", "sctp")),
    service=st.sampled_from((None, "ssl", "dns", "ssh", "strange")),
    outcome=st.sampled_from(Outcome),
    orig_bytes=st.one_of(st.none(), st.integers(0, 10**9)),
    resp_bytes=st.one_of(st.none(), st.integers(0, 10**9)),
    orig_pkts=st.one_of(st.none(), st.integers(0, 10**6)),
    resp_pkts=st.one_of(st.none(), st.integers(0, 10**6)),
)


def plainly(connections: list[Connection]) -> dict[str, dict[str, float]]:
    """A few features of each host by dictionaries and sets."""
    ends: dict[str, list[tuple[bool, str, Connection]]] = defaultdict(list)
    for c in connections:
        ends[c.orig].append((True, c.resp, c))
        if c.resp in LOCAL:
            ends[c.resp].append((False, c.orig, c))
    return {host: _plain_host(rows) for host, rows in ends.items()}


def _plain_host(rows: list[tuple[bool, str, Connection]]) -> dict[str, float]:
    out = [(peer, c) for is_out, peer, c in rows if is_out]
    to_host = [(peer, c) for peer, c in out if peer not in ("224.0.0.251", "10.0.0.255")]
    sent = [c.orig_bytes if is_out else c.resp_bytes for is_out, _, c in rows]
    failed = [c for _, c in to_host if c.outcome in (Outcome.UNANSWERED, Outcome.REFUSED)]
    destinations = Counter((peer, c.resp_port) for peer, c in out)
    refused = [c for _, c in to_host if c.outcome == Outcome.REFUSED]
    return {
        "connections_out": len(out),
        "connections_in": len(rows) - len(out),
        "bytes_sent": sum(size or 0 for size in sent),
        "peers_out": len({peer for peer, _ in out}),
        "ports_out": len({c.resp_port for _, c in out}),
        "destinations": len(destinations),
        "busiest_destination": max(destinations.values(), default=0),
        "failures_out": len(failed),
        "refused_out": len(refused) / len(to_host) if to_host else 0.0,
        "new_peers": len({peer for _, peer, _ in rows}),
        "new_destinations": len({(peer, c.resp_port) for peer, c in to_host}),
        "failures_recent": len(failed),
        "duration_longest": max(c.duration or 0.0 for _, _, c in rows),
        "sent_largest": max(size or 0 for size in sent),
    }


@settings(max_examples=200, deadline=None)
@given(st.lists(any_connection, min_size=1, max_size=30))
def test_the_columns_say_what_dictionaries_and_sets_say(connections: list[Connection]) -> None:
    shifted = [c for c in connections if math.floor((c.start + (c.duration or 0)) / 60) == 28333334]
    if not shifted:
        return

    (windows,) = host_windows(shifted)

    for host, expected in plainly(shifted).items():
        got = by_name(windows, host)
        assert {name: got[name] for name in expected} == pytest.approx(expected, rel=1e-5), host


@settings(max_examples=50, deadline=None)
@given(st.lists(any_connection, min_size=1, max_size=30), st.integers(0, 2**32))
def test_the_order_of_arrival_changes_no_bit(connections: list[Connection], seed: int) -> None:
    shuffled = connections.copy()
    random.Random(seed).shuffle(shuffled)

    expected = [(w.names, w.values.tobytes()) for w in host_windows(connections)]
    got = [(w.names, w.values.tobytes()) for w in host_windows(shuffled)]

    assert got == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(any_connection, min_size=1, max_size=20))
def test_every_value_is_finite_and_survives_the_transform(connections: list[Connection]) -> None:
    for windows in host_windows(connections):
        assert np.isfinite(windows.values).all()
        back = restore(transform(windows.values))
        np.testing.assert_allclose(back, windows.values, rtol=1e-4, atol=1e-4)


def test_missing_bytes_count_as_nothing_in_sums_and_not_at_all_in_medians() -> None:
    got = only([connection(orig_bytes=None), connection(orig_bytes=100, orig_port=2)])

    assert got["bytes_sent"] == 100.0
    assert got["sent_median"] == 100.0


def test_both_local_ends_have_a_window_and_a_remote_end_has_none() -> None:
    (windows,) = host_windows([connection(resp="10.0.0.6"), connection()])

    assert windows.names == ["10.0.0.5", "10.0.0.6"]
    assert by_name(windows, "10.0.0.6")["connections_in"] == 1.0


@pytest.mark.parametrize("nobody", ["0.0.0.0", "::", "ff02::fb"])  # noqa: S104
def test_nobody_is_no_host(nobody: str) -> None:
    everybody = "ff02::1" if ":" in nobody else "255.255.255.255"
    dhcp = connection(orig=nobody, resp=everybody, proto="udp", resp_port=67)

    assert host_windows([dhcp]) == []
    (windows,) = host_windows([dhcp, connection()])
    assert windows.names == ["10.0.0.5"]


def test_an_upload_to_a_remote_address_that_ends_in_255_is_seen() -> None:
    got = only([connection(resp="203.0.113.255", orig_bytes=3_000_000)])

    assert got["upload_long"] == 3_000_000.0
    assert got["external_share"] == 1.0
    assert got["group_share"] == 0.0


def test_without_a_local_end_the_originator_is_the_host() -> None:
    (windows,) = host_windows([connection(orig="198.51.100.4", resp="203.0.113.9")])

    assert windows.names == ["198.51.100.4"]


def test_a_broadcast_address_is_never_a_host() -> None:
    (windows,) = host_windows([connection(resp="10.0.0.255", proto="udp", resp_port=137)])

    assert windows.names == ["10.0.0.5"]


def test_multicast_without_an_answer_is_no_failure() -> None:
    got = only([connection(resp="224.0.0.251", outcome=Outcome.UNANSWERED, proto="udp")])

    assert got["failures_out"] == 0.0
    assert got["unanswered_out"] == 0.0


def test_the_same_peer_is_new_once() -> None:
    windows = host_windows([connection(), connection(start=1_700_000_100.0)])

    assert [by_name(w, "10.0.0.5")["new_peers"] for w in windows] == [1.0, 0.0]


def test_a_beacon_under_a_busy_hosts_noise_is_seen_and_its_peer_named() -> None:
    rng = random.Random(5)
    noise = [
        connection(
            uid=f"N{n}",
            start=1_700_000_000.0 + rng.uniform(0, 7200),
            resp=f"198.51.100.{rng.randrange(1, 200)}",
            orig_bytes=rng.randrange(500, 90_000),
        )
        for n in range(3000)
    ]
    beats = [
        connection(uid=f"B{n}", start=1_700_000_007.0 + 300 * n, orig_bytes=812) for n in range(24)
    ]

    last = [w for w in host_windows(noise + beats) if "B23" in {c.uid for c in told(w.tick)}]

    got = by_name(last[0], "10.0.0.5")
    assert got["beat_regularity"] == pytest.approx(1.0)
    assert got["beat_period"] == pytest.approx(300.0)
    assert last[0].peer_at(int(last[0].beat_row[0])) == "203.0.113.9"


def test_a_scan_of_one_port_a_minute_adds_up_over_an_hour() -> None:
    probes = [
        connection(
            start=1_700_000_000.0 + 60 * n,
            resp="10.0.0.6",
            resp_port=1 + n,
            outcome=Outcome.REFUSED,
        )
        for n in range(60)
    ]

    got = by_name(host_windows(probes)[-1], "10.0.0.5")

    assert got["new_destinations"] == 1.0
    assert got["new_destinations_recent"] > 35
    assert got["failures_recent"] > 35


def test_an_upload_over_a_night_adds_up_and_its_peer_is_named() -> None:
    parts = [
        connection(start=1_700_000_000.0 + 600 * n, orig_bytes=2_000_000, resp_bytes=9_000)
        for n in range(36)
    ]

    last = host_windows(parts)[-1]

    got = by_name(last, "10.0.0.5")
    assert got["upload_long"] > 40e6
    assert got["upload_share"] > 0.99
    assert last.peer_at(int(last.upload_row[0])) == "203.0.113.9"


def test_a_host_that_floods_new_destinations_cannot_fill_the_memory() -> None:
    features = Features(max_hosts=64, max_pairs=2048, max_novelties=4096)
    for minute in range(5):
        scan = [
            connection(
                start=1_700_000_040.0 + 60 * minute + n / 1000,
                resp=f"10.{minute}.{n // 250}.{n % 250 + 1}",
                resp_port=n % 60000,
            )
            for n in range(3000)
        ]
        (windows,) = host_windows(scan, features)

        assert by_name(windows, "10.0.0.5")["destinations"] == 3000.0
        assert features.shed["pairs"] == (minute + 1) * (3000 - 256)
        assert features.shed["novelties"] > features.shed["pairs"]


def test_more_hosts_at_once_than_the_cap_are_counted_and_the_busiest_kept() -> None:
    crowd = [connection(orig=f"10.1.{n // 250}.{n % 250 + 1}", duration=0.0) for n in range(100)]
    busy = [connection(orig="10.9.9.9", orig_port=n, duration=0.0) for n in range(5)]
    features = Features(max_hosts=64)

    (windows,) = host_windows(crowd + busy, features)

    assert len(windows.names) == 64
    assert "10.9.9.9" in windows.names
    assert features.shed["host_windows"] == 37


def test_no_feature_speaks_of_addresses_ids_or_absolute_time() -> None:
    def values(**changes: Any) -> np.ndarray:
        return host_windows([connection(**changes)])[0].values

    plain = values(duration=1.0)

    for changes in (
        {"orig": "10.77.1.2"},
        {"resp": "192.0.2.77"},
        {"uid": "other"},
        {"orig_port": 1},
        {"start": 1_700_086_400.0},
        {"sensor": "suricata"},
    ):
        np.testing.assert_array_equal(values(duration=1.0, **changes), plain)


def sampled(connections: list[Connection], halvings: int, rng: np.random.Generator) -> Columns:
    """A sample, as a source takes it in."""
    taken = rng.random(len(connections)) < 2.0**-halvings
    batch = columns([c for c, stays in zip(connections, taken, strict=True) if stays])
    batch.rows["halvings"] = halvings
    return batch


def test_what_adds_up_is_corrected_for_a_sample_and_what_is_distinct_is_not() -> None:
    rng = np.random.default_rng(3)
    minute = [
        connection(
            start=1_700_000_040.0 + n / 100,
            resp=f"203.0.113.{n % 250 + 1}",
            outcome=Outcome.REFUSED if n % 2 else Outcome.COMPLETE,
        )
        for n in range(2000)
    ]
    whole = by_name(host_windows(minute)[0], "10.0.0.5")
    estimates = []
    for _ in range(60):
        (tick,) = ticks_of(sampled(minute, 3, rng))
        (windows,) = Features().of([tick])
        estimates.append(by_name(windows, "10.0.0.5"))
        assert windows.sampled.tolist() == [0.125]

    mean = {name: np.mean([one[name] for one in estimates]) for name in FEATURES}
    for name in (
        *("connections_out", "bytes_sent", "bytes_received", "packets_sent", "failures_out"),
        *("failures_recent", "external_sent_long", "refused_out", "sent_share"),
    ):
        assert mean[name] == pytest.approx(whole[name], rel=0.05), name
    assert mean["peers_out"] < whole["peers_out"] == 250
    assert mean["sent_median"] == whole["sent_median"]


def test_a_sampled_window_is_saved_with_what_it_stands_for() -> None:
    minute = [connection(start=1_700_000_040.0 + n, uid=f"C{n}") for n in range(20)]
    batch = sampled(minute, 0, np.random.default_rng(1))
    batch.rows["halvings"] = 4
    windows = Windows()
    windows.begin("log")
    windows.feed("log", batch)
    again = Windows()
    again.restore(windows.snapshot())
    again.finish("log")

    (tick,) = again.closed()

    assert Features().of([tick])[0].connections.tolist() == [320.0]

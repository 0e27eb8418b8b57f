"""Connections of events are those of conn.log."""

import gzip
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from netheed.core.networks import AddressWords
from netheed.records import Connection
from netheed.sources.decode import zeek_event
from netheed.sources.decode.zeek_json import JsonDecoder
from netheed.zeek.wire import Conn, conn_batch
from tests import decoding
from tests.lines import CONN_JSON, changed
from tests.zeek_frames import batch, conn

CAPTURES = [
    "credential_access__empire_shell_rubeus_asktgt_ptt",
    "dnp3_test_data_part1",
    "malicious-ssh-bruteforce",
    "modbus_test_data_part1",
    "test-cc-capture-2",
]


def decoded(*conns: list[Any]) -> list[Conn]:
    return list(conn_batch(batch(*conns), "here")[0].conns)


def connection_of(given: list[Any]) -> Connection:
    columns, refused = zeek_event.columns([zeek_event.event(decoded(given))], AddressWords())
    assert not refused
    return columns.connections(np.arange(1))[0]


def reasons(*conns: list[Any]) -> dict[int, str]:
    return zeek_event.columns([zeek_event.event(decoded(*conns))], AddressWords()).refused


def test_it_is_the_connection_of_the_json_line() -> None:
    community_id = "1:wdc+jXNAn3Ap2cp33lxK1pgbevM="

    assert connection_of(conn(community_id=community_id)) == decoding.zeek_json(CONN_JSON)


def test_what_zeek_did_not_say_is_missing() -> None:
    bare = connection_of(conn(service=None, duration=None, history=None, conn_state=None))

    assert (bare.service, bare.duration, bare.community_id) == (None, None, None)


@pytest.mark.parametrize(
    ("suffix", "proto"),
    [
        ("udp", "udp"),
        ("icmp", "icmp"),
        ("?", "unknown_transport"),
        ("unknown", "unknown_transport"),
    ],
)
def test_the_protocol_is_that_of_the_ports(suffix: str, proto: str) -> None:
    ours = connection_of(conn(orig_p=f"8/{suffix}", resp_p=f"0/{suffix}"))

    line = changed(CONN_JSON, proto=proto, community_id=None, **{"id.orig_p": 8, "id.resp_p": 0})
    assert ours == decoding.zeek_json(line)


def test_without_ip_bytes_payload_stands_in() -> None:
    ours = connection_of(conn(orig_ip_bytes=None, resp_ip_bytes=None))

    line = changed(CONN_JSON, community_id=None, orig_ip_bytes=None, resp_ip_bytes=None)
    assert ours == decoding.zeek_json(line)


@pytest.mark.parametrize(
    "port",
    ["", "443", "/tcp", "tcp/443", "443/TCP", "+443/tcp", " 443/tcp", "4_3/tcp", "65536/tcp",
     "443/tcp/80", "\u0663/tcp"],
)  # fmt: skip
def test_what_is_no_port_is_refused_and_its_neighbour_is_not(port: str) -> None:
    assert reasons(conn(), conn(resp_p=port), conn()) == {1: "a port is none"}
    assert reasons(conn(orig_p=port), conn()) == {0: "a port is none"}


def test_no_address_and_no_uid_are_refused_by_their_place() -> None:
    found = reasons(conn(orig_h="10.0.0.256"), conn(uid=""), conn(ts=-1.0), conn())

    assert sorted(found) == [0, 1, 2]


@pytest.mark.parametrize("capture", CAPTURES)
def test_a_recorded_zeek_says_the_same_to_the_bit_as_in_its_conn_log(
    shared: Path, capture: str
) -> None:
    # The frames are of another run of the same Zeek over the same capture: other uids.
    logged = in_log(shared / "zeek" / "logs" / capture / "conn.json.gz")
    published = in_frames(shared / "zeek" / "frames" / f"{capture}.jsonl.gz")

    assert len(published) >= 3
    assert [one for one in published if one not in logged] == []


def in_frames(path: Path) -> list[Connection]:
    with gzip.open(path) as lines:
        frames = [line for line in lines if b'"data-message"' in line]
    events = [zeek_event.event(conn_batch(frame, "here")[0].conns) for frame in frames]
    columns, refused = zeek_event.columns(events, AddressWords())
    assert not refused
    return list(map(nameless, columns.connections(np.arange(len(columns)))))


def in_log(path: Path) -> set[Connection]:
    decoder = JsonDecoder()
    with gzip.open(path) as lines:
        records = [decoder.record(line) for line in lines]
    columns, _ = decoder.columns(records, AddressWords())
    return set(map(nameless, columns.connections(np.arange(len(columns)))))


def nameless(found: Connection) -> Connection:
    """Without names, and with the six decimals of an event and of conn.log's other form."""
    duration = None if found.duration is None else float(f"{found.duration:.6f}")
    return msgspec.structs.replace(found, uid="C1", community_id=None, duration=duration)

"""Suricata's EVE: one line -> Connection, for flow records of Suricata 6 to 8."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from netheed.records import Connection, Outcome
from netheed.sources import outcome as outcomes
from netheed.sources.addresses import canonical
from netheed.sources.service_words import from_suricata
from netheed.sources.skipped import Skipped

Count = Annotated[int, Meta(ge=0, le=2**53)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Word = Annotated[str, Meta(max_length=64)]
Name = Annotated[str, Meta(max_length=256)]

ETHERNET_HEADER: Final = 14
VLAN_TAG: Final = 4
"""EVE counts bytes with the link layer, per packet; they are taken off to get IP bytes."""

FLOW_MARK: Final = b'"event_type":"flow"'


class FlowPart(Struct, frozen=True, gc=False):
    """`flow` of a flow record."""

    start: Word
    end: Word | None = None
    pkts_toserver: Count | None = None
    pkts_toclient: Count | None = None
    bytes_toserver: Count | None = None
    bytes_toclient: Count | None = None


class TcpPart(Struct, frozen=True, gc=False):
    """`tcp` of a flow record; flags are hexadecimal."""

    tcp_flags_ts: Word = "0"
    tcp_flags_tc: Word = "0"


class EveRecord(Struct, frozen=True, gc=False):
    """The fields of a flow record that netheed reads."""

    src_ip: Word
    dest_ip: Word
    proto: Word
    flow: FlowPart
    flow_id: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    src_port: Port | None = None
    dest_port: Port | None = None
    icmp_type: Annotated[int, Meta(ge=0, le=255)] | None = None
    icmp_code: Annotated[int, Meta(ge=0, le=255)] | None = None
    app_proto: Word | None = None
    tcp: TcpPart | None = None
    community_id: Word | None = None
    in_iface: Name | None = None
    host: Name | None = None
    vlan: Annotated[list[int], Meta(max_length=8)] | None = None


class EventType(Struct, frozen=True, gc=False):
    """Enough of any record to tell its kind."""

    event_type: str


_decode_flow = msgspec.json.Decoder(EveRecord).decode
_decode_type = msgspec.json.Decoder(EventType).decode


def connection(line: bytes) -> Connection:
    """Decode one EVE line.

    Raises Skipped for records that are no flows, and msgspec.MsgspecError, ValueError or
    RecursionError for what is no record.
    """
    if FLOW_MARK not in line:
        kind = _decode_type(line).event_type
        if kind != "flow":
            raise Skipped(kind)
    return _connection(_decode_flow(line))


def _connection(record: EveRecord) -> Connection:
    flow, proto = record.flow, _proto(record.proto)
    start = seconds(flow.start)
    end = seconds(flow.end) if flow.end is not None else None
    flags = _flags(record.tcp)
    header = ETHERNET_HEADER + VLAN_TAG * len(record.vlan or ())
    orig, resp = canonical(record.src_ip), canonical(record.dest_ip)
    orig_port, resp_port = _ports(record, proto)
    sent = _ip_bytes(flow.bytes_toserver, flow.pkts_toserver, header)
    received = _ip_bytes(flow.bytes_toclient, flow.pkts_toclient, header)
    sent_pkts, received_pkts = flow.pkts_toserver, flow.pkts_toclient
    if outcomes.is_reversed(proto, orig_port, resp_port, _began(flags, received_pkts)):
        orig, resp, sent, received = resp, orig, received, sent
        sent_pkts, received_pkts, flags = received_pkts, sent_pkts, (flags[1], flags[0])
        orig_port, resp_port = _turned(proto, orig_port, resp_port)
    return Connection(
        uid=str(record.flow_id),
        sensor="suricata",
        start=start,
        duration=None if end is None else max(0.0, end - start),
        orig=orig,
        orig_port=orig_port,
        resp=resp,
        resp_port=resp_port,
        proto=proto,
        service=None if record.app_proto is None else from_suricata(record.app_proto),
        outcome=_outcome(proto, flags, sent_pkts, received_pkts, orig_port),
        orig_bytes=sent,
        resp_bytes=received,
        orig_pkts=sent_pkts,
        resp_pkts=received_pkts,
        community_id=record.community_id,
        interface=record.in_iface,
        sensor_name=record.host,
    )


def _outcome(
    proto: str, flags: tuple[int, int], sent: int | None, received: int | None, port: int
) -> Outcome:
    if proto == "tcp":
        return outcomes.tcp_by_flags(*flags, received or 0)
    return outcomes.by_packets(sent, received, proto, port)


def _began(flags: tuple[int, int], answers: int | None) -> bool:
    """A SYN that was answered by one, or that stands alone without any acknowledgement."""
    to_server, to_client = flags
    if not to_server & outcomes.SYN:
        return False
    return bool(to_client & (outcomes.SYN | outcomes.RST)) or not to_server & outcomes.ACK


def _turned(proto: str, orig_port: int, resp_port: int) -> tuple[int, int]:
    if proto == "icmp":
        return outcomes.icmp_request(orig_port), resp_port
    return resp_port, orig_port


@lru_cache(maxsize=256)
def _proto(word: str) -> str:
    proto = word.lower()
    if not proto.isprintable():
        raise ValueError("proto is no protocol name")
    return "icmp" if proto in ("ipv6-icmp", "icmpv6") else proto


def _ports(record: EveRecord, proto: str) -> tuple[int, int]:
    if proto == "icmp":
        return record.icmp_type or 0, record.icmp_code or 0
    return record.src_port or 0, record.dest_port or 0


def _ip_bytes(size: int | None, packets: int | None, header: int) -> int | None:
    if size is None:
        return None
    return max(0, size - header * (packets or 0))


def _flags(tcp: TcpPart | None) -> tuple[int, int]:
    return (0, 0) if tcp is None else (_hexadecimal(tcp.tcp_flags_ts), _hexadecimal(tcp.tcp_flags_tc))


@lru_cache(maxsize=512)
def _hexadecimal(text: str) -> int:
    return int(text, 16) & 0xFF


def seconds(text: str) -> float:
    """Seconds since the epoch of `2026-11-22T07:31:12.785246+0000` and of any ISO 8601 time.

    Raises ValueError for anything else and for times before the epoch or after the year 9999.
    """
    if len(text) == 31 and text[19] == ".":
        return _whole_second(text[:19], text[26:]) + int(text[20:26]) / 1e6
    return _any_iso(text)


@lru_cache(maxsize=4096)
def _whole_second(second: str, zone: str) -> float:
    return _any_iso(second + zone)


def _any_iso(text: str) -> float:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    value = moment.timestamp()
    if value < 0:
        raise ValueError("time before 1970")
    return value

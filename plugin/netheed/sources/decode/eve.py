"""Suricata's EVE: one line -> Connection, for flow records of Suricata 6 to 8."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, structs

from netheed.records import Connection, Outcome
from netheed.sources.decode import outcome as outcomes
from netheed.sources.decode.addresses import canonical
from netheed.sources.decode.service_words import from_suricata
from netheed.sources.decode.skipped import Skipped

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

    start: datetime
    end: datetime | None = None
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


def recognises(line: bytes) -> bool:
    """A JSON object with an event type, and not the ends of a Zeek record."""
    # Where it stands, Zeek's name stands early; looking for it first spares a search of the line.
    return (
        line.startswith(b"{") and line.find(b'"id.orig_h"', 0, 256) < 0 and b'"event_type"' in line
    )


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
    """Flat on purpose: it runs for every flow. What is rare has its own function."""
    flow, tcp = record.flow, record.tcp
    start = seconds(flow.start)
    proto = _proto(record.proto)
    sent, received = flow.bytes_toserver, flow.bytes_toclient
    sent_pkts, received_pkts = flow.pkts_toserver, flow.pkts_toclient
    header = ETHERNET_HEADER + VLAN_TAG * len(record.vlan) if record.vlan else ETHERNET_HEADER
    src_port, dest_port = record.src_port or 0, record.dest_port or 0
    began, outcome = False, Outcome.PARTIAL
    if proto == "tcp":
        if tcp is not None:
            began, outcome = _tcp(tcp.tcp_flags_ts, tcp.tcp_flags_tc, bool(received_pkts))
    elif proto == "icmp":
        src_port, dest_port = record.icmp_type or 0, record.icmp_code or 0
        outcome = outcomes.by_packets(sent_pkts, received_pkts, proto, src_port)
    else:
        outcome = outcomes.by_packets(sent_pkts, received_pkts, proto, src_port)
    made = Connection(
        uid=str(record.flow_id),
        sensor="suricata",
        start=start,
        duration=None if flow.end is None else max(0.0, seconds(flow.end) - start),
        orig=canonical(record.src_ip),
        orig_port=src_port,
        resp=canonical(record.dest_ip),
        resp_port=dest_port,
        proto=proto,
        service=None if record.app_proto is None else from_suricata(record.app_proto),
        outcome=outcome,
        orig_bytes=None if sent is None else max(0, sent - header * (sent_pkts or 0)),
        resp_bytes=None if received is None else max(0, received - header * (received_pkts or 0)),
        orig_pkts=sent_pkts,
        resp_pkts=received_pkts,
        community_id=record.community_id,
        interface=record.in_iface,
        sensor_name=record.host,
    )
    if began or not outcomes.is_reversed(proto, src_port, dest_port):
        return made
    return _turned(made, tcp)


def _turned(made: Connection, tcp: TcpPart | None) -> Connection:
    """The other way round, with the outcome that follows from it."""
    turned = outcomes.turned(made)
    if tcp is None or turned.proto != "tcp":
        return turned
    _, outcome = _tcp(tcp.tcp_flags_tc, tcp.tcp_flags_ts, bool(turned.resp_pkts))
    return structs.replace(turned, outcome=outcome)


@lru_cache(maxsize=1024)
def _tcp(to_server: str, to_client: str, answered: bool) -> tuple[bool, Outcome]:
    """Whether the beginning was seen, and the outcome, from hexadecimal flags of both sides.

    The beginning is a SYN that was answered by a SYN or a RST, or that stands without any
    acknowledgement.
    """
    ours, theirs = int(to_server, 16) & 0xFF, int(to_client, 16) & 0xFF
    began = bool(ours & outcomes.SYN) and (
        bool(theirs & (outcomes.SYN | outcomes.RST)) or not ours & outcomes.ACK
    )
    return began, outcomes.tcp_by_flags(ours, theirs, answered)


@lru_cache(maxsize=256)
def _proto(word: str) -> str:
    proto = word.lower()
    if not proto.isprintable():
        raise ValueError("proto is no protocol name")
    return "icmp" if proto in ("ipv6-icmp", "icmpv6") else proto


def seconds(moment: datetime) -> float:
    """Seconds since the epoch; a time without an offset is taken as UTC.

    Raises ValueError for times before the epoch.
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    value = moment.timestamp()
    if value < 0:
        raise ValueError("time before 1970")
    return value

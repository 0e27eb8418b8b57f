"""Suricata's EVE: lines -> columns, for flow records of Suricata 6 to 8."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from msgspec import Meta, Struct

from netheed.core.columns import Said
from netheed.core.networks import AddressWords
from netheed.core.segments import Floats, Ints
from netheed.records import Outcome
from netheed.sources.decode import eve_acts, eve_names
from netheed.sources.decode import outcome as outcomes
from netheed.sources.decode.acting import Acted
from netheed.sources.decode.naming import Named
from netheed.sources.decode.service_words import from_suricata
from netheed.sources.decode.skipped import Skipped
from netheed.sources.decode.times import epochs
from netheed.sources.decode.translate import (
    Draft,
    Translation,
    Wording,
    numbers,
    translated,
    worded,
)

Count = Annotated[int, Meta(ge=0, le=2**53)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Word = Annotated[str, Meta(max_length=64)]
Name = Annotated[str, Meta(max_length=256)]

ETHERNET_HEADER: Final = 14
VLAN_TAG: Final = 4
"""EVE counts bytes with the link layer, per packet; they are taken off to get IP bytes."""

FLOW_MARK: Final = b'"event_type":"flow"'
EARLY: Final = 512
"""Bytes of a line in which Suricata's stands."""


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


NO_FLAGS: Final = TcpPart()


class EveRecord(Struct, frozen=True, gc=False):
    """The fields of a flow record that netheed reads."""

    event_type: Literal["flow"]
    src_ip: Word
    dest_ip: Word
    proto: Word
    flow: FlowPart
    flow_id: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    src_port: Port | None = 0
    dest_port: Port | None = 0
    icmp_type: Annotated[int, Meta(ge=0, le=255)] | None = None
    icmp_code: Annotated[int, Meta(ge=0, le=255)] | None = None
    app_proto: Word | None = None
    tcp: TcpPart | None = NO_FLAGS
    community_id: Word | None = None
    in_iface: Name | None = None
    host: Name | None = None
    vlan: Annotated[tuple[int, ...], Meta(max_length=8)] | None = ()


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


class EveDecoder:
    """Lines of any file; no line depends on another."""

    def record(self, line: bytes) -> EveRecord | Named | Acted:
        """Decode one line.

        Raises Skipped for records that are no flows and say nothing of use, and
        msgspec.MsgspecError, ValueError or RecursionError for what is no record.
        """
        if FLOW_MARK not in line:
            kind = _decode_type(line).event_type
            if kind in eve_names.EVENTS:
                return eve_names.named(kind, line)
            if kind in eve_acts.EVENTS:
                return eve_acts.acted(kind, line)
            if kind != "flow":
                raise Skipped(kind)
        return _decode_flow(line)

    def records(self, lines: Sequence[bytes]) -> list[EveRecord]:
        """All lines, or an error where one of them is no flow record."""
        return list(map(_decode_flow, lines))

    def connections(self, lines: Sequence[bytes | None]) -> list[int]:
        """The flows, as Suricata itself writes them."""
        return [at for at, line in enumerate(lines) if line and line.find(FLOW_MARK, 0, EARLY) >= 0]

    def columns(self, records: Sequence[EveRecord], words: AddressWords) -> Translation:
        """The connections of flow records."""
        return translated(_draft(records, words.site), words)


def _draft(records: Sequence[EveRecord], site: str) -> Draft:
    flows = [record.flow for record in records]
    sent = numbers([flow.pkts_toserver for flow in flows])
    received = numbers([flow.pkts_toclient for flow in flows])
    header = np.fromiter([len(record.vlan or ()) for record in records], np.int64, len(records))
    header = ETHERNET_HEADER + VLAN_TAG * header
    wordings, of, refused = worded(_words(records), _wording, site)
    start, no_start = epochs([flow.start for flow in flows])
    end, no_end = _ends(flows)
    draft = Draft(
        sensor="suricata",
        start=start,
        duration=np.maximum(0.0, end - start),
        orig=[record.src_ip for record in records],
        resp=[record.dest_ip for record in records],
        orig_port=np.array([record.src_port or 0 for record in records], dtype=np.int64),
        resp_port=np.array([record.dest_port or 0 for record in records], dtype=np.int64),
        orig_bytes=_ip_bytes([flow.bytes_toserver for flow in flows], header, sent),
        resp_bytes=_ip_bytes([flow.bytes_toclient for flow in flows], header, received),
        orig_pkts=sent,
        resp_pkts=received,
        wordings=wordings,
        worded=of,
        uid=[str(record.flow_id) for record in records],
        community_id=[record.community_id for record in records],
        asked=sent,
        answered=received,
        refused=refused | no_start | no_end,
    )
    _put_icmp(draft, records)
    return draft


_Words = tuple[str, str | None, str, str, str | None, str | None]
"""Protocol, service, flags to the server and to the client, interface, name of the sensor."""


def _words(records: Sequence[EveRecord]) -> list[tuple[str | None, ...]]:
    tcp = [record.tcp or NO_FLAGS for record in records]
    columns = (
        [record.proto for record in records],
        [record.app_proto for record in records],
        [part.tcp_flags_ts for part in tcp],
        [part.tcp_flags_tc for part in tcp],
        [record.in_iface for record in records],
        [record.host for record in records],
    )
    return list(zip(*columns, strict=True))


@lru_cache(maxsize=4096)
def _wording(words: _Words, site: str) -> Wording:
    """What follows from a record's words."""
    proto, app_proto, to_server, to_client, interface, host = words
    service = None if app_proto is None else from_suricata(app_proto)
    said = Said(_proto(proto), service, interface, host, site)
    if said.proto != "tcp":
        return Wording(said, False, (Outcome.PARTIAL,) * 4)
    ours, theirs = _flags(to_server), _flags(to_client)
    # The beginning is a SYN that was answered by a SYN or a RST, or that stands without any
    # acknowledgement.
    answered = bool(theirs & (outcomes.SYN | outcomes.RST))
    began = bool(ours & outcomes.SYN) and (answered or not ours & outcomes.ACK)
    return Wording(
        said,
        began,
        (
            outcomes.tcp_by_flags(ours, theirs, answered=False),
            outcomes.tcp_by_flags(ours, theirs, answered=True),
            outcomes.tcp_by_flags(theirs, ours, answered=False),
            outcomes.tcp_by_flags(theirs, ours, answered=True),
        ),
    )


def _flags(text: str) -> int:
    return int(text, 16) & 0xFF


def _proto(word: str) -> str:
    proto = word.lower()
    if not proto.isprintable():
        raise ValueError("proto is no protocol name")
    return "icmp" if proto in ("ipv6-icmp", "icmpv6") else proto


def _ends(flows: Sequence[FlowPart]) -> tuple[Floats, dict[int, str]]:
    """When the flows ended; NaN where that is not said."""
    texts = [flow.end for flow in flows]
    if None not in texts:
        return epochs(texts)  # type: ignore[arg-type]
    said = [place for place, text in enumerate(texts) if text is not None]
    found, refused = epochs([text for text in texts if text is not None])
    ends = np.full(len(texts), np.nan)
    ends[said] = found
    return ends, {said[place]: reason for place, reason in refused.items()}


def _ip_bytes(counts: Sequence[int | None], header: Ints, packets: Floats) -> Floats:
    """Without the link layer; what the sensor did not say stays NaN."""
    return np.maximum(0.0, numbers(counts) - header * np.nan_to_num(packets))


def _put_icmp(draft: Draft, records: Sequence[EveRecord]) -> None:
    """Type and code stand as ports."""
    icmp = np.array([wording.said.proto == "icmp" for wording in draft.wordings], dtype=np.bool_)
    for place in np.flatnonzero(icmp[draft.worded]).tolist():
        draft.orig_port[place] = records[place].icmp_type or 0
        draft.resp_port[place] = records[place].icmp_code or 0

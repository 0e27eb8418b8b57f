"""Frames of Zeek's WebSocket -> typed events, whatever the frame holds.

A frame goes through one typed decoder. One that it refuses is repaired (Zeek's encoder writes bytes
that are no JSON) and taken apart connection by connection, so that a bad one costs no other.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta, Raw, Struct

from netheed.errors import BadRecordError
from netheed.zeek.values import UNSET, Address, Count, Port, Real, Text, Unread, Unset, Value, Words

MOST_CONNECTIONS: Final = 10_000
"""In one batch; Zeek's script sends 50."""
SCHEMAS: Final = (1, 2)
CONN_BATCH: Final = "Netheed::conn_batch"
SEEN: Final = "Netheed::seen"


class Conn(Struct, array_like=True, gc=False):
    """A finished connection, field by field in the order of the script's record."""

    ts: Real
    uid: Text
    orig_h: Address
    orig_p: Port
    resp_h: Address
    resp_p: Port
    service: Words | Unset
    duration: Real | Unset
    orig_bytes: Count | Unset
    resp_bytes: Count | Unset
    conn_state: Text | Unset
    local_orig: Unread
    """`networks.local` decides."""
    local_resp: Unread
    history: Words | Unset
    orig_pkts: Count | Unset
    orig_ip_bytes: Count | Unset
    resp_pkts: Count | Unset
    resp_ip_bytes: Count | Unset
    community_id: Text | Unset = UNSET


class ConnVector(Value, gc=False, tag="vector"):
    """A record is a vector on the wire."""

    data: Conn


class Batch(NamedTuple):
    """A batch of finished connections of one node."""

    node: str
    seq: int
    """Batches of this node before this one, since its Zeek began."""
    conns: Sequence[Conn]
    size: int
    """Connections that were in it, with those that cannot be read."""
    sent: int | None
    """Connections that this node published before this batch."""
    dropped: int | None
    """Connections that this node had to drop so far."""


class _Conns(Value, gc=False, tag="vector"):
    data: Annotated[list[ConnVector], Meta(max_length=MOST_CONNECTIONS)]


class _RawConns(Value, gc=False, tag="vector"):
    data: Annotated[list[Raw], Meta(max_length=MOST_CONNECTIONS)]


class _Common(Struct, array_like=True, gc=False):
    schema: Count
    node: Text
    seq: Count


class _BatchArgs(_Common, array_like=True, gc=False):
    conns: _Conns
    sent: Count | Unset = UNSET
    dropped: Count | Unset = UNSET


class _RawBatchArgs(_Common, array_like=True, gc=False):
    conns: _RawConns
    sent: Count | Unset = UNSET
    dropped: Count | Unset = UNSET


class _SeenArgs(Struct, array_like=True, gc=False):
    schema: Count
    notice_id: Text


def _message(arguments: type[Struct]) -> Any:
    """The decoder of a message with one event: [format, kind, [name, arguments, metadata?]]."""
    vector = msgspec.defstruct("_Vector", [("data", arguments)], bases=(Value,), tag="vector")
    named = msgspec.defstruct("_Event", [("name", Text), ("args", vector)], array_like=True)
    event = msgspec.defstruct("_Vector", [("data", named)], bases=(Value,), tag="vector")
    fields = [("format", Count), ("kind", Count), ("event", event)]
    whole = msgspec.defstruct("_Whole", fields, array_like=True)
    return msgspec.json.Decoder(
        msgspec.defstruct("_Message", [("data", whole)], bases=(Value,), tag="vector")
    ).decode


_decode_batch = _message(_BatchArgs)
_decode_raw_batch = _message(_RawBatchArgs)
_decode_seen = _message(_SeenArgs)
_decode_conn = msgspec.json.Decoder(ConnVector).decode

UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError)
"""What decoding raises."""


def conn_batch(frame: bytes, where: str) -> tuple[Batch, list[BadRecordError]]:
    """The batch of a frame, and why some of its connections cannot be read.

    Raises BadRecordError, with `where`, for a frame that is no such batch at all.
    """
    try:
        event = _decode_batch(frame).data.event.data
    except UNREADABLE:
        return _mended(repaired(frame), where)
    args = event.args.data
    conns = args.conns.data
    return _batch(event, [conn.data for conn in conns], len(conns), where), []


def seen(frame: bytes, where: str) -> str:
    """The id of the notice that Zeek has seen. Raises BadRecordError for what is no such event."""
    try:
        event = _decode_seen(frame).data.event.data
    except UNREADABLE as error:
        raise BadRecordError(_reason(error), where=where) from None
    if event.name.data != SEEN:
        raise BadRecordError(f"no {SEEN} event", where=where)
    notice_id: str = event.args.data.notice_id.data
    return notice_id


def _mended(frame: bytes, where: str) -> tuple[Batch, list[BadRecordError]]:
    """Connection by connection."""
    try:
        event = _decode_raw_batch(frame).data.event.data
    except UNREADABLE as error:
        raise BadRecordError(_reason(error), where=where) from None
    raws = event.args.data.conns.data
    conns: list[Conn] = []
    bad: list[BadRecordError] = []
    for number, raw in enumerate(raws):
        try:
            conns.append(_decode_conn(raw).data)
        except UNREADABLE as error:
            bad.append(BadRecordError(_reason(error), where=f"{where}, connection {number}"))
    return _batch(event, conns, len(raws), where), bad


def _batch(event: Any, conns: Sequence[Conn], size: int, where: str) -> Batch:
    args = event.args.data
    if event.name.data != CONN_BATCH:
        raise BadRecordError(f"no {CONN_BATCH} event", where=where)
    if args.schema.data not in SCHEMAS:
        raise BadRecordError(f"schema {args.schema.data} is not known", where=where)
    if not args.node.data or not args.node.data.isprintable():
        raise BadRecordError("the name of the node is none", where=where)
    return Batch(args.node.data, args.seq.data, conns, size, args.sent.data, args.dropped.data)


_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_NO_NUMBER: Final = re.compile(rb'("data":)-?(?:nan|inf)(?=\})')


def repaired(frame: bytes) -> bytes:
    r"""A frame as JSON: raw control bytes and `\v` escaped, no UTF-8 replaced, `nan` as null."""
    text = frame.decode("utf-8", "replace").encode()
    text = _ESCAPE.sub(_escape, text)
    text = _CONTROL.sub(lambda found: b"\\u%04x" % found[0][0], text)
    return _NO_NUMBER.sub(rb"\1null", text)


def _escape(found: re.Match[bytes]) -> bytes:
    """An escape that JSON has stays; any other becomes the character it stands for, in hex."""
    if found[1] in b'"\\/bfnrtu':
        return found[0]
    return b"\\u000b" if found[1] == b"v" else b"\\u%04x" % found[1][0]


def _reason(error: Exception) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)

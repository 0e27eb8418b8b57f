"""Zeek's conn.log as JSON lines, as Zeek, json-streaming-logs, Corelight and shippers write it."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from netheed.records import Connection
from netheed.sources import zeek
from netheed.sources.skipped import Skipped

Count = Annotated[int, Meta(ge=0, le=2**53)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Word = Annotated[str, Meta(max_length=64)]
List = Annotated[str, Meta(max_length=256)]

MILLISECONDS_FROM: Final = 1e11
"""A `ts` above this is in milliseconds (JSON::TS_MILLIS): as seconds it would be the year 5138."""

_OTHER_NAMES: Final = {
    "path": "_path",
    "stream": "@stream",
    "system_name": "_system_name",
    "shipped": "@timestamp",
}
_DOTTED: Final = {
    "orig_h": "id.orig_h",
    "orig_p": "id.orig_p",
    "resp_h": "id.resp_h",
    "resp_p": "id.resp_p",
}


class Common(Struct, frozen=True, gc=False, kw_only=True, rename=_OTHER_NAMES):
    """What is spelt alike everywhere."""

    ts: float | Word | None = None
    uid: Word
    proto: Word
    service: List | None = None
    duration: float | None = None
    orig_bytes: Count | None = None
    resp_bytes: Count | None = None
    conn_state: Word | None = None
    missed_bytes: Count | None = None
    history: List | None = None
    orig_pkts: Count | None = None
    orig_ip_bytes: Count | None = None
    resp_pkts: Count | None = None
    resp_ip_bytes: Count | None = None
    community_id: Word | None = None
    path: Word | None = None
    stream: Word | None = None
    system_name: List | None = None
    shipped: Word | None = None


class ConnRecord(Common, frozen=True, gc=False, kw_only=True, rename=_OTHER_NAMES | _DOTTED):
    """With `id.orig_h`, as Zeek writes it."""

    orig_h: Word
    orig_p: Port
    resp_h: Word
    resp_p: Port


class FlatRecord(
    Common,
    frozen=True,
    gc=False,
    kw_only=True,
    rename=_OTHER_NAMES | {name: f"id_{name}" for name in _DOTTED},
):
    """With `id_orig_h`, as shippers to systems without dots in names write it."""

    orig_h: Word
    orig_p: Port
    resp_h: Word
    resp_p: Port


class Ends(Struct, frozen=True, gc=False):
    """The `id` of a nested record."""

    orig_h: Word
    orig_p: Port
    resp_h: Word
    resp_p: Port


class NestedRecord(Common, frozen=True, gc=False, kw_only=True, rename=_OTHER_NAMES):
    """With `"id": {"orig_h": ...}`."""

    id: Ends


_decode_dotted = msgspec.json.Decoder(ConnRecord, strict=True).decode
_decode_flat = msgspec.json.Decoder(FlatRecord).decode
_decode_nested = msgspec.json.Decoder(NestedRecord).decode
_decode_any = msgspec.json.Decoder(dict[str, Any]).decode


def connection(line: bytes) -> Connection:
    """Decode one JSON line of a Zeek log.

    Raises Skipped for records of another log, and msgspec.MsgspecError, ValueError or
    RecursionError for what is no record.
    """
    try:
        record = _record(line)
    except msgspec.ValidationError:
        _skip_other_logs(line)
        raise
    path = record.path or record.stream
    if path is not None and path != "conn":
        raise Skipped(path)
    if path is None and record.conn_state is None and record.missed_bytes is None:
        raise Skipped("not-conn")
    return _connection(record)


def _record(line: bytes) -> ConnRecord | FlatRecord | NestedRecord:
    if b'"id.orig_h"' in line:
        return _decode_dotted(line)
    if b'"id_orig_h"' in line:
        return _decode_flat(line)
    return _decode_nested(line)


def _skip_other_logs(line: bytes) -> None:
    """A record of another log may have the same names with other types, or no uid at all."""
    record = _decode_any(line)
    path = record.get("_path", record.get("@stream"))
    if isinstance(path, str) and path != "conn":
        raise Skipped(path)
    if path is None and not record.keys() & {"conn_state", "missed_bytes", "orig_pkts"}:
        raise Skipped("not-conn")


def _connection(record: ConnRecord | FlatRecord | NestedRecord) -> Connection:
    ends = record.id if isinstance(record, NestedRecord) else record
    return zeek.connection(
        uid=record.uid,
        ts=_seconds(record.ts if record.ts is not None else record.shipped),
        duration=record.duration,
        ends=(ends.orig_h, ends.orig_p, ends.resp_h, ends.resp_p),
        proto=zeek.proto(record.proto),
        service=record.service or None,
        conn_state=record.conn_state,
        history=record.history,
        payload=(record.orig_bytes, record.resp_bytes),
        packets=(record.orig_pkts, record.resp_pkts),
        ip_bytes=(record.orig_ip_bytes, record.resp_ip_bytes),
        community_id=record.community_id,
        node=record.system_name,
    )


def _seconds(ts: float | str | None) -> float:
    """Epoch seconds or milliseconds, as a number or its text, or an ISO 8601 time."""
    if ts is None:
        raise ValueError("no ts")
    if isinstance(ts, str):
        ts = _text_seconds(ts)
    return ts / 1000.0 if ts > MILLISECONDS_FROM else ts


def _text_seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()

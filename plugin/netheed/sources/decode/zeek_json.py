"""Zeek's conn.log as JSON lines, as Zeek, json-streaming-logs, Corelight and shippers write it."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from netheed.records import Connection
from netheed.sources.decode import zeek
from netheed.sources.decode.skipped import Skipped
from netheed.sources.decode.zeek import DOTTED, OTHER_NAMES, Common, ConnRecord, Ends, Port, Word

MILLISECONDS_FROM: Final = 1e11
"""A `ts` above this is in milliseconds (JSON::TS_MILLIS): as seconds it would be the year 5138."""


class FlatRecord(
    Common,
    frozen=True,
    gc=False,
    kw_only=True,
    rename=OTHER_NAMES | {name: f"id_{name}" for name in DOTTED},
):
    """With `id_orig_h`, as shippers to systems without dots in names write it."""

    orig_h: Word
    orig_p: Port
    resp_h: Word
    resp_p: Port


class NestedRecord(Common, frozen=True, gc=False, kw_only=True, rename=OTHER_NAMES):
    """With `"id": {"orig_h": ...}`."""

    id: Ends


_decode_dotted = msgspec.json.Decoder(ConnRecord).decode
_decode_flat = msgspec.json.Decoder(FlatRecord).decode
_decode_nested = msgspec.json.Decoder(NestedRecord).decode
_decode_any = msgspec.json.Decoder(dict[str, Any]).decode


def recognises(line: bytes) -> bool:
    """A JSON object that is none of EVE's."""
    return line.startswith(b"{") and (
        line.find(b'"id.orig_h"', 0, 256) >= 0 or b'"event_type"' not in line
    )


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
    ends = record.id if isinstance(record, NestedRecord) else record
    return zeek.connection(
        record, ends, _seconds(record.ts if record.ts is not None else record.shipped)
    )


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

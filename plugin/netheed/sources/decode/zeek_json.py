"""Zeek's conn.log as JSON lines, as Zeek, json-streaming-logs, Corelight and shippers write it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import numpy as np

from netheed.core.networks import AddressWords
from netheed.core.segments import Floats
from netheed.sources.decode import zeek
from netheed.sources.decode.skipped import Skipped
from netheed.sources.decode.times import seconds
from netheed.sources.decode.translate import Translation, translated
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


ZeekRecord = ConnRecord | FlatRecord | NestedRecord


class JsonDecoder:
    """Lines of any file; no line depends on another."""

    def record(self, line: bytes) -> ZeekRecord:
        """Decode one line.

        Raises Skipped for records of another log, and msgspec.MsgspecError or RecursionError for
        what is no record.
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
        return record

    def records(self, lines: Sequence[bytes]) -> list[ZeekRecord]:
        """All lines, or an error where one of them is perhaps no conn record as Zeek writes it."""
        records = list(map(_decode_dotted, lines))
        paths = {record.path for record in records} | {record.stream for record in records}
        if not paths <= {None, "conn"} or None in [record.conn_state for record in records]:
            raise ValueError("another log")
        return records  # type: ignore[return-value]

    def columns(self, records: Sequence[ZeekRecord], words: AddressWords) -> Translation:
        """The connections of conn records."""
        ends: Sequence[zeek.HasEnds] = records  # type: ignore[assignment]
        if NestedRecord in set(map(type, records)):
            ends = [record.id if isinstance(record, NestedRecord) else record for record in records]
        start, refused = _starts(records)
        draft = zeek.draft(zeek.in_columns(records, ends), start, words.site)
        draft.refused = refused | draft.refused
        return translated(draft, words)


def _record(line: bytes) -> ZeekRecord:
    if b'"id.orig_h"' in line:
        return _decode_dotted(line)
    if b'"id_orig_h"' in line:
        return _decode_flat(line)
    return _decode_nested(line)


def _skip_other_logs(line: bytes) -> None:
    """A record of another log may have the same names with other types, or no uid at all."""
    try:
        record = _decode_any(line)
    except msgspec.MsgspecError:
        return  # what was wrong in the first place says more
    path = record.get("_path", record.get("@stream"))
    if isinstance(path, str) and path != "conn":
        raise Skipped(path)
    if path is None and not record.keys() & {"conn_state", "missed_bytes", "orig_pkts"}:
        raise Skipped("not-conn")


def _starts(records: Sequence[ZeekRecord]) -> tuple[Floats, dict[int, str]]:
    """Epoch seconds or milliseconds, as a number or its text, or an ISO 8601 time."""
    refused: dict[int, str] = {}
    told = [record.shipped if record.ts is None else record.ts for record in records]
    try:
        start = np.fromiter(told, np.float64, len(told))
    except (TypeError, ValueError):
        start = np.full(len(told), np.nan)
        for place, ts in enumerate(told):
            try:
                start[place] = _seconds(ts)
            except ValueError as error:
                refused[place] = str(error)
    return np.where(start > MILLISECONDS_FROM, start / 1000.0, start), refused


def _seconds(ts: float | str | None) -> float:
    if ts is None:
        raise ValueError("no ts")
    try:
        return float(ts)
    except ValueError:
        return seconds(datetime.fromisoformat(str(ts)))

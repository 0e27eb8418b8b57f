"""Zeek's conn.log as JSON lines, as Zeek, json-streaming-logs, Corelight and shippers write it."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np

from netheed.core.networks import AddressWords
from netheed.core.segments import Floats
from netheed.sources.decode import zeek, zeek_beside
from netheed.sources.decode.acting import Acted
from netheed.sources.decode.naming import Named
from netheed.sources.decode.skipped import Skipped
from netheed.sources.decode.times import MILLISECONDS_FROM, told
from netheed.sources.decode.translate import Translation, translated
from netheed.sources.decode.zeek import DOTTED, OTHER_NAMES, Common, ConnRecord, Ends, Port, Word


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


STATE_MARK: Final = b'"conn_state":"'

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

    def record(self, line: bytes) -> ZeekRecord | Named | Acted:
        """Decode one line.

        Raises Skipped for records of another log that say nothing of use, and msgspec.MsgspecError,
        ValueError or RecursionError for what is no record.
        """
        try:
            record = _record(line)
        except msgspec.ValidationError:
            if (said := _of_other_log(line)) is None:
                raise
            return said
        path = record.path or record.stream
        unsaid = record.conn_state is None and record.missed_bytes is None
        if path == "conn" or (path is None and not unsaid):
            return record
        said = _of_other_log(line)
        if said is None:
            raise Skipped(path or "not-conn")
        return said

    def records(self, lines: Sequence[bytes]) -> list[ZeekRecord]:
        """All lines, or an error where one of them is perhaps no conn record as Zeek writes it."""
        records = list(map(_decode_dotted, lines))
        paths = {record.path for record in records} | {record.stream for record in records}
        if not paths <= {None, "conn"} or None in [record.conn_state for record in records]:
            raise ValueError("another log")
        return records  # type: ignore[return-value]

    def connections(self, lines: Sequence[bytes | None]) -> list[int]:
        """Only records of connections have a state."""
        return [at for at, line in enumerate(lines) if line and STATE_MARK in line]

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


def _of_other_log(line: bytes) -> Named | Acted | None:
    """What a record of another log says; None where it is of conn.log, whatever is wrong.

    It may have the same fields with other types, or no uid at all. Raises Skipped for one that
    says nothing of use, ValueError for one that cannot be read.
    """
    try:
        fields = _decode_any(line)
    except msgspec.MsgspecError:
        return None  # what was wrong in the first place says more
    path = fields.get("_path") or fields.get("@stream")
    if not isinstance(path, str):
        if path is not None or fields.keys() & {"conn_state", "missed_bytes", "orig_pkts"}:
            return None
        path = zeek_beside.log_of(fields) or "not-conn"
    return None if path == "conn" else zeek_beside.said(path, fields)


def _starts(records: Sequence[ZeekRecord]) -> tuple[Floats, dict[int, str]]:
    """Epoch seconds or milliseconds, as a number or its text, or an ISO 8601 time."""
    refused: dict[int, str] = {}
    given = [record.shipped if record.ts is None else record.ts for record in records]
    try:
        start = np.fromiter(given, np.float64, len(given))
    except (TypeError, ValueError):
        start = np.full(len(given), np.nan)
        for place, ts in enumerate(given):
            try:
                start[place] = told(ts)
            except ValueError as error:
                refused[place] = str(error)
    return np.where(start > MILLISECONDS_FROM, start / 1000.0, start), refused

"""Zeek's conn.log as tab-separated values, read by the header it carries."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

import msgspec
import numpy as np

from netheed.core.networks import AddressWords
from netheed.sources.decode import zeek, zeek_beside
from netheed.sources.decode.acting import Acted
from netheed.sources.decode.naming import Named
from netheed.sources.decode.skipped import Header, Skipped
from netheed.sources.decode.translate import Translation, translated
from netheed.sources.decode.zeek import ConnRecord

HEADERS: Final = frozenset(
    ("set_separator", "empty_field", "unset_field", "path", "open", "close", "fields", "types")
)
_STANDARD: Final = [
    "ts",
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "service",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "conn_state",
    "local_orig",
    "local_resp",
    "missed_bytes",
    "history",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
    "tunnel_parents",
    "ip_proto",
]
_UNREAD: Final = frozenset(
    ("local_orig", "local_resp", "missed_bytes", "tunnel_parents", "ip_proto")
)
WANTED: Final = (*(name for name in _STANDARD if name not in _UNREAD), "community_id")
_NEEDED: Final = frozenset(WANTED[:7])
_PROTOS: Final = frozenset(("tcp", "udp", "icmp", "unknown_transport"))


class UnknownFormatError(ValueError):
    """A line before any header that is no record of any known format."""


def recognises(line: bytes) -> bool:
    """Any line that is no JSON object: older logs have no header to go by."""
    return not line.startswith(b"{")


@dataclass(slots=True)
class TsvDecoder:
    """Lines of one file in order; headers may come again with other fields."""

    separator: str = "\t"
    set_separator: str = ","
    unset: str = "-"
    empty: str = "(empty)"
    path: str | None = None
    fields: list[str] = field(default_factory=list)
    _pick: Callable[[list[str]], tuple[str, ...]] | None = None

    def record(self, line: bytes) -> ConnRecord | Named | Acted | None:
        """Any line of the file; None for empty ones and for comments that are not Zeek's.

        Raises Header for Zeek's headers, Skipped for records of another log that say nothing of
        use, UnknownFormatError where nothing says that this is Zeek's, ValueError for what cannot
        be read.
        """
        line = line.rstrip(b"\r")
        if line.startswith(b"#"):
            if self.header(line):
                raise Header
            return None
        if line and self.path in zeek_beside.LOGS:
            return self._beside(self.path, line)
        return self._conn(line) if line else None

    def records(self, lines: Sequence[bytes]) -> list[ConnRecord]:
        """All lines, or an error where one of them is no record of values."""
        if any(not line or line.startswith(b"#") for line in lines):
            raise ValueError("a header or nothing")
        return [self._conn(line.rstrip(b"\r")) for line in lines]

    def connections(self, lines: Sequence[bytes | None]) -> list[int]:
        """All, behind a header that says so; none where another header may follow."""
        is_conn = self.path == "conn" and not any(line and line.startswith(b"#") for line in lines)
        return [at for at, line in enumerate(lines) if line] if is_conn else []

    def columns(self, records: Sequence[ConnRecord], words: AddressWords) -> Translation:
        """The connections of conn records."""
        start = np.array([float(record.ts or 0.0) for record in records], dtype=np.float64)
        return translated(zeek.draft(zeek.in_columns(records, records), start, words.site), words)

    def header(self, line: bytes) -> bool:
        """Take a line that begins with `#`; False where it is none of Zeek's.

        Raises ValueError where it is and cannot be understood.
        """
        text = line.decode("utf-8", "replace")
        if text.startswith("#separator "):
            self.separator = _unescaped(text[len("#separator ") :].strip(" "))
            self.path = None
            return True
        name, _, value = text[1:].partition(self.separator)
        if name == "unset_field":
            self.unset = value
        elif name == "empty_field":
            self.empty = value
        elif name == "set_separator" and value:
            self.set_separator = value
        elif name == "path":
            self.path = value
        elif name == "fields":
            self._set_fields(value.split(self.separator))
        return name in HEADERS

    def _beside(self, log: str, line: bytes) -> Named | Acted:
        """What a record of another log says."""
        parts = line.decode("utf-8", "surrogateescape").split(self.separator)
        if len(parts) != len(self.fields):
            raise ValueError(f"{len(parts)} fields, the header names {len(self.fields)}")
        absent = (self.unset, self.empty)
        said = zip(self.fields, parts, strict=True)
        known = {n: v for n, v in said if n in zeek_beside.WANTED and v not in absent}
        _refuse_other_codes(known.values())
        answers = known.get("answers")
        together = {} if answers is None else {"answers": answers.split(self.set_separator)}
        return zeek_beside.said(log, known | together)

    def _conn(self, line: bytes) -> ConnRecord:
        # What is no UTF-8 becomes surrogates; it harms only in a field that is read.
        text = line.decode("utf-8", "surrogateescape")
        parts = text.split(self.separator)
        if not self.fields:
            self._guess_fields(parts)
        if self.path not in (None, "conn"):
            raise Skipped(str(self.path))
        if self._pick is None:
            raise Skipped("not-conn")
        if len(parts) != len(self.fields):
            raise ValueError(f"{len(parts)} fields, the header names {len(self.fields)}")
        values = self._pick([*parts, self.unset])
        if not text.isascii():
            _refuse_other_codes(values)
        return self._of_values(values)

    def _set_fields(self, names: list[str]) -> None:
        self.fields = names
        self._pick = None
        if not _NEEDED - set(names) and {"conn_state", "orig_pkts", "missed_bytes"} & set(names):
            missing = len(names)
            self._pick = itemgetter(
                *(names.index(name) if name in names else missing for name in WANTED)
            )

    def _guess_fields(self, parts: list[str]) -> None:
        """A header that lost its `#`, or no header at all: the standard order of columns."""
        if parts[0] == "ts" and parts[1:2] == ["uid"]:
            self._set_fields(parts)
            raise Skipped("header")
        if len(parts) < len(_STANDARD) - 2 or parts[6] not in _PROTOS:
            raise UnknownFormatError("neither a Zeek conn record nor an EVE record")
        # Zeek before 2.4 wrote no local_resp: then the 14th column is already missed_bytes.
        names = list(_STANDARD)
        if parts[13].isdigit():
            names.remove("local_resp")
        names = names[: len(parts)]
        self._set_fields(names + [f"column {n}" for n in range(len(names), len(parts))])

    def _of_values(self, values: tuple[str, ...]) -> ConnRecord:
        """By the struct that decodes JSON, so that both have the same caps."""
        absent = (self.unset, self.empty)
        known = {n: v for n, v in zip(WANTED, values, strict=True) if v not in absent}
        record = msgspec.convert(known, ConnRecord, strict=False)
        if record.ts is None:
            raise ValueError("no ts")
        float(record.ts)  # raises where it is no number
        return record


def _refuse_other_codes(values: Iterable[str]) -> None:
    if any("\udc80" <= character <= "\udcff" for value in values for character in value):
        raise ValueError("not UTF-8")


def _unescaped(text: str) -> str:
    r"""Zeek writes the separator as `\x09`."""
    if text.startswith("\\x"):
        return bytes.fromhex(text[2:]).decode("latin-1")
    if not text:
        raise ValueError("no separator")
    return text

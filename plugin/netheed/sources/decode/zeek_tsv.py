"""Zeek's conn.log as tab-separated values, read by the header it carries."""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from netheed.records import Connection
from netheed.sources.decode import zeek
from netheed.sources.decode.skipped import Skipped
from netheed.sources.decode.zeek import ConnRecord

WANTED: Final = (
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
    "history",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
    "community_id",
)
HEADERS: Final = frozenset(
    ("set_separator", "empty_field", "unset_field", "path", "open", "close", "fields", "types")
)
_NEEDED: Final = frozenset(WANTED[:7])

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
_PROTOS: Final = frozenset(("tcp", "udp", "icmp", "unknown_transport"))


class NotZeekError(ValueError):
    """A line before any header that does not look like a conn record."""


@dataclass(slots=True)
class TsvDecoder:
    """Lines of one file in order; headers may come again with other fields."""

    separator: str = "\t"
    unset: str = "-"
    empty: str = "(empty)"
    path: str | None = None
    fields: list[str] = field(default_factory=list)
    _pick: Callable[[list[str]], tuple[str, ...]] | None = None

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
        elif name == "path":
            self.path = value
        elif name == "fields":
            self._set_fields(value.split(self.separator))
        return name in HEADERS

    def connection(self, line: bytes) -> Connection:
        """Decode one line of values.

        Raises Skipped for records of another log, NotZeekError where nothing says that this is
        Zeek's, ValueError for a record that cannot be read.
        """
        parts = line.decode("utf-8", "replace").split(self.separator)
        if not self.fields:
            self._guess_fields(parts)
        if self.path not in (None, "conn"):
            raise Skipped(str(self.path))
        if self._pick is None:
            raise Skipped("not-conn")
        if len(parts) != len(self.fields):
            raise ValueError(f"{len(parts)} fields, the header names {len(self.fields)}")
        return self._connection(self._pick([*parts, self.unset]))

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
            raise NotZeekError("neither a Zeek conn record nor an EVE record")
        # Zeek before 2.4 wrote no local_resp: then the 14th column is already missed_bytes.
        names = list(_STANDARD)
        if parts[13].isdigit():
            names.remove("local_resp")
        names = names[: len(parts)]
        self._set_fields(names + [f"column {n}" for n in range(len(names), len(parts))])

    def _connection(self, values: tuple[str, ...]) -> Connection:
        unset, empty = self.unset, self.empty
        ts, uid, orig, orig_port, resp, resp_port, proto, *rest = values
        known = [None if value in (unset, empty) else value for value in rest]
        service, duration, sent, received, state, history = known[:6]
        sent_pkts, sent_ip, received_pkts, received_ip, community_id = known[6:]
        record = ConnRecord(
            uid=uid,
            proto=proto,
            service=service,
            duration=None if duration is None else float(duration),
            orig_bytes=_count(sent),
            resp_bytes=_count(received),
            conn_state=state,
            history=history,
            orig_pkts=_count(sent_pkts),
            orig_ip_bytes=_count(sent_ip),
            resp_pkts=_count(received_pkts),
            resp_ip_bytes=_count(received_ip),
            community_id=community_id if community_id is None else community_id[:64],
            orig_h=orig,
            orig_p=_port(orig_port),
            resp_h=resp,
            resp_p=_port(resp_port),
        )
        return zeek.connection(record, record, float(ts))


def _port(text: str) -> int:
    if len(text) > 5 or not text.isascii() or not text.isdigit():
        raise ValueError("port is no number")
    port = int(text)
    if port > 65535:
        raise ValueError("port above 65535")
    return port


def _count(text: str | None) -> int | None:
    if text is None:
        return None
    if len(text) > 16 or not text.isascii() or not text.isdigit():
        raise ValueError("count is no number")
    return int(text)


def _unescaped(text: str) -> str:
    r"""Zeek writes the separator as `\x09`."""
    if text.startswith("\\x"):
        return bytes.fromhex(text[2:]).decode("latin-1")
    if not text:
        raise ValueError("no separator")
    return text

"""Zeek's dns, ssl and http logs, whatever they are written in: the fields -> what peers are called.

`ja3` and `ja4` stand in ssl.log where a package of Zeek puts them there.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from netheed.records import Naming
from netheed.sources.decode.naming import (
    Named,
    answer,
    checked,
    fact,
    name_of,
    name_of_header,
)
from netheed.sources.decode.skipped import Skipped
from netheed.sources.decode.times import MILLISECONDS_FROM, told
from netheed.sources.decode.zeek import Port, Word

_ENDS: Final = ("orig_h", "resp_h", "resp_p")
MARKS: Final = {
    "dns": frozenset(("qtype_name", "rcode_name", "rejected", "qclass")),
    "ssl": frozenset(("cipher", "established", "server_name", "ssl_history")),
    "http": frozenset(("trans_depth", "status_code", "user_agent", "request_body_len")),
}
"""Fields by which a record is known that does not say its log; no conn record has any."""


class NamesRecord(Struct, frozen=True, gc=False, kw_only=True):
    """The fields that are read of any of these logs, in Zeek's names."""

    ts: float | Word
    orig_h: Word
    resp_h: Word
    resp_p: Port
    query: str | None = None
    rcode_name: Word | None = None
    answers: list[str] = []
    server_name: str | None = None
    ja3: str | None = None
    ja4: str | None = None
    issuer: str | None = None
    host: str | None = None
    user_agent: str | None = None


WANTED: Final = frozenset(NamesRecord.__struct_fields__) | {f"id.{name}" for name in _ENDS}


def named(log: str, fields: Mapping[str, Any]) -> Named:
    """The names in a record of a log.

    Raises Skipped for a log or a record that names nothing, ValueError or msgspec.ValidationError
    for one that cannot be read.
    """
    read = LOGS.get(log)
    if read is None:
        raise Skipped(log)
    record = msgspec.convert({**fields, **ends(fields)}, NamesRecord, strict=False)
    namings = read(record)
    if not namings:
        raise Skipped(log)
    return Named(namings, alone=True)


def ends(fields: Mapping[str, Any]) -> dict[str, Any]:
    """However the two ends are spelt; see zeek_json."""
    nested = fields.get("id")
    if isinstance(nested, dict):
        return nested
    forms = {name: (f"id.{name}", f"id_{name}") for name in _ENDS}
    found = {
        name: next((fields[form] for form in spelt if form in fields), None)
        for name, spelt in forms.items()
    }
    shipped = {"ts": fields["@timestamp"]} if "@timestamp" in fields and "ts" not in fields else {}
    return {name: value for name, value in found.items() if value is not None} | shipped


def _dns(record: NamesRecord) -> tuple[Naming, ...]:
    """Of an answer; a query that nobody answered says no more than that it was asked."""
    if record.rcode_name is None and not record.answers:
        return ()
    said = Naming(
        time=time_of(record.ts),
        host=record.orig_h,
        peer=None,
        port=None,
        kind="dns",
        name=name_of(record.query),
        rcode=fact(record.rcode_name),
    )
    return answer(checked(said), record.answers)


def _ssl(record: NamesRecord) -> tuple[Naming, ...]:
    naming = Naming(
        time=time_of(record.ts),
        host=record.orig_h,
        peer=record.resp_h,
        port=record.resp_p,
        kind="sni",
        name=name_of(record.server_name),
        ja3=fact(record.ja3),
        ja4=fact(record.ja4),
        issuer=fact(record.issuer),
    )
    says = naming.name or naming.ja3 or naming.ja4 or naming.issuer
    return (checked(naming),) if says else ()


def _http(record: NamesRecord) -> tuple[Naming, ...]:
    naming = Naming(
        time=time_of(record.ts),
        host=record.orig_h,
        peer=record.resp_h,
        port=record.resp_p,
        kind="http_host",
        name=name_of_header(record.host),
        agent=fact(record.user_agent),
    )
    return (checked(naming),) if naming.name or naming.agent else ()


def time_of(ts: float | str) -> float:
    """Seconds since the epoch of what a record says. Raises ValueError."""
    time = told(ts)
    return time / 1000.0 if time > MILLISECONDS_FROM else time


LOGS: Final[dict[str, Callable[[NamesRecord], tuple[Naming, ...]]]] = {
    "dns": _dns,
    "ssl": _ssl,
    "http": _http,
}
"""Zeek's logs of which names are read."""

"""Suricata's dns, tls and http events -> what peers are called, for Suricata 6 to 8.

DNS answers come in three versions: 1 has a record for each answer, 2 all of them (`answers` or
`grouped`) under `rrname`, 3 under `queries`.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
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
from netheed.sources.decode.times import seconds
from netheed.sources.decode.zeek import Port, Word

DNS_PORT: Final = 53
_ANSWERS: Final = ("answer", "response")
_ADDRESSES: Final = ("A", "AAAA")


class Event(Struct, frozen=True, gc=False, kw_only=True):
    """What every event has."""

    timestamp: datetime
    src_ip: Word
    dest_ip: Word
    src_port: Port | None = None
    dest_port: Port | None = None


class DnsEntry(Struct, frozen=True, gc=False):
    """A question or an answer."""

    rrname: str = ""
    rrtype: str = ""
    rdata: str | None = None


class DnsPart(Struct, frozen=True, gc=False):
    """`dns` of an event."""

    type: str = ""
    rrname: str | None = None
    rrtype: str = ""
    rdata: str | None = None
    rcode: Word | None = None
    queries: list[DnsEntry] = []
    answers: list[DnsEntry] | None = None
    grouped: dict[str, list[Any]] | None = None


class DnsEvent(Event, frozen=True, gc=False, kw_only=True):
    """An event of type dns."""

    dns: DnsPart = DnsPart()


class Ja3(Struct, frozen=True, gc=False):
    """`ja3` of a tls event."""

    hash: str | None = None


class TlsPart(Struct, frozen=True, gc=False):
    """`tls` of an event."""

    sni: str | None = None
    issuerdn: str | None = None
    ja3: Ja3 | None = None
    ja4: str | None = None


class TlsEvent(Event, frozen=True, gc=False, kw_only=True):
    """An event of type tls."""

    tls: TlsPart = TlsPart()


class HttpPart(Struct, frozen=True, gc=False):
    """`http` of an event."""

    hostname: str | None = None
    http_user_agent: str | None = None


class HttpEvent(Event, frozen=True, gc=False, kw_only=True):
    """An event of type http."""

    http: HttpPart = HttpPart()


_decode_dns = msgspec.json.Decoder(DnsEvent).decode
_decode_tls = msgspec.json.Decoder(TlsEvent).decode
_decode_http = msgspec.json.Decoder(HttpEvent).decode


def named(kind: str, line: bytes) -> Named:
    """The names in an event of a type of EVENTS.

    Raises Skipped for one that names nothing, msgspec.MsgspecError or ValueError for one that
    cannot be read.
    """
    namings = EVENTS[kind](line)
    if not namings:
        raise Skipped(kind)
    return Named(namings)


def _dns(line: bytes) -> tuple[Naming, ...]:
    """Of an answer; queries say no more than that they were asked."""
    event = _decode_dns(line)
    dns = event.dns
    if dns.type not in _ANSWERS:
        return ()
    # Most versions write the flow's direction, some an answer's own.
    back = event.src_port == DNS_PORT != event.dest_port
    asked = dns.rrname if dns.rrname is not None or not dns.queries else dns.queries[0].rrname
    said = Naming(
        time=seconds(event.timestamp),
        host=event.dest_ip if back else event.src_ip,
        peer=None,
        port=None,
        kind="dns",
        name=name_of(asked),
        rcode=fact(dns.rcode),
    )
    return answer(checked(said), _addresses(dns))


def _addresses(dns: DnsPart) -> Iterator[str]:
    for entry in (*(dns.answers or ()), DnsEntry("", dns.rrtype, dns.rdata)):
        if entry.rrtype in _ADDRESSES and entry.rdata is not None:
            yield entry.rdata
    for kind in _ADDRESSES:
        yield from filter(_is_text, (dns.grouped or {}).get(kind, ()))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _tls(line: bytes) -> tuple[Naming, ...]:
    event = _decode_tls(line)
    tls = event.tls
    naming = Naming(
        time=seconds(event.timestamp),
        host=event.src_ip,
        peer=event.dest_ip,
        port=event.dest_port,
        kind="sni",
        name=name_of(tls.sni),
        ja3=fact(tls.ja3.hash) if tls.ja3 else None,
        ja4=fact(tls.ja4),
        issuer=fact(tls.issuerdn),
    )
    says = naming.name or naming.ja3 or naming.ja4 or naming.issuer
    return (checked(naming),) if says else ()


def _http(line: bytes) -> tuple[Naming, ...]:
    event = _decode_http(line)
    naming = Naming(
        time=seconds(event.timestamp),
        host=event.src_ip,
        peer=event.dest_ip,
        port=event.dest_port,
        kind="http_host",
        name=name_of_header(event.http.hostname),
        agent=fact(event.http.http_user_agent),
    )
    return (checked(naming),) if naming.name or naming.agent else ()


EVENTS: Final[dict[str, Callable[[bytes], tuple[Naming, ...]]]] = {
    "dns": _dns,
    "tls": _tls,
    "http": _http,
}
"""Types of events of which names are read."""

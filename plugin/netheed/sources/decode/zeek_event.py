"""Connections that Zeek publishes as events -> columns, equal to those of its conn.log."""

import re
from collections.abc import Sequence
from itertools import chain
from typing import Final, NamedTuple

from netheed.core.networks import AddressWords
from netheed.sources.decode import zeek
from netheed.sources.decode.translate import Translation, numbers, translated
from netheed.sources.decode.zeek import ConnColumns
from netheed.zeek.wire import Conn

UNKNOWN: Final = "unknown_transport"
"""What conn.log calls a transport that a port cannot name."""
PROTOS: Final = {"tcp": "tcp", "udp": "udp", "icmp": "icmp", "?": UNKNOWN, "unknown": UNKNOWN}
LARGEST_PORT: Final = 65535
NONE: Final = (0, UNKNOWN)
_PORT: Final = rf"[0-9]{{1,5}}/(?:{'|'.join(map(re.escape, PROTOS))})"
_PORTS: Final = re.compile(f"{_PORT}(?:,{_PORT})*")


class Event(NamedTuple):
    """The connections of one event as columns; made at once, while what was decoded is at hand."""

    conns: ConnColumns
    start: Sequence[float]
    refused: dict[int, str]


def columns(events: Sequence[Event], words: AddressWords) -> Translation:
    """The connections of some events, and why the others are none, by their place in all."""
    fields = zip(*(event.conns for event in events), strict=True)
    conns = ConnColumns(*(list(chain.from_iterable(field)) for field in fields))
    start = numbers(list(chain.from_iterable(event.start for event in events)))
    made = zeek.draft(conns, start, words.site)
    made.refused = _refused(events) | made.refused
    return translated(made, words)


def event(conns: Sequence[Conn]) -> Event:
    """Zeek's values as plain ones."""
    refused: dict[int, str] = {}
    orig_p, _ = ports([conn.orig_p.data for conn in conns], refused)
    resp_p, proto = ports([conn.resp_p.data for conn in conns], refused)
    # One list a field: Python reads the same attribute of one class fastest.
    columns = ConnColumns(
        uid=[conn.uid.data for conn in conns],
        proto=proto,
        service=[conn.service.data for conn in conns],
        duration=[conn.duration.data for conn in conns],
        conn_state=[conn.conn_state.data for conn in conns],
        history=[conn.history.data for conn in conns],
        orig_bytes=[conn.orig_bytes.data for conn in conns],
        resp_bytes=[conn.resp_bytes.data for conn in conns],
        orig_pkts=[conn.orig_pkts.data for conn in conns],
        orig_ip_bytes=[conn.orig_ip_bytes.data for conn in conns],
        resp_pkts=[conn.resp_pkts.data for conn in conns],
        resp_ip_bytes=[conn.resp_ip_bytes.data for conn in conns],
        community_id=[conn.community_id.data for conn in conns],
        system_name=[None] * len(conns),
        orig_h=[conn.orig_h.data for conn in conns],
        orig_p=orig_p,
        resp_h=[conn.resp_h.data for conn in conns],
        resp_p=resp_p,
    )
    return Event(columns, [conn.ts.data for conn in conns], refused)


def _refused(events: Sequence[Event]) -> dict[int, str]:
    refused: dict[int, str] = {}
    first = 0
    for each in events:
        refused.update((first + place, reason) for place, reason in each.refused.items())
        first += len(each.start)
    return refused


def ports(texts: Sequence[str], refused: dict[int, str]) -> tuple[list[int], list[str]]:
    """`443/tcp` -> 443 and conn.log's word for tcp; what is no port is refused by its place."""
    if _PORTS.fullmatch(",".join(texts)):
        parts = "/".join(texts).split("/")
        numbers = list(map(int, parts[::2]))
        if max(numbers) <= LARGEST_PORT:
            return numbers, [PROTOS[proto] for proto in parts[1::2]]
    each = list(map(_port, texts))
    refused.update((n, "a port is none") for n, port in enumerate(each) if port is None)
    known = [port or NONE for port in each]
    return [number for number, _ in known], [proto for _, proto in known]


def _port(text: str) -> tuple[int, str] | None:
    number, _, proto = text.partition("/")
    if (
        not (number.isascii() and number.isdigit())
        or int(number) > LARGEST_PORT
        or proto not in PROTOS
    ):
        return None
    return int(number), PROTOS[proto]

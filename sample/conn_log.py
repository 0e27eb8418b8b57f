"""The conn.log that Zeek writes about conversations: as text with a header and as JSON lines.

States, history letters and timers follow Zeek 8 with its default settings (scripts/base/init-bare,
TCPSessionAdapter.cc, UDPSessionAdapter.cc), for packets that are in order and all there, which is
what this sample has.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from ipaddress import ip_address, ip_network
from itertools import pairwise
from random import Random

import communityid

from sample.network import INTERNET
from sample.packets import ACK, FIN, PROTOCOLS, RST, SYN, Conversation, Sent, option_length

_IDLE = 60_000_000
"""`udp_inactivity_timeout` and `icmp_inactivity_timeout`, microseconds."""
_CLOSE_DELAY = 5_000_000
"""`tcp_close_delay` and `tcp_attempt_delay`."""
_TCP_IDLE = 300_000_000
_DNS_SESSION = 10_000_000
"""`dns_session_timeout`; a DNS analyzer looks this often whether its connection has gone silent."""
_DNS_PORTS = {53, 137, 5353, 5355}
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")
_NAMES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TYPES = {
    "ts": "time", "uid": "string", "id.orig_h": "addr", "id.orig_p": "port", "id.resp_h": "addr",
    "id.resp_p": "port", "proto": "enum", "service": "string", "duration": "interval",
    "orig_bytes": "count", "resp_bytes": "count", "conn_state": "string", "local_orig": "bool",
    "local_resp": "bool", "missed_bytes": "count", "history": "string", "orig_pkts": "count",
    "orig_ip_bytes": "count", "resp_pkts": "count", "resp_ip_bytes": "count",
    "tunnel_parents": "set[string]", "ip_proto": "count", "community_id": "string",
}  # fmt: skip

Row = dict[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class _Part:
    """The packets that Zeek counts as one connection, and when it lets go of it."""

    conversation: Conversation
    packets: list[Sent]
    removed: int


def rows(conversations: Iterable[Conversation], seed: int) -> list[Row]:
    """One row for each connection, in the order in which Zeek writes them.

    What is still open when the capture ends is written at the end, in the order of its start.
    """
    parts = [part for one in merged(conversations) for part in _parts(one)]
    last = max(part.packets[-1].time for part in parts)
    parts.sort(key=lambda part: (min(part.removed, last), part.packets[0].time))
    rng = Random(f"{seed}/uid")
    return [_row(part, rng) for part in parts]


def merged(conversations: Iterable[Conversation]) -> list[Conversation]:
    """Conversations with the same five-tuple in one, packets in the order of time."""
    by_key: dict[tuple[str, str, int, str, int], Conversation] = {}
    for one in conversations:
        first = by_key.setdefault(one.key, Conversation(*one.key, one.service))
        first.packets.extend(one.packets)
    for one in by_key.values():
        one.packets.sort(key=lambda packet: packet.time)
    return list(by_key.values())


def _parts(conversation: Conversation) -> Iterator[_Part]:
    if conversation.proto == "tcp":
        yield _Part(conversation, conversation.packets, _tcp_removed(conversation.packets))
        return
    dns = conversation.proto == "udp" and conversation.resp_port in _DNS_PORTS
    silent = _dns_removed if dns else _idle_removed
    waiting = conversation.packets
    while waiting:
        count, removed = silent(waiting)
        yield _Part(conversation, waiting[:count], removed)
        waiting = waiting[count:]


def _idle_removed(packets: list[Sent]) -> tuple[int, int]:
    """How many packets come before a minute of silence, and when that minute is over."""
    for number, (one, following) in enumerate(pairwise(packets), 1):
        if following.time - one.time >= _IDLE:
            return number, one.time + _IDLE
    return len(packets), packets[-1].time + _IDLE


def _dns_removed(packets: list[Sent]) -> tuple[int, int]:
    """Zeek looks every ten seconds, and removes what has been silent for nine of them."""
    look = packets[0].time + _DNS_SESSION
    while True:
        count = sum(packet.time < look for packet in packets)
        if look - packets[count - 1].time >= _DNS_SESSION - 1_000_000:
            return count, look
        look += _DNS_SESSION


def _tcp_removed(packets: list[Sent]) -> int:
    """Five seconds after the second FIN, a RST, or a SYN that nothing answered."""
    ends = [packet.time for packet in packets if packet.flags & RST]
    both = _both_finished(packets)
    if both:
        ends.append(both)
    elif all(packet.forward for packet in packets):
        ends.append(packets[0].time)
    return min(ends) + _CLOSE_DELAY if ends else packets[-1].time + _TCP_IDLE


def _row(part: _Part, rng: Random) -> Row:
    one, packets = part.conversation, part.packets
    start, end = packets[0].time / 1e6, _last_time(packets) / 1e6
    duration = end - start if end > start else None
    sides = [[packet for packet in packets if packet.forward == way] for way in (True, False)]
    payload = [sum(len(packet.payload) for packet in side) for side in sides]
    if one.proto.startswith("icmp"):
        # Zeek counts what follows the eight bytes of an echo's header, identifier included there.
        payload = [sum(len(packet.payload) - 4 for packet in side) for side in sides]
    length = [sum(_ip_length(one, packet) for packet in side) for side in sides]
    return {
        "ts": start,
        "uid": "C" + "".join(rng.choices(_NAMES, k=17)),
        "id.orig_h": one.orig,
        "id.orig_p": one.orig_port,
        "id.resp_h": one.resp,
        "id.resp_p": one.resp_port,
        "proto": "icmp" if one.proto == "icmp6" else one.proto,
        "service": one.service,
        "duration": duration,
        "orig_bytes": None if duration is None else payload[0],
        "resp_bytes": None if duration is None else payload[1],
        "conn_state": _state(one.proto, packets),
        "local_orig": _is_local(one.orig),
        "local_resp": _is_local(one.resp),
        "missed_bytes": 0,
        "history": _history(one.proto, packets),
        "orig_pkts": len(sides[0]),
        "orig_ip_bytes": length[0],
        "resp_pkts": len(sides[1]),
        "resp_ip_bytes": length[1],
        "tunnel_parents": None,
        "ip_proto": PROTOCOLS[one.proto],
        "community_id": community_id(one),
    }


def _both_finished(packets: list[Sent]) -> int | None:
    """When the second side sent its FIN."""
    firsts = {packet.forward: packet.time for packet in reversed(packets) if packet.flags & FIN}
    return max(firsts.values()) if len(firsts) == 2 else None


def _last_time(packets: list[Sent]) -> int:
    """The end of a duration: Zeek stops the clock at the second FIN, not at its acknowledgement."""
    return _both_finished(packets) or packets[-1].time


def _ip_length(one: Conversation, packet: Sent) -> int:
    header = one.header - (4 if one.proto.startswith("icmp") else 0)
    options = option_length(packet) if one.proto == "tcp" else 0
    return header + options + len(packet.payload)


def _state(proto: str, packets: list[Sent]) -> str:
    if proto.startswith("icmp"):
        return "OTH"
    if proto == "udp":
        sides = {packet.forward for packet in packets}
        return {frozenset({True}): "S0", frozenset({False}): "SHR"}.get(frozenset(sides), "SF")
    return _tcp_state(packets)


def _tcp_state(packets: list[Sent]) -> str:
    """Zeek's conn_state for a connection that begins with its SYN."""
    reset = next((packet for packet in packets if packet.flags & RST), None)
    finished = {packet.forward for packet in packets if packet.flags & FIN}
    answered = any(not packet.forward and packet.flags & SYN for packet in packets)
    if reset and len(finished) < 2:
        if not answered:
            return "RSTOS0" if reset.forward else "REJ"
        return "RSTO" if reset.forward else "RSTR"
    if not answered:
        return "SH" if finished else "S0"
    closed = {(True, True): "SF", (True, False): "S2", (False, True): "S3"}
    return closed.get((True in finished, False in finished), "S1")


def _history(proto: str, packets: list[Sent]) -> str | None:
    """Each side's first SYN, data, acknowledgement, FIN and RST in the order they came."""
    if proto.startswith("icmp"):
        return None
    letters: dict[str, None] = {}
    for packet in packets:
        letter = _letter(packet) if proto == "tcp" else "d"
        if letter:
            letters[letter.upper() if packet.forward else letter] = None
    return "".join(letters)


def _letter(packet: Sent) -> str:
    for flag, letter in ((SYN, "h" if packet.flags & ACK else "s"), (FIN, "f"), (RST, "r")):
        if packet.flags & flag:
            return letter
    return "d" if packet.payload else "a"


@cache
def _is_local(address: str) -> bool:
    """Within Zeek's default `Site::local_nets`.

    They hold all that IANA calls private, the documentation networks of this sample's internet too.
    """
    place = ip_address(address)
    return any(place in ip_network(one) for one in (*_PRIVATE, *INTERNET))


def community_id(one: Conversation) -> str:
    """Version 1 with seed 0, as both sensors write it."""
    make = {
        "tcp": communityid.FlowTuple.make_tcp,
        "udp": communityid.FlowTuple.make_udp,
        "icmp": communityid.FlowTuple.make_icmp,
        "icmp6": communityid.FlowTuple.make_icmp6,
    }[one.proto]
    made: str = communityid.CommunityID().calc(
        make(one.orig, one.resp, one.orig_port, one.resp_port)
    )
    return made


def as_text(log: list[Row]) -> Iterator[str]:
    """The lines of a tab-separated conn.log with its header."""
    first, last = (
        datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d-%H-%M-%S")
        for moment in (min(_seconds(row) for row in log), max(_seconds(row) for row in log))
    )
    yield "#separator \\x09"
    yield from ("#set_separator\t,", "#empty_field\t(empty)", "#unset_field\t-", "#path\tconn")
    yield f"#open\t{first}"
    yield "\t".join(("#fields", *_TYPES))
    yield "\t".join(("#types", *_TYPES.values()))
    for row in log:
        yield "\t".join(_cell(value) for value in row.values())
    yield f"#close\t{last}"


def _seconds(row: Row) -> float:
    return float(row["ts"] or 0)


def _cell(value: str | float | bool | None) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "T" if value else "F"
    return f"{value:.6f}" if isinstance(value, float) else str(value)


def as_json(log: list[Row]) -> Iterator[str]:
    """The same as JSON lines; fields without a value are left out."""
    for row in log:
        yield "{" + ",".join(
            f'"{name}":{_number(value) if isinstance(value, float) else json.dumps(value)}'
            for name, value in row.items()
            if value is not None
        ) + "}"  # fmt: skip


def _number(value: float) -> str:
    """The shortest digits that mean this double, never with an exponent, as Zeek prints them."""
    return format(Decimal(repr(value)), "f")

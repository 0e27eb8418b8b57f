"""Bytes on the wire: conversations -> Ethernet frames -> pcap files.

Written with `struct` alone, so that a sample needs nothing but Python and is the same bit by bit
everywhere. Times are whole microseconds since the epoch.
"""

import heapq
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1, "icmp6": 58}
MSS = 1460


class Sent(NamedTuple):
    """One packet of a conversation, before it has headers."""

    time: int
    forward: bool
    """From the originator."""
    payload: bytes
    flags: int = 0
    """TCP only."""


@dataclass(slots=True)
class Conversation:
    """All packets of one five-tuple; for ICMP the ports are the types of request and answer."""

    proto: str
    orig: str
    orig_port: int
    resp: str
    resp_port: int
    service: str | None = None
    """What Zeek calls the application protocol, when these payloads make it sure of one."""
    packets: list[Sent] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str, int, str, int]:
        """The five-tuple, seen from the originator."""
        return self.proto, self.orig, self.orig_port, self.resp, self.resp_port

    @property
    def header(self) -> int:
        """Length of the IP header and the transport header without options, in bytes."""
        return (40 if ":" in self.orig else 20) + {"tcp": 20}.get(self.proto, 8)


def option_length(packet: Sent) -> int:
    """A SYN carries its maximum segment size, window scale and the leave to acknowledge pieces."""
    return len(_SYN_OPTIONS) if packet.flags & SYN else 0


_SYN_OPTIONS = bytes.fromhex("020405b4 01030307 04020101".replace(" ", ""))


def frames(conversation: Conversation) -> Iterator[tuple[int, bytes]]:
    """(time, Ethernet frame) of every packet, checksums and TCP sequence numbers right."""
    ends = (ip_address(conversation.orig).packed, ip_address(conversation.resp).packed)
    proto = PROTOCOLS[conversation.proto]
    segments = {"tcp": _tcp, "udp": _udp}.get(conversation.proto, _icmp)
    for number, (packet, segment, place) in enumerate(segments(conversation)):
        source, target = ends if packet.forward else ends[::-1]
        if conversation.proto == "icmp":
            pseudo = b""
        else:
            pseudo = source + target + struct.pack("!LL", len(segment), proto)
        checksum = _checksum(pseudo + segment)
        if conversation.proto == "udp":
            checksum = checksum or 0xFFFF  # Zero would say that there is none (RFC 768).
        head = (_ipv6 if len(source) == 16 else _ipv4)(source, target, proto, len(segment), number)
        body = segment[:place] + checksum.to_bytes(2) + segment[place + 2 :]
        yield packet.time, _mac(target) + _mac(source) + head + body


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071). 2**16 is 1 modulo 65535, so one big remainder sums it."""
    if len(data) % 2:
        data += b"\0"
    return 0xFFFF - (int.from_bytes(data) % 0xFFFF or 0xFFFF * any(data))


def _ipv4(source: bytes, target: bytes, proto: int, length: int, number: int) -> bytes:
    # Private hosts are Linux and the rest stand behind a dozen routers.
    hops = 64 if source[0] in {10, 172, 192} and source[:2] != b"\xc0\x00" else 52
    fields = (0x45, 0, 20 + length, (number * 7 + source[3] * 257) & 0xFFFF, 0x4000, hops, proto)
    head = struct.pack("!BBHHHBBH", *fields, 0) + source + target
    return b"\x08\x00" + head[:10] + _checksum(head).to_bytes(2) + head[12:]


def _ipv6(source: bytes, target: bytes, proto: int, length: int, number: int) -> bytes:
    del number  # IPv6 packets carry no identification.
    return b"\x86\xdd" + struct.pack("!LHBB", 6 << 28, length, proto, 64) + source + target


def _mac(address: bytes) -> bytes:
    """A locally administered address; multicast and broadcast map as RFC 1112 and 2464 say."""
    if len(address) == 16 and address[0] == 0xFF:
        return b"\x33\x33" + address[-4:]
    if len(address) == 4 and 224 <= address[0] < 240:
        return b"\x01\x00\x5e" + bytes([address[1] & 0x7F]) + address[2:]
    if address == b"\xff" * 4:
        return b"\xff" * 6
    return b"\x02\x00" + address[-4:]


def _tcp(conversation: Conversation) -> Iterator[tuple[Sent, bytes, int]]:
    sequence = {side: _first_sequence(conversation, side) for side in (True, False)}
    ports = (conversation.orig_port, conversation.resp_port)
    for packet in conversation.packets:
        source, target = ports if packet.forward else ports[::-1]
        options = _SYN_OPTIONS if packet.flags & SYN else b""
        mine = sequence[packet.forward]
        theirs = sequence[not packet.forward] if packet.flags & ACK else 0
        if packet.flags & SYN:
            mine = _first_sequence(conversation, packet.forward)
        offset = (5 + len(options) // 4) << 4
        window = 0 if packet.flags & RST else 64240
        head = struct.pack(
            "!HHLLBBHHH", source, target, mine, theirs, offset, packet.flags, window, 0, 0
        )
        taken = len(packet.payload) + bool(packet.flags & (SYN | FIN))
        sequence[packet.forward] = (mine + taken) & 0xFFFFFFFF
        yield packet, head + options + packet.payload, 16


def _first_sequence(conversation: Conversation, forward: bool) -> int:
    """A number that looks drawn, and is the same for a repeated SYN."""
    seed = repr((conversation.key, conversation.packets[0].time, forward)).encode()
    return int.from_bytes(seed) % 4_294_967_291


def _udp(conversation: Conversation) -> Iterator[tuple[Sent, bytes, int]]:
    ports = (conversation.orig_port, conversation.resp_port)
    for packet in conversation.packets:
        source, target = ports if packet.forward else ports[::-1]
        head = struct.pack("!HHHH", source, target, 8 + len(packet.payload), 0)
        yield packet, head + packet.payload, 6


def _icmp(conversation: Conversation) -> Iterator[tuple[Sent, bytes, int]]:
    """Echo requests and their answers; the payload begins with identifier and sequence number."""
    for packet in conversation.packets:
        kind = conversation.orig_port if packet.forward else conversation.resp_port
        yield packet, struct.pack("!BBH", kind, 0, 0) + packet.payload, 2


def write_pcap(conversations: Iterable[Conversation], path: Path) -> int:
    """Write every packet in the order of time (libpcap format 2.4); return how many."""
    count = 0
    ordered = heapq.merge(*(frames(one) for one in conversations), key=lambda item: item[0])
    with path.open("wb") as file:
        file.write(struct.pack("<LHHlLLL", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for time, frame in ordered:
            seconds, micros = divmod(time, 1_000_000)
            file.write(struct.pack("<LLLL", seconds, micros, len(frame), len(frame)) + frame)
            count += 1
    return count

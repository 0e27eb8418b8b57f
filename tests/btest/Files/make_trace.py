"""Writes a capture: three UDP exchanges, two minutes apart, so that two are over before it ends."""

import ipaddress
import struct
import sys
from pathlib import Path

START = 1_700_000_000
CLIENT, SERVER = (ipaddress.IPv4Address(text).packed for text in ("10.1.1.1", "10.1.1.2"))


def checksum(header: bytes) -> int:
    """The one of an IPv4 header whose own field is zero."""
    total = sum(struct.unpack("!10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - (total & 0xFFFF) - (total >> 16)


def frame(source: bytes, target: bytes, ports: tuple[int, int]) -> bytes:
    """Ethernet, IPv4, UDP without a checksum, four bytes."""
    datagram = struct.pack("!4H", *ports, 12, 0) + b"data"
    length = 20 + len(datagram)
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0, 64, 17, 0) + source + target
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return bytes(range(12)) + struct.pack("!H", 0x0800) + head + datagram


def record(seconds: int, micros: int, packet: bytes) -> bytes:
    """A packet as a capture of microseconds holds it."""
    return struct.pack("<4I", START + seconds, micros, len(packet), len(packet)) + packet


def exchange(number: int) -> bytes:
    """A question and its answer."""
    port, seconds = 40000 + number, 120 * number
    question = record(seconds, 0, frame(CLIENT, SERVER, (port, 9999)))
    return question + record(seconds, 500, frame(SERVER, CLIENT, (9999, port)))


if __name__ == "__main__":
    file_header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    Path(sys.argv[1]).write_bytes(file_header + b"".join(exchange(number) for number in range(3)))

"""What a configuration says of a syslog that takes notices."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from netheed.strict_yaml import FileName

PORTS: Final = {"udp": 514, "tcp": 601}
LONGEST: Final = {"unix": 8192, "udp": 2048, "tcp": 8192}
"""Bytes of a message: what every receiver of RFC 5424 should take in a datagram, and what rsyslog
takes at all unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where messages go."""

    way: str
    """`unix` (datagrams), `udp` or `tcp`."""
    host: str
    """For `unix` the path."""
    port: int = 0

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.host if self.way == "unix" else f"{self.way}://{host}:{self.port}"


def parsed(text: str) -> Address:
    """`/dev/log`, `udp://127.0.0.1:514` or `tcp://host:601`. Raises ValueError."""
    if text.startswith("/"):
        return Address("unix", text)
    parts = urlsplit(text)
    if parts.scheme not in PORTS or not parts.hostname or text != _plain(text):
        raise ValueError("must be the path of a socket, udp://HOST:PORT or tcp://HOST:PORT")
    port = PORTS[parts.scheme] if parts.port is None else parts.port
    return Address(parts.scheme, parts.hostname, port)


def _plain(text: str) -> str:
    """The address with what may stand in it only."""
    parts = urlsplit(text)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class SyslogSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="syslog"
):
    """Messages of RFC 5424, each with a line of one of the forms of files."""

    address: FileName = "/dev/log"
    form: Literal["jsonl", "eve", "ecs", "ocsf"] = "jsonl"
    facility: Literal[
        "user",
        "daemon",
        "auth",
        "authpriv",
        "local0",
        "local1",
        "local2",
        "local3",
        "local4",
        "local5",
        "local6",
        "local7",
    ] = "local5"
    longest: Annotated[int, Meta(ge=480, le=65_507)] | None = None
    """Bytes of a message; None is LONGEST."""

    def __post_init__(self) -> None:
        """Raises ValueError where the address is none."""
        parsed(self.address)

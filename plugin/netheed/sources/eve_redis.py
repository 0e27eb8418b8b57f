"""What a configuration says of a Redis that Suricata writes to (`filetype: redis`)."""

from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple
from urllib.parse import SplitResult, urlsplit

from msgspec import Meta, Struct

from netheed.strict_yaml import FileName, Seconds
from netheed.zeek.endpoint import is_loopback
from netheed.zeek.settings import Name

PORT: Final = 6379
LONGEST_PASSWORD: Final = 4096
_SCHEMES: Final = ("redis", "rediss", "unix")

Key = Annotated[str, Meta(pattern=r"\A[^\x00-\x1f\x7f\ud800-\udfff]{1,256}\Z")]
User = Annotated[str, Meta(pattern=r"\A[!-~]{1,256}\Z")]


class Place(NamedTuple):
    """Where a Redis listens."""

    host: str
    """Empty where it is a socket of this machine."""
    port: int
    path: str
    """Of the socket."""
    database: int
    is_tls: bool


class EveRedisSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="eve_redis"
):
    """Where Suricata writes, and how: `key` and `mode` are those of its suricata.yaml."""

    url: str = "redis://127.0.0.1:6379/0"
    """`redis://HOST:PORT/DATABASE`, `rediss://` for TLS, or `unix:///PATH`."""
    key: Key = "suricata"
    mode: Literal["list", "lpush", "rpush", "channel", "publish"] = "list"
    name: Name = "eve_redis"
    """Its origin."""
    user: User | None = None
    password_file: FileName | None = None
    insecure: bool = False
    """Plain redis:// to a host that is not this one."""
    ca_file: FileName | None = None
    """The authorities that vouch for a rediss:// server, instead of the system's."""
    most_unsaved: Annotated[int, Meta(ge=1000, le=100_000_000)] = 1_000_000
    """Records of a list that were read since the last checkpoint; the next wait in the list."""
    lateness: Seconds | None = None

    def __post_init__(self) -> None:
        place = place_of(self.url)
        if place.host and not (place.is_tls or self.insecure or is_loopback(place.host)):
            raise ValueError(
                "url: plain redis:// leaves this host; use rediss:// or insecure: true"
            )
        if self.ca_file is not None and not place.is_tls:
            raise ValueError("ca_file: is for rediss:// only")
        if self.user is not None and self.password_file is None:
            raise ValueError("user: has no password_file")

    @property
    def place(self) -> Place:
        """What the url says."""
        return place_of(self.url)

    @property
    def is_list(self) -> bool:
        """Whether records wait until they are taken."""
        return self.mode not in {"channel", "publish"}

    def password(self) -> str | None:
        """The first line of its file. Raises OSError, and ValueError where it is none."""
        if self.password_file is None:
            return None
        with Path(self.password_file).open("rb") as file:
            line = file.read(LONGEST_PASSWORD + 1).partition(b"\n")[0].rstrip(b"\r")
        if not line or len(line) > LONGEST_PASSWORD:
            raise ValueError(f"{self.password_file}: holds no password")
        return line.decode()


def place_of(url: str) -> Place:
    """Raises ValueError, which never shows what stands before an @."""
    parts, port = _parts(url)
    if parts.scheme not in _SCHEMES or parts.query or parts.fragment:
        raise ValueError("url: must be redis://HOST:PORT/DATABASE, rediss://... or unix:///PATH")
    if "@" in parts.netloc:
        raise ValueError("url: must have no user and no password; see user and password_file")
    if parts.scheme == "unix":
        if parts.netloc or len(parts.path) < 2 or "\0" in parts.path:
            raise ValueError("url: must be unix:///PATH")
        return Place("", 0, parts.path, 0, is_tls=False)
    number = parts.path.removeprefix("/") or "0"
    if not parts.hostname or not (number.isascii() and number.isdigit() and len(number) < 6):
        raise ValueError("url: must be redis://HOST:PORT/DATABASE")
    return Place(parts.hostname, port, "", int(number), is_tls=parts.scheme == "rediss")


def _parts(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna")
        port = PORT if parts.port is None else parts.port
    except ValueError:  # its text has the whole address, with what should not be there
        raise ValueError("url: is no address") from None
    if not port:
        raise ValueError("url: has no port 0")
    return parts, port

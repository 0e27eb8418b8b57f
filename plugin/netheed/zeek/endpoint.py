"""Where a Zeek listens, and what is dangerous about it."""

import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from netheed.errors import ConfigError

DEFAULT_URL: Final = "ws://127.0.0.1:27759/v1/messages/json"
"""Where zeekctl's manager and netheed's script listen."""
_PORTS: Final = {"ws": 80, "wss": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A WebSocket of Zeek. It asks nobody who he is: whoever reaches it may publish anything."""

    url: str = DEFAULT_URL
    insecure: bool = False
    """Plain ws:// to a host that is not this one."""
    ca_file: Path | None = None
    """The authorities that vouch for a wss:// server, instead of the system's."""

    def check(self, where: str) -> None:
        """Raises ConfigError, with the key's path, for what cannot or must not be connected to."""
        parts = self._parts(where)
        if parts.scheme not in _PORTS or not parts.hostname or parts.port == 0:
            raise ConfigError("must be ws://HOST:PORT/PATH or wss://...", where=f"{where}.url")
        if parts.username is not None:
            raise ConfigError("must have no user in it", where=f"{where}.url")
        if parts.scheme == "ws" and not self.insecure and not is_loopback(parts.hostname):
            raise ConfigError(
                "plain ws:// leaves this host; use wss://, or say insecure: true",
                where=f"{where}.url",
            )
        if self.ca_file is not None:
            self._check_ca(parts.scheme, f"{where}.ca_file")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return str(parts.hostname), parts.port or _PORTS[parts.scheme]

    def tls(self) -> ssl.SSLContext | None:
        """Verifies certificate and host name; None for ws://. Raises OSError without the file."""
        if urlsplit(self.url).scheme == "ws":
            return None
        return ssl.create_default_context(cafile=self.ca_file)

    def _parts(self, where: str) -> SplitResult:
        try:
            parts = urlsplit(self.url)
            _ = parts.port  # raises where it is none, as does a name that cannot be looked up
            (parts.hostname or "").encode("idna")
        except ValueError as error:
            raise ConfigError(str(error), where=f"{where}.url") from None
        return parts

    def _check_ca(self, scheme: str, where: str) -> None:
        if scheme == "ws":
            raise ConfigError("is for wss:// only", where=where)
        try:
            self.tls()
        except OSError as error:
            reason = f"{self.ca_file}: {error.strerror or error}"
            raise ConfigError(reason, where=where) from None


def is_loopback(host: str) -> bool:
    """Whether what is sent there stays on this host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

"""Where a Zeek listens for Broker's own protocol, and the Python module that speaks it.

The module is part of a Zeek and no other version's will do, so it is imported only where it is
configured: from Python's own search path, or from a directory that is named.
"""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from netheed.errors import ConfigError, NetheedError
from netheed.zeek.endpoint import is_loopback

DEFAULT_PORT: Final = 9999
"""Where netheed's script listens with `listen_broker`."""
_UNIMPORTABLE: Final = (ImportError, SyntaxError, SystemError, AttributeError)
"""What an import raises, for want of a module or for one that was made for another Python."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerEndpoint:
    """A Zeek that listens for peers. Without certificates it asks nobody who he is."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    insecure: bool = False
    """To a host that is not this one without certificates."""
    tls: bool = True
    """As Zeek does it, unless `Broker::disable_ssl` is T."""
    ca_file: Path | None = None
    """The authorities that vouch for the Zeek; it is not asked for a certificate else."""
    certificate: Path | None = None
    """What we show to a Zeek that asks."""
    key: Path | None = None
    python_path: Path | None = None
    """The directory that holds the module `broker`, such as /opt/zeek/lib/zeek/python."""

    @property
    def where(self) -> str:
        """For people."""
        return f"{self.host}:{self.port}"

    def check(self, where: str) -> None:
        """Raises ConfigError, with the key's path, for what cannot or must not be connected to."""
        if not self.host or not self.host.isprintable() or " " in self.host:
            raise ConfigError("must be a name or an address", where=f"{where}.host")
        verified = self.tls and self.ca_file is not None
        if not verified and not self.insecure and not is_loopback(self.host):
            reason = "leaves this host unverified; set ca_file, or say insecure: true"
            raise ConfigError(reason, where=f"{where}.host")
        for name in ("ca_file", "certificate", "key"):
            self._check_file(name, f"{where}.{name}")
        if (self.certificate is None) != (self.key is None):
            missing = "key" if self.key is None else "certificate"
            raise ConfigError("certificate and key go together", where=f"{where}.{missing}")
        try:
            self.module()
        except NetheedError as error:
            raise ConfigError(str(error), where=f"{where}.python_path") from None

    def module(self) -> Any:
        """Zeek's module `broker`. Raises NetheedError, saying what to do, where there is none."""
        try:
            with _first_in_search(self.python_path):
                module: Any = importlib.import_module("broker")
        except _UNIMPORTABLE as error:
            raise NetheedError(_advice(f"cannot be imported: {error}")) from None
        if not hasattr(module, "Endpoint") or not hasattr(module, "zeek"):
            found = getattr(module, "__file__", None)
            raise NetheedError(_advice(f"is not Zeek's but that of {found}"))
        return module

    def configuration(self, module: Any) -> Any:
        """As the module wants it."""
        options = module.BrokerOptions()
        options.disable_ssl = not self.tls
        made = module.Configuration(options)
        made.openssl_cafile = str(self.ca_file or "")
        made.openssl_certificate = str(self.certificate or "")
        made.openssl_key = str(self.key or "")
        return made

    def _check_file(self, name: str, where: str) -> None:
        path = getattr(self, name)
        if path is None:
            return
        if not self.tls:
            raise ConfigError("is for TLS only", where=where)
        try:
            path.open("rb").close()
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}", where=where) from None


@contextmanager
def _first_in_search(directory: Path | None) -> Iterator[None]:
    """For one import only: what else lies there shadows nothing of ours."""
    if directory is None:
        yield
        return
    sys.path.insert(0, str(directory))
    try:
        yield
    finally:
        sys.path.remove(str(directory))


def _advice(reason: str) -> str:
    version = ".".join(map(str, sys.version_info[:2]))
    return (
        f"the Python module broker {reason}; name the directory where Zeek has it"
        " (`zeek-config --python_dir`, PREFIX/lib/zeek/python) and run netheed with the Python"
        f" that Zeek was built with (this is {version}), or use zeek_websocket"
    )

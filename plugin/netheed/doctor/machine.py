"""What a doctor may look at: files, programs and ports of this machine, and what was asked."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from netheed.config import Settings
from netheed.tagged import type_of

PATIENCE: Final = 10.0
"""Seconds for a program that says its version."""
HANDSHAKE: Final = 1.0
"""Seconds for a connection."""
LONGEST: Final = 1 << 20
"""Bytes of a file or an output that are read."""
LINE: Final = 4096
"""Bytes of an answer."""
PARTS: Final = 16
"""In which it may come."""
Address = str | tuple[str, int]
"""The path of a socket, or host and port."""


def output(command: Sequence[str]) -> str | None:
    """What a program prints; None where it cannot be run, fails or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the program is the operator's
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout[:LONGEST].decode("utf-8", "replace")


def answers(host: str, port: int) -> bool:
    """Whether something accepts a connection there."""
    try:
        socket.create_connection((host, port), timeout=HANDSHAKE).close()
    except (OSError, UnicodeError, OverflowError):
        return False
    return True


def reply(address: Address, said: bytes) -> bytes | None:
    """The first line of an answer; None where nobody answers in time."""
    try:
        with _connected(address) as link:
            link.sendall(said)
            return _line(link)
    except (OSError, UnicodeError, OverflowError, ValueError):
        return None


def _connected(address: Address) -> socket.socket:
    if not isinstance(address, str):
        return socket.create_connection(address, timeout=HANDSHAKE)
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(HANDSHAKE)
    try:
        link.connect(address)
    except (OSError, ValueError):
        link.close()
        raise
    return link


def _line(link: socket.socket) -> bytes | None:
    """At most LINE bytes, in a few parts; raises OSError where one is not there in time."""
    got = b""
    for _ in range(PARTS):
        part = link.recv(LINE)
        got = (got + part)[:LINE]
        if b"\n" in got or len(got) == LINE:
            return got.partition(b"\n")[0]
        if not part:
            break
    return None


def may_exist(path: Path) -> bool:
    """Whether it is there, or behind a door that is closed to this user."""
    try:
        path.stat()
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Paths are this machine's, as its user knows them; `root` is what stands before them."""

    now: float
    """Seconds since 1970."""
    search: tuple[str, ...] = ()
    """Folders of programs."""
    root: Path = Path("/")
    run: Callable[[Sequence[str]], str | None] = output
    connects: Callable[[str, int], bool] = answers
    asks: Callable[[Address, bytes], bytes | None] = reply

    def at(self, path: str) -> Path:
        """Where a path really is."""
        return self.root / path.lstrip("/")

    def exists(self, path: str) -> bool:
        """Whether it is there, as far as this user may know."""
        return os.path.exists(self.at(path))  # noqa: PTH110 - says False where it may not look

    def may_exist(self, path: str) -> bool:
        """See the function."""
        return may_exist(self.at(path))

    def closed(self, path: str) -> str:
        """The first folder on the way to a file that this user may not go through, or its own."""
        folders = [str(folder) for folder in reversed(Path(path).parents)]
        shut = (folder for folder in folders if not os.access(self.at(folder), os.X_OK | os.R_OK))
        return next(shut, folders[-1])

    def text(self, path: str) -> str | None:
        """A small file; None where it is not there or cannot be read."""
        try:
            with self.at(path).open("rb") as file:
                return file.read(LONGEST).decode("utf-8", "replace")
        except (OSError, ValueError):
            return None

    def programs(self, name: str, folders: Iterable[str] = ()) -> list[str]:
        """Where a program is, links followed: in the search path, then in further folders."""
        places = [f"{folder.rstrip('/')}/{name}" for folder in (*self.search, *folders)]
        absolute = (place for place in places if place.startswith("/"))
        return list(dict.fromkeys(map(self._followed, filter(self._executable, absolute))))

    def _executable(self, path: str) -> bool:
        place = self.at(path)
        return os.path.isfile(place) and os.access(place, os.X_OK)  # noqa: PTH113 - as above

    def _followed(self, path: str) -> str:
        root, real = self.root.resolve(), self.at(path).resolve()
        return f"/{real.relative_to(root)}" if real.is_relative_to(root) else str(real)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was asked, and of which machine."""

    machine: Machine
    prefix: str | None = None
    """Where Zeek is installed; None: look for it."""
    suricata_yaml: str | None = None
    """Suricata's configuration; None: the one that it reads by itself."""
    file: str = "/etc/netheed/netheed.yaml"
    """netheed's configuration."""
    settings: Settings | None = None
    """None: there is none, or none that can be used."""
    unread: str = ""
    """Why it cannot be used; empty where there is none."""
    problems: tuple[tuple[str, str], ...] = ()
    """What `netheed check` says of its environment: the place and the reason of each."""

    @property
    def reads_something(self) -> bool:
        """Whether the configuration names a source."""
        return self.settings is not None and bool(self.settings.sources)

    @property
    def wants_sources(self) -> bool:
        """Whether a source may be written into it; what cannot be read is not written over."""
        return not self.unread and not self.reads_something

    def named(self, kind: str, key: str) -> list[str]:
        """What the configured sources and sinks of a `type` have under a key, each once."""
        if self.settings is None:
            return []
        parts = (*self.settings.sources, *self.settings.sinks)
        chosen = [part for part in parts if type_of(part) == kind]
        return list(dict.fromkeys(str(getattr(part, key)) for part in chosen))

    def sources(self, kind: str) -> list[Any]:
        """The configured ones of a `type`."""
        parts = () if self.settings is None else self.settings.sources
        return [part for part in parts if type_of(part) == kind]

    def sinks(self, kind: str) -> list[Any]:
        """The configured ones of a `type`."""
        parts = () if self.settings is None else self.settings.sinks
        return [part for part in parts if type_of(part) == kind]

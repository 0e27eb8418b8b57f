"""Suricata's command socket, protocol 0.2: a line of JSON each way, on the machine of the engine.

The engine takes clients in one thread and waits for the version of each, so a session says it at
once, alone in its own write, and never stays open longer than its commands.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from netheed.errors import NetheedError

VERSION: Final = b'{"version":"0.2"}'
PATIENCE: Final = 5.0
"""Seconds that each answer may take: a reload of rules keeps the engine from answering."""
LARGEST: Final = 1 << 16
"""Bytes of an answer; those to our commands have under a hundred."""
SHOWN: Final = 200
"""Characters of what the engine says that an error repeats."""


class Life(NamedTuple):
    """What tells one run of the engine from the next: each makes its socket anew."""

    device: int
    inode: int
    changed: int
    """Nanoseconds: inodes are used again."""


class Answer(Struct, frozen=True, gc=False):
    """What the engine says to a command."""

    result: str = msgspec.field(name="return")
    message: Any = ""

    @property
    def is_ok(self) -> bool:
        """Whether the command was done."""
        return self.result == "OK"

    @property
    def words(self) -> str:
        """The message as one line that may be shown."""
        return ascii(self.message)[1:-1][:SHOWN]


_FAULTS: Final = (OSError, ValueError, RecursionError)
"""Of the connection, and of what is no answer: msgspec's are ValueErrors."""
_decode: Final = msgspec.json.Decoder(Answer).decode


def life(path: str) -> Life:
    """Of the engine that has made this socket. Raises NetheedError where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - of text
    except OSError as error:
        raise NetheedError(f"{path}: {error.strerror}") from None
    return Life(found.st_dev, found.st_ino, found.st_ctime_ns)


@dataclass(slots=True, kw_only=True)
class Session:
    """A connection whose version was accepted."""

    path: str
    connection: socket.socket
    patience: float = PATIENCE
    _rest: bytes = b""

    def __call__(self, command: str, /, **arguments: str | int) -> Answer:
        """Give a command and wait for the answer, whatever it is. Raises NetheedError."""
        asked = {"command": command} | ({"arguments": arguments} if arguments else {})
        return self.said(msgspec.json.encode(asked) + b"\n")

    def said(self, words: bytes) -> Answer:
        """The answer to one write. Raises NetheedError."""
        try:
            self.connection.settimeout(self.patience)
            self.connection.sendall(words)
            return _decode(self._line())
        except TimeoutError:
            raise NetheedError(f"{self.path}: no answer within {self.patience:g} s") from None
        except _FAULTS as error:
            raise NetheedError(f"{self.path}: {_reason(error)}") from None

    def _line(self) -> bytes:
        """It may come in pieces, and all of them together have the patience of one."""
        end = monotonic() + self.patience
        while b"\n" not in self._rest:
            left = end - monotonic()
            if left <= 0.0:
                raise TimeoutError
            self.connection.settimeout(left)
            piece = self.connection.recv(4096)
            self._rest += piece
            if not piece or len(self._rest) > LARGEST:
                raise OSError("closed by Suricata" if not piece else "an answer without an end")
        line, _, self._rest = self._rest.partition(b"\n")
        return line


@contextmanager
def session(path: str, patience: float = PATIENCE) -> Iterator[Session]:
    """One that takes commands. Raises NetheedError where nobody answers, and in what it holds."""
    with _connected(path, patience) as connection:
        made = Session(path=path, connection=connection, patience=patience)
        answer = made.said(VERSION)
        if not answer.is_ok:
            raise NetheedError(f"{path}: Suricata refused the protocol: {answer.words}")
        yield made


def _connected(path: str, patience: float) -> socket.socket:
    try:
        with ExitStack() as held:
            connection = held.enter_context(socket.socket(socket.AF_UNIX))
            connection.settimeout(patience)
            connection.connect(path)
            held.pop_all()
            return connection
    except ConnectionRefusedError:
        raise NetheedError(f"{path}: no Suricata listens there any more") from None
    except OSError as error:
        raise NetheedError(f"{path}: {_reason(error)}") from None


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)

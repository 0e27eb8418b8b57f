"""Lines of a file, plain or gzip, in blocks; over-long lines are passed over, not held."""

import errno
import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

BLOCK: Final = 1 << 18
"""Bytes read at once: what is decoded of larger ones falls out of the cache."""
LONGEST_LINE: Final = 1 << 20
GZIP_MAGIC: Final = b"\x1f\x8b"
STANDARD_INPUT: Final = Path("/dev/stdin")
"""Read from the descriptor that is open already: sockets and other users' pipes open only once."""


class DamagedError(Exception):
    """The rest of a file cannot be read."""


class Readable(Protocol):
    """All that is asked of a file."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; empty at the end."""
        ...


@contextmanager
def open_any(path: Path) -> Iterator[Readable]:
    """Open a file, unpacking gzip, which is known by its first bytes, not its name.

    It is opened once: what a pipe has given it does not give again.
    """
    with _open(path) as file:
        begun = _Begun(file, file.read(len(GZIP_MAGIC)) or b"")
        if begun.first == GZIP_MAGIC:
            with gzip.GzipFile(fileobj=cast("BinaryIO", begun), mode="rb") as unpacked:
                yield unpacked
        else:
            yield begun


def gives_once(path: Path) -> bool:
    """Whether a second opening would not begin again at the first byte: pipes, terminals."""
    return path == STANDARD_INPUT or not path.is_file()


def _open(path: Path) -> BinaryIO:
    return open(0, "rb", closefd=False) if path == STANDARD_INPUT else path.open("rb")


@dataclass(slots=True)
class _Begun:
    """A file of which the first bytes were read already.

    `peek` would not do: it is content with the one byte that a slow pipe may give.
    """

    file: BinaryIO
    first: bytes

    def read(self, size: int, /) -> bytes:
        """The next bytes, the first ones again."""
        first, self.first = self.first[:size], self.first[size:]
        return first + _waited_for(self.file.read(size - len(first)))


def blocks_of_lines(file: Readable) -> Iterator[list[bytes | None]]:
    """Lists of lines without their newlines; None stands for a line longer than LONGEST_LINE.

    Raises DamagedError after the last whole line where a compressed file breaks off.
    """
    cut = Cut()
    while block := read_block(file):
        yield cut.lines(block)
    yield from filter(None, [cut.end()])


@dataclass(slots=True)
class Cut:
    """Cuts blocks into lines, and keeps the beginning of one whose end has not come."""

    taken: int = 0
    """Bytes of the lines that were given, with their newlines."""
    _rest: bytes = b""
    _dropped: int = 0
    """Bytes of a line that is too long to be kept."""

    def lines(self, block: bytes) -> list[bytes | None]:
        """The lines that end in the next block."""
        size = len(self._rest) + len(block)
        pieces = (self._rest + block).split(b"\n")
        self._rest = pieces.pop()
        self.taken += size - len(self._rest)
        lines: list[bytes | None] = list(pieces)
        if self._dropped and lines:
            lines[0] = None
            self.taken, self._dropped = self.taken + self._dropped, 0
        if len(self._rest) > LONGEST_LINE or self._dropped:
            self._dropped, self._rest = self._dropped + len(self._rest), b""
        if size > LONGEST_LINE:
            lines = [None if line and len(line) > LONGEST_LINE else line for line in lines]
        return lines

    @property
    def waiting(self) -> int:
        """Bytes of the line whose end has not come."""
        return len(self._rest) + self._dropped

    def end(self) -> list[bytes | None]:
        """The line that has no newline because nothing comes any more; empty for none."""
        rest, dropped = self._rest, self._dropped
        self.taken += len(rest) + dropped
        self._rest, self._dropped = b"", 0
        return [None if dropped else rest] if rest or dropped else []


def read_block(file: Readable, size: int = BLOCK) -> bytes:
    """The next bytes, empty at the end. Raises DamagedError where a compressed file breaks off."""
    try:
        return file.read(size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedError(str(error)) from None


def _waited_for(block: bytes | None) -> bytes:
    """None is not the end: the other side has set the pipe not to wait."""
    if block is None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return block

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
    rest, too_long = b"", False
    while block := _read(file):
        size = len(rest) + len(block)
        pieces = (rest + block).split(b"\n")
        rest = pieces.pop()
        lines: list[bytes | None] = list(pieces)
        if too_long and lines:
            lines[0], too_long = None, False
        if len(rest) > LONGEST_LINE:
            rest, too_long = b"", True
        if size > LONGEST_LINE:
            lines = [None if line and len(line) > LONGEST_LINE else line for line in lines]
        yield lines
    if rest or too_long:
        yield [None if too_long else rest]


def _read(file: Readable) -> bytes:
    try:
        return file.read(BLOCK)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedError(str(error)) from None


def _waited_for(block: bytes | None) -> bytes:
    """None is not the end: the other side has set the pipe not to wait."""
    if block is None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    return block

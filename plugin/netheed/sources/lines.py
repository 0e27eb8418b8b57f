"""Lines of a file, plain or gzip, in blocks; over-long lines are passed over, not held."""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

BLOCK: Final = 1 << 20
LONGEST_LINE: Final = 1 << 20
GZIP_MAGIC: Final = b"\x1f\x8b"


class DamagedError(Exception):
    """The rest of a file cannot be read."""


def open_any(path: Path) -> BinaryIO:
    """Open a file, unpacking gzip, which is known by its first bytes, not its name."""
    with path.open("rb") as file:
        magic = file.read(len(GZIP_MAGIC))
    if magic == GZIP_MAGIC:
        return gzip.open(path)  # type: ignore[return-value]
    return path.open("rb")


def blocks_of_lines(file: BinaryIO) -> Iterator[list[bytes | None]]:
    """Lists of lines without their newlines; None stands for a line longer than LONGEST_LINE.

    Raises DamagedError after the last whole line where a compressed file breaks off.
    """
    rest, too_long = b"", False
    while block := _read(file):
        pieces = (rest + block).split(b"\n")
        rest = pieces.pop()
        lines: list[bytes | None] = list(pieces)
        if too_long and lines:
            lines[0], too_long = None, False
        if len(rest) > LONGEST_LINE:
            rest, too_long = b"", True
        for position, line in enumerate(lines):
            if line is not None and len(line) > LONGEST_LINE:
                lines[position] = None
        yield lines
    if rest or too_long:
        yield [None if too_long else rest]


def _read(file: BinaryIO) -> bytes:
    try:
        return file.read(BLOCK)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DamagedError(str(error)) from None

"""One file of a log, open: known by its first bytes, read from any place on, packed or not."""

import gzip
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final, cast

from netheed.sources.lines import BLOCK, GZIP_MAGIC, Cut, DamagedError, read_block

HEAD: Final = 1024
"""First bytes by which a file is known; fewer while it is shorter."""
LONGEST_HEADER: Final = 1 << 16


def digest(head: bytes) -> str:
    """The size and a digest of a file's first bytes; empty for an empty file."""
    return f"{len(head)}:{blake2b(head, digest_size=10).hexdigest()}" if head else ""


def fits(known: str, head: bytes) -> bool:
    """Whether a file that begins so is the one of which `known` is the digest."""
    size, _, _ = known.partition(":")
    return bool(known) and digest(head[: int(size)]) == known


@dataclass(slots=True)
class LogFile:
    """Read in blocks; `offset` and `line` say how far its whole lines were given."""

    path: Path
    file: BinaryIO
    raw: FileIO
    """The file itself; the same as `file` where it is not packed."""
    head: bytes
    start: int = 0
    """Where reading began, bytes unpacked."""
    line: int = 0
    cut: Cut = field(default_factory=Cut)

    @classmethod
    def opened(cls, path: Path) -> "LogFile | None":
        """A file; None where it is gone or none, or breaks off before it has said who it is."""
        try:
            raw = FileIO(path, "rb", opener=_at_once)
        except (FileNotFoundError, IsADirectoryError):
            return None
        if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
            raw.close()
            return None
        if os.pread(raw.fileno(), len(GZIP_MAGIC), 0) != GZIP_MAGIC:
            return cls(path, cast("BinaryIO", raw), raw, os.pread(raw.fileno(), HEAD, 0))
        file = cast("BinaryIO", gzip.GzipFile(fileobj=raw))
        try:
            return cls(path, file, raw, read_block(file, HEAD))
        except DamagedError:
            raw.close()
            return None

    @property
    def offset(self) -> int:
        """Bytes of the lines that were given, unpacked."""
        return self.start + self.cut.taken

    @property
    def read_to(self) -> int:
        """Bytes that were read, those of an unfinished line too."""
        return self.offset + self.cut.waiting

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return os.fstat(self.raw.fileno()).st_size

    @property
    def modified(self) -> int:
        """When it was last written, nanoseconds."""
        return os.fstat(self.raw.fileno()).st_mtime_ns

    @property
    def inode(self) -> tuple[int, int]:
        """Device and inode: who it is as long as it is open."""
        status = os.fstat(self.raw.fileno())
        return status.st_dev, status.st_ino

    @property
    def is_packed(self) -> bool:
        """Nobody writes on to a packed file."""
        return self.file is not self.raw

    def lines(self, size: int = BLOCK) -> list[bytes | None] | None:
        """The lines of the next block of `size` bytes; None at the end of what is there.

        Raises DamagedError where a packed file breaks off, OSError where the disk does.
        """
        block = read_block(self.file, size)
        if not block:
            return None
        if len(self.head) < HEAD and not self.is_packed:
            self.head = os.pread(self.raw.fileno(), HEAD, 0)
        return self._counted(self.cut.lines(block))

    def last_line(self) -> list[bytes | None]:
        """The line without a newline, once nothing comes any more."""
        return self._counted(self.cut.end())

    def begins_as_before(self) -> bool:
        """False where it was written over in place."""
        return os.pread(self.raw.fileno(), len(self.head), 0) == self.head or self.is_packed

    def go_to(self, offset: int, line: int) -> list[bytes | None]:
        """Go on at the beginning of a line; gives the comments with which the file begins.

        Raises DamagedError where a packed file breaks off before.
        """
        self.file.seek(0)
        header = list(_comments(read_block(self.file, LONGEST_HEADER))) if line else []
        if self.is_packed:
            self._unpack_to(offset)
        else:
            self.file.seek(offset)
        self.start, self.line = offset, line
        return header

    def close(self) -> None:
        """Let go of it."""
        self.file.close()
        self.raw.close()

    def _unpack_to(self, offset: int) -> None:
        self.file.seek(0)
        while (rest := offset - self.file.tell()) > 0:
            if not read_block(self.file, min(rest, BLOCK)):
                return

    def _counted(self, lines: list[bytes | None]) -> list[bytes | None]:
        self.line += len(lines)
        return lines


def _comments(beginning: bytes) -> Iterator[bytes | None]:
    """Zeek's header lines."""
    for line in beginning.split(b"\n")[:-1]:
        if not line.startswith(b"#"):
            return
        yield line


def _at_once(path: str, flags: int) -> int:
    """As `open` does it, and where a pipe has the name nobody waits for a writer."""
    return os.open(path, flags | os.O_NONBLOCK)

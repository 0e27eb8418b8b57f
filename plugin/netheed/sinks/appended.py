"""A file that others read while we write it: notices as whole lines at its end.

It may be rotated under us, by renaming (a new file is made) or by copytruncate. After a crash the
line that was written last may come again: a notice whose id stands near the end is not repeated.
"""

import errno
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Final

from netheed.errors import NetheedError
from netheed.ports import Problem
from netheed.records import Notice

TAIL: Final = 1 << 18
"""Bytes at the end that are searched for ids: more than the notices of one delivery."""


@dataclass(slots=True, kw_only=True)
class AppendedFile:
    """A sink; `encode` is one of the forms of `formats`."""

    path: Path
    encode: Callable[[Notice], bytes]
    mode: int = 0o640
    _file: FileIO | None = None
    _tail: bytes = field(default=b"")
    """What stands at the end."""

    def write(self, notices: Sequence[Notice], /) -> None:
        """Append those that are not there yet, and force them to the disk.

        Raises NetheedError where that fails; no line is left half.
        """
        try:
            file = self._current()
            new = [notice for notice in notices if notice.id.encode() not in self._tail]
            lines = b"".join(map(self.encode, new))
            self._append(file, lines)
            # Who could not note that it was taken gives it again.
            self._tail = (self._tail + lines)[-TAIL:]
        except OSError as error:
            self.close()
            raise NetheedError(f"{self.path}: {error.strerror or error}") from None

    def problems(self) -> Iterator[Problem]:
        """Whether the file can be written."""
        if self.path.exists():
            if not os.access(self.path, os.W_OK):
                yield Problem("path", f"{self.path}: cannot be written")
        elif not os.access(self.path.parent, os.W_OK | os.X_OK):
            yield Problem("path", f"{self.path.parent}: no folder that can be written")

    def close(self) -> None:
        """Let go of the file; the next write opens it again."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def _current(self) -> FileIO:
        """The file that stands under the path now."""
        if self._file is not None and not self._is_current(self._file):
            self.close()
        if self._file is None:
            self._file = self._opened()
        return self._file

    def _is_current(self, file: FileIO) -> bool:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False
        own = os.fstat(file.fileno())
        return (status.st_dev, status.st_ino) == (own.st_dev, own.st_ino)

    def _opened(self) -> FileIO:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        file = FileIO(os.open(self.path, flags, self.mode), "r+b")
        try:
            self._cut_to_whole_lines(file)
        except OSError:
            file.close()
            raise
        return file

    def _cut_to_whole_lines(self, file: FileIO) -> None:
        size = os.fstat(file.fileno()).st_size
        self._tail = os.pread(file.fileno(), TAIL, max(0, size - TAIL))
        half = self._tail.rpartition(b"\n")[2]
        if half:
            # The machine stopped in the middle of it; it comes again as a whole.
            os.ftruncate(file.fileno(), size - len(half))
            self._tail = self._tail[: -len(half)]

    def _append(self, file: FileIO, lines: bytes) -> None:
        """One write, so that lines of two writers never mix; what is half is cut off again."""
        if not lines:
            return
        before = os.fstat(file.fileno()).st_size
        try:
            _write(file, lines)
        except OSError:
            # Never longer: somebody may have emptied it meanwhile.
            os.ftruncate(file.fileno(), min(before, os.fstat(file.fileno()).st_size))
            raise


def _write(file: FileIO, lines: bytes) -> None:
    if file.write(lines) != len(lines):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(file.fileno())

"""A file that others read while we write it: whole lines at its end, whoever rotates it.

It may be rotated under us by renaming (a new file is made) or by copytruncate.
"""

import errno
import os
import select
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Final

TAIL: Final = 1 << 18
"""Bytes at the end that are remembered: more than the notices of one delivery."""
ROOM: Final = 1.0
"""Seconds that the reader of a pipe has to make room."""
_A_PIPE: Final = "a pipe keeps nothing"


@dataclass(slots=True, kw_only=True)
class LineFile:
    """What stands under a path at the moment of writing."""

    path: Path
    durable: bool = True
    """Each write is forced to the disk."""
    mode: int = 0o640
    """Of a file that is made."""
    tail: bytes = b""
    """What stands at its end."""
    _file: FileIO | None = None

    def open(self) -> FileIO:
        """The file that stands under the path now; a line that a crash left half is cut off.

        Raises OSError.
        """
        if self._file is not None and not self._is_current(self._file):
            self.close()
        if self._file is None:
            self._file = self._opened()
        return self._file

    def append(self, lines: bytes) -> None:
        """One write, so that lines of two writers never mix; what is half is cut off again.

        Raises OSError.
        """
        if not lines:
            return
        file = self.open()
        before = os.fstat(file.fileno()).st_size
        try:
            _write(file, lines)
            if self.durable:
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):  # a pipe or a device has no end to cut
                # Never longer: somebody may have emptied it meanwhile.
                os.ftruncate(file.fileno(), min(before, os.fstat(file.fileno()).st_size))
            raise
        # Who could not note that it was taken gives it again.
        self.tail = (self.tail + lines)[-TAIL:]

    def problem(self) -> str | None:
        """Why it could not be opened at this moment. It is looked at, and not made.

        Whether somebody reads a pipe is not tried: its reader would take that for the end.
        """
        try:
            kind = self.path.stat().st_mode
        except FileNotFoundError:
            return unwritable(Path(os.path.realpath(self.path)).parent)
        except OSError as error:
            return f"{self.path}: {error.strerror}"
        if stat.S_ISDIR(kind):
            return f"{self.path}: {os.strerror(errno.EISDIR)}"
        if stat.S_ISSOCK(kind):
            return f"{self.path}: {os.strerror(errno.ENXIO)}"
        if stat.S_ISFIFO(kind) and self.durable:
            return f"{self.path}: {_A_PIPE}"
        needed = os.W_OK | (os.R_OK if stat.S_ISREG(kind) else 0)
        allowed = os.access(self.path, needed, effective_ids=True)
        return None if allowed else f"{self.path}: cannot be written"

    def close(self) -> None:
        """Let go of the file; the next write opens it again."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def _is_current(self, file: FileIO) -> bool:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False
        own = os.fstat(file.fileno())
        return (status.st_dev, status.st_ino) == (own.st_dev, own.st_ino)

    def _opened(self) -> FileIO:
        kind = os.O_WRONLY if self.path.is_fifo() else os.O_RDWR
        # A pipe that nobody reads is an error, and one that is read slowly is waited for a moment.
        flags = kind | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        file = FileIO(os.open(self.path, flags, self.mode), "wb" if kind == os.O_WRONLY else "r+b")
        try:
            self._cut_to_whole_lines(file)
        except OSError:
            file.close()
            raise
        return file

    def _cut_to_whole_lines(self, file: FileIO) -> None:
        status = os.fstat(file.fileno())
        self.tail = b""
        if stat.S_ISFIFO(status.st_mode) and self.durable:
            raise OSError(errno.ESPIPE, _A_PIPE)
        if not stat.S_ISREG(status.st_mode):
            return
        self.tail = os.pread(file.fileno(), TAIL, max(0, status.st_size - TAIL))
        half = self.tail.rpartition(b"\n")[2]
        if half:
            # The machine stopped in the middle of it; it comes again as a whole.
            os.ftruncate(file.fileno(), status.st_size - len(half))
            self.tail = self.tail[: -len(half)]


def unwritable(folder: Path) -> str | None:
    """Why no file can be made in a folder; a file without a name is tried."""
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        return f"{folder}: {error.strerror}"
    return None


def _write(file: FileIO, lines: bytes) -> None:
    rest, poll = memoryview(lines), select.poll()
    poll.register(file, select.POLLOUT)
    while rest:
        written = file.write(rest)
        if written == len(rest):
            return
        if not stat.S_ISFIFO(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written or 0 :]
        if not poll.poll(ROOM * 1000.0):
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

"""Where the lines of a run go."""

import errno
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import BinaryIO, Final

from netheed.errors import NetheedError

STANDARD_OUTPUT: Final = (None, Path("-"))


@dataclass(frozen=True, slots=True)
class Output:
    """Takes whole lines and writes them at once, unbuffered."""

    file: FileIO | BinaryIO
    name: str
    ours: bool
    """Opened here and empty at first: what could not be written to its end may be cut off again."""

    def write(self, lines: bytes) -> None:
        """Write all of it, or in a file of ours nothing, so that no line is left half.

        Raises NetheedError when the disk is full or the like. A reader that has left the pipe is
        BrokenPipeError: nobody is there to be told, and click ends the command quietly.
        """
        begin = self.file.tell() if self.ours and self.file.seekable() else None
        try:
            _write_all(self.file, lines)
            begin = None
        except BrokenPipeError:
            raise
        except OSError as error:
            raise NetheedError(f"{self.name}: {error.strerror or error}") from None
        finally:
            if begin is not None:
                self._cut_off(begin)

    def writelines(self, lines: Iterable[bytes]) -> None:
        """Write them together."""
        self.write(b"".join(lines))

    def _cut_off(self, begin: int) -> None:
        with suppress(OSError):  # the first error is the one to tell
            self.file.seek(begin)
            self.file.truncate()


def refuse_overwriting(inputs: Iterable[Path], outputs: Sequence[Path | None]) -> None:
    """To be called before any output is opened, which would empty an input unread.

    Raises NetheedError where an output is one of the inputs or another output, by whatever name.
    Terminals, pipes and devices may be both; standard output may be named twice.
    """
    taken = {_file(path): "is read" for path in inputs}
    named = [path for path in outputs if path not in STANDARD_OUTPUT]
    for path in [*named, None] if len(named) < len(outputs) else named:
        file = _file(path)
        if file is not None and file in taken:
            raise NetheedError(f"{path or 'standard output'}: {taken[file]} by the same run")
        taken[file] = "is written"


def _file(path: Path | None) -> object:
    """Equal for equal files, whatever they are called; None for what no writing can empty."""
    try:
        status = os.fstat(1) if path in STANDARD_OUTPUT else path.stat()
    except OSError:
        return None if path in STANDARD_OUTPUT else path.resolve()
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None


@contextmanager
def open_output(path: Path | None) -> Iterator[Output]:
    """A file for whole lines; None and `-` are standard output.

    Raises NetheedError when the file cannot be opened.
    """
    if path in STANDARD_OUTPUT:
        sys.stdout.flush()
        # Past the buffer: what it could not write it would try again, and complain, at the exit.
        file = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
        yield Output(file, "standard output", ours=False)
        return
    try:
        file = FileIO(path, "wb")
    except OSError as error:
        raise NetheedError(f"{path}: {error.strerror or error}") from None
    with file:
        yield Output(file, str(path), ours=True)


def _write_all(file: FileIO | BinaryIO, lines: bytes) -> None:
    rest = memoryview(lines)
    while rest:
        written = file.write(rest)
        if written is None:  # a terminal that another program has set to not wait
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        rest = rest[written:]

"""The saved state on disk: always a whole one, whenever the machine stops.

A new state is written beside the old one, forced to the disk, and takes its name in one step; the
old one stays as the previous. What is read is checked by length and digest.
"""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import BinaryIO, Final

from netheed import durable
from netheed.errors import NetheedError
from netheed.logs import log

FILES: Final = ("checkpoint", "checkpoint.previous", "checkpoint.new", "checkpoint.link", "lock")
"""All that is written into the directory."""
MAGIC: Final = b"netheed checkpoint"
_DIGEST: Final = 16


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The checkpoints in a directory."""

    directory: Path

    @property
    def newest(self) -> Path:
        """The last one written."""
        return self.directory / "checkpoint"

    @property
    def previous(self) -> Path:
        """The one before."""
        return self.directory / "checkpoint.previous"

    def write(self, pieces: Iterable[bytes]) -> int:
        """Make what they are together the newest, and give its length.

        Raises OSError; the one before is still whole then. Only where forcing the directory failed
        is this the newest for all that.
        """
        new, linked = self.directory / "checkpoint.new", self.directory / "checkpoint.link"
        try:
            size = _write(new, pieces)
            if is_whole(self.newest):
                # Only then: a damaged one must not take the place of one that can be read.
                linked.unlink(missing_ok=True)
                os.link(self.newest, linked)
                os.replace(linked, self.previous)  # noqa: PTH105 - one call, one step that may fail
            os.replace(new, self.newest)  # noqa: PTH105
            durable.force(self.directory)
        except OSError:
            with suppress(OSError):  # the next write makes it anew, and the reason is the first one
                new.unlink()
            raise
        return size

    @property
    def saved(self) -> tuple[Path, Path]:
        """Newest first."""
        return self.newest, self.previous

    def read(self) -> Iterator[bytes]:
        """What was saved, newest first; what is damaged is told and left out."""
        for path in self.saved:
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                log.error("checkpoint_unreadable", path=str(path), reason=error.strerror)
                continue
            header, _, body = data.partition(b"\n")
            if header + b"\n" == _header(body):
                yield body
            else:
                log.error("checkpoint_damaged", path=str(path), bytes=len(data))


def lock(directory: Path) -> int:
    """Make a directory this process's own, for as long as the descriptor stays open.

    Raises NetheedError where another process has it, or it cannot be locked.
    """
    try:
        descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NetheedError(f"{directory}: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        taken = error.errno in (errno.EAGAIN, errno.EACCES)
        reason = "another netheed runs on this state" if taken else error.strerror
        raise NetheedError(f"{directory}: {reason}") from None
    return descriptor


def is_locked(directory: Path) -> bool:
    """Whether a netheed runs on it, as far as this user may know."""
    try:
        descriptor = os.open(directory / "lock", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def opened(path: Path) -> BinaryIO:
    """A file at the first byte of what was saved. Raises OSError, NetheedError if damaged."""
    if not is_whole(path):
        raise NetheedError(f"{path}: is damaged")
    file = path.open("rb")
    file.readline()
    return file


def is_whole(path: Path) -> bool:
    """Whether `read` would give it; it is not held in memory."""
    try:
        with path.open("rb") as file:
            header = file.readline(len(_said(0, _hash().hexdigest())))
            size = os.fstat(file.fileno()).st_size - len(header)
            return header == _said(size, file_digest(file, _hash).hexdigest())
    except OSError:
        return False


def _write(path: Path, pieces: Iterable[bytes]) -> int:
    """What is said of them in front is known when they are written."""
    size, digest = 0, _hash()
    with durable.writing(path) as file:
        durable.put(file, _said(size, digest.hexdigest()))
        for piece in pieces:
            durable.put(file, piece)
            digest.update(piece)
            size += len(piece)
        os.lseek(file, 0, os.SEEK_SET)
        durable.put(file, _said(size, digest.hexdigest()))
    return size


def _header(data: bytes) -> bytes:
    return _said(len(data), _hash(data).hexdigest())


def _said(size: int, digest: str) -> bytes:
    return b"%s %020d %s\n" % (MAGIC, size, digest.encode())


def _hash(data: bytes = b"") -> blake2b:
    return blake2b(data, digest_size=_DIGEST)

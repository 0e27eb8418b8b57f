"""Files that are there after the machine has stopped: forced to the disk, and their names too."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write(path: Path, data: bytes) -> None:
    """A file of this user's alone, whole on the disk when this returns. Raises OSError."""
    with writing(path) as descriptor:
        put(descriptor, data)


@contextmanager
def writing(path: Path) -> Iterator[int]:
    """The same for what is put in pieces: whole on the disk at the end. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(descriptor, 0o600)  # what was left behind may be open to others
        yield descriptor
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put(descriptor: int, data: bytes) -> None:
    """All of it, however little the disk takes at once. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def force(directory: Path) -> None:
    """Names are durable only when their directory is. Raises OSError."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

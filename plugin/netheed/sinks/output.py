"""Where the lines of a run go."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from netheed.errors import NetheedError


@contextmanager
def open_output(path: Path | None) -> Iterator[BinaryIO]:
    """A file for whole lines; None and `-` are standard output.

    Raises NetheedError when the file cannot be opened or written.
    """
    if path is None or str(path) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        with path.open("wb") as file:
            yield file
    except OSError as error:
        raise NetheedError(f"{path}: {error.strerror or error}") from None

"""What is remembered, as plain named arrays: to be saved, and taken up again elsewhere.

A part of the core gives its arrays under short names; whoever holds several parts puts the part's
name and a slash before them. Packed, a state is one .npz without pickle, with its version in it.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import IO, Any, Final, cast
from zipfile import BadZipFile, ZipFile

import numpy as np
from numpy.lib.format import write_array
from numpy.typing import NDArray

from netheed.errors import StateError

State = dict[str, NDArray[Any]]

VERSION: Final = 8
_VERSION: Final = "version"
_UNREADABLE: Final = (
    *(BadZipFile, EOFError, KeyError, ValueError, TypeError, OSError),
    zlib.error,
)
"""What numpy raises of bytes that are no archive of arrays."""


def joined(parts: Mapping[str, State]) -> State:
    """Several parts as one, each under its name."""
    return {
        f"{name}/{inner}": array for name, part in parts.items() for inner, array in part.items()
    }


def part(state: State, name: str) -> State:
    """What `joined` put under a name; empty where there is nothing."""
    prefix = f"{name}/"
    return {
        inner.removeprefix(prefix): array
        for inner, array in state.items()
        if inner.startswith(prefix)
    }


def words(texts: Iterable[str]) -> NDArray[np.str_]:
    """Texts as an array, also where there are none."""
    return np.array(list(texts), dtype=np.str_)


def pack(state: State) -> bytes:
    """One state as bytes. Raises TypeError for arrays of objects, which would need pickle."""
    return b"".join(packed(state))


def packed(state: State) -> Iterator[bytes]:
    """What `pack` gives, an array at a time: a state of a gigabyte is not held twice."""
    objects = [name for name, array in state.items() if array.dtype.hasobject]
    if objects:
        raise TypeError(f"no plain arrays: {', '.join(objects)}")
    pieces = _Pieces()
    with ZipFile(cast("IO[bytes]", pieces), "w") as archive:
        for name, array in {_VERSION: np.array(VERSION), **state}.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                write_array(file, array, allow_pickle=False)
            yield from pieces.taken()
    yield from pieces.taken()


class _Pieces:
    """A file that keeps what is written into it until somebody takes it."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._kept.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def taken(self) -> list[bytes]:
        kept, self._kept = self._kept, []
        return kept


def unpack(data: bytes, where: str) -> State:
    """The inverse of `pack`. Raises StateError with `where` for anything else."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as kept:
            state = {name: kept[name] for name in kept.files}
        version = int(state.pop(_VERSION))
    except _UNREADABLE as error:
        raise StateError(f"{where}: is no saved state: {error}") from None
    _check(version, where)
    return state


def check_version(file: IO[bytes], where: str) -> None:
    """Whether `unpack` would take what is packed from here to the end of a file, all else unread.

    Raises StateError with `where` if not.
    """
    try:
        with np.load(file, allow_pickle=False) as kept:
            version = int(kept[_VERSION])
    except _UNREADABLE as error:
        raise StateError(f"{where}: is no saved state: {error}") from None
    _check(version, where)


def _check(version: int, where: str) -> None:
    if version != VERSION:
        raise StateError(f"{where}: a state of version {version}, this netheed reads {VERSION}")

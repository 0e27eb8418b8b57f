"""A log that is written on: its lines in order, across every kind of rotation and restart.

    conn.log  ──renamed──>  conn.01.log  ──packed──>  conn.01.log.gz
        └── a new conn.log begins

Names change with rotation and inodes are used again, so a file is known by a digest of its first
bytes (Filebeat came to the same end: `fingerprint` is its default since 9.0). What may have been
read or not is looked for among the archives, and what is gone is told, never passed over.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct, structs

from netheed.logs import log
from netheed.sources.lines import DamagedError
from netheed.sources.log_file import LogFile, digest, fits

REMEMBERED: Final = 32
"""Files read to their end that are still recognised under another name."""
PATIENCE: Final = 100
"""Looks for a file, or at one that breaks off, before it is given up: it may just be packed."""
LOOK: Final = 1.0
"""Seconds between two looks among the archives, at least."""
LONGEST: Final = 30.0
"""Seconds between two of them, at most."""
SHARE: Final = 20.0
"""A look that takes long is followed by so many times as long without one."""
DAY: Final = 86_400_000_000_000
"""Nanoseconds by which the clocks of the log and of a folder of archives may differ."""
_WILD: Final = frozenset("*?[")


class Place(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a log has been read; as text it is the position of its origin."""

    head: str = ""
    """Size and digest of the file's first bytes; empty before a file was opened."""
    offset: int = 0
    """Bytes of whole lines, unpacked."""
    line: int = 0
    modified: int = 0
    """When the log was last seen written, nanoseconds: older archives hold nothing new."""
    done: tuple[str, ...] = ()
    """Heads of the files that were read to their end, newest last."""

    @property
    def text(self) -> str:
        """The position."""
        return msgspec.json.encode(self).decode()

    @classmethod
    def of(cls, text: str | None) -> "Place":
        """The inverse of `text`; what is none is the beginning."""
        try:
            return msgspec.json.decode(text or "{}", type=cls)
        except msgspec.MsgspecError:
            log.error("position_unreadable", position=text)
            return cls()


class Beginning(NamedTuple):
    """A file that was opened, perhaps not at its first line."""

    path: Path
    header: list[bytes | None]
    """The comments that it begins with, where reading goes on behind them."""
    line: int


class Piece(NamedTuple):
    """What has come meanwhile; perhaps nothing."""

    lines: list[bytes | None]
    place: Place
    begins: Beginning | None = None


@dataclass(slots=True, kw_only=True)
class Follower:
    """Follows the file at a path; `next` gives what is new and never waits."""

    path: Path
    clock: Callable[[], float]
    """Monotonic, seconds."""
    archives: tuple[str, ...] = ()
    """Glob patterns of what rotation makes of the file, packed or not."""
    place: Place = field(default_factory=Place)
    _file: LogFile | None = None
    _leaving: bool = False
    """Another file has taken the name of the open one."""
    _stuck: tuple[int, int] = (0, 0)
    """Size of an archive that breaks off, and how often it was looked at since."""
    _missed: int = 0
    """How often the file of the place was looked for in vain."""
    _told: bool = False
    """That a file cannot be read."""
    _bearer: tuple[int, int, bool] | None = None
    """What bore the name at the last look."""
    _again: float = float("-inf")
    """When the next look is due, though the name be borne as before."""

    def next(self) -> Piece:
        """The next lines, or none. What is wrong with a file is told once, and tried again."""
        if self._file is None and not self._is_due():
            return self._nothing()
        began = self.clock()
        try:
            piece = self._begun() if self._file is None else self._read(self._file)
        except OSError as error:
            if not self._told:
                log.error("log_unreadable", path=str(self.path), reason=str(error))
            self._told = True
            self.close()
            piece = None
        else:
            self._told = False
        return self._rested(began) if piece is None else piece

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
        self._file, self._leaving = None, False

    def _nothing(self) -> Piece:
        return Piece([], self.place)

    def _is_due(self) -> bool:
        """Whether to look for a file: one has come to the name, or it is time."""
        bearer = _bearer(self.path)
        if bearer == self._bearer and self.clock() < self._again:
            return False
        self._bearer = bearer
        return True

    def _rested(self, began: float) -> Piece:
        """Nothing, and the next look in a while, after one that began then."""
        now = self.clock()
        self._again = now + min(max(LOOK, SHARE * (now - began)), LONGEST)
        return self._nothing()

    def _begun(self) -> Piece | None:
        """Open the file that comes next; None where there is none."""
        file = self._sought() if self.place.head else self._following()
        if file is None:
            return None
        self._file, self._again = file, float("-inf")
        try:
            header = file.go_to(self.place.offset, self.place.line)
        except DamagedError as error:
            return self._broken(file, error)
        self._moved(file)
        return Piece([], self.place, Beginning(file.path, header, file.line))

    def _read(self, file: LogFile) -> Piece | None:
        if self._is_followed(file) and not self._goes_on(file):
            return self._nothing()
        try:
            lines = file.lines()
        except DamagedError as error:
            return self._broken(file, error)
        if lines is not None:
            self._moved(file)
            return Piece(lines, self.place)
        if self._is_followed(file) and not self._has_left(file):
            return self._nothing()
        return self._ended(file)

    def _is_followed(self, file: LogFile) -> bool:
        return file.path == self.path

    def _moved(self, file: LogFile) -> None:
        self.place = structs.replace(
            self.place,
            head=digest(file.head),
            offset=file.offset,
            line=file.line,
            modified=max(self.place.modified, file.modified),
        )

    def _goes_on(self, file: LogFile) -> bool:
        """False where it was cut off or written over in place: the rest may be in a copy."""
        size = file.size
        if size >= file.read_to and file.begins_as_before():
            return True
        log.warning("log_truncated", path=str(self.path), read=file.read_to, size=size)
        self.close()
        return False

    def _has_left(self, file: LogFile) -> bool:
        """Another file under the name is written, and ours was read once more since.

        Some rotations make the new file while the old one is still written.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False
        left = (status.st_dev, status.st_ino) != file.inode and status.st_size > 0
        before, self._leaving = self._leaving, left
        return left and before

    def _ended(self, file: LogFile) -> Piece:
        """Nothing comes to this file any more."""
        lines = file.last_line()
        done = (*self.place.done, digest(file.head))[-REMEMBERED:]
        self.place = Place(modified=max(self.place.modified, file.modified), done=done)
        log.info("log_ended", path=str(file.path), lines=file.line)
        self.close()
        return Piece(lines, self.place)

    def _broken(self, file: LogFile, error: DamagedError) -> Piece | None:
        """An archive breaks off: perhaps it is still being packed, which is None."""
        size, looks = self._stuck
        self._stuck = (file.size, looks + 1 if file.size == size else 0)
        if self._stuck[1] < PATIENCE:
            self.close()
            return None
        log.error("archive_damaged", path=str(file.path), reason=str(error))
        return self._ended(file)

    def _sought(self) -> LogFile | None:
        """The file of the place, whatever it is called now; else what follows."""
        place = self.place
        for file in _opened([self.path, *self._archived()]):
            if not fits(place.head, file.head):
                file.close()
                continue
            if self._is_followed(file) and file.size < place.offset:
                # Cut shorter, and nothing else: what is left of it was read.
                log.warning("log_truncated", path=str(self.path), read=place.offset, size=file.size)
                self.place = structs.replace(place, offset=file.size)
            self._missed = 0
            return file
        self._missed += 1
        if self._missed < PATIENCE:
            return None
        log.warning("log_gone", path=str(self.path), offset=place.offset)
        self._missed = 0
        self.place = Place(modified=place.modified, done=place.done)
        return self._following()

    def _following(self) -> LogFile | None:
        """The oldest archive that was not read, else the file itself."""
        archived = self._archived() if self.place.modified else []
        for file in _opened([*archived, self.path]):
            if file.head and not any(fits(head, file.head) for head in self.place.done):
                return file
            file.close()
        return None

    def _archived(self) -> list[Path]:
        """Archives that may hold something new, oldest first."""
        since = self.place.modified
        found = {path for pattern in self.archives for path in _globbed(pattern, since)}
        dated = sorted((modified, path) for path in found if (modified := _written(path)) >= since)
        return [path for _, path in dated if path != self.path]


def _globbed(pattern: str, since: int) -> Iterator[Path]:
    """The files of a pattern, without those of day folders in which nothing has come since."""
    for folder in _folders(Path(pattern).parent, since):
        yield from folder.glob(Path(pattern).name)


def _folders(pattern: Path, since: int) -> Iterator[Path]:
    if not _WILD & set(str(pattern)):
        yield pattern
        return
    anchor = Path(pattern.anchor or ".")
    for folder in anchor.glob(str(pattern.relative_to(anchor))):
        status = _status(folder)
        if status is not None and status.st_mtime_ns >= since - DAY:
            yield folder


def _written(path: Path) -> int:
    """When a file was last written, nanoseconds; -1 for what is none, or gone."""
    status = _status(path)
    return status.st_mtime_ns if status is not None and S_ISREG(status.st_mode) else -1


def _bearer(path: Path) -> tuple[int, int, bool] | None:
    """Who bears a name: device, inode, and whether anything was written to it."""
    status = _status(path)
    return status and (status.st_dev, status.st_ino, status.st_size > 0)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _opened(paths: Iterable[Path]) -> Iterator[LogFile]:
    """Each that is there, opened when it is asked for."""
    return filter(None, map(LogFile.opened, paths))

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
from netheed.sources.intake import Intake
from netheed.sources.lines import DamagedError
from netheed.sources.log_file import LogFile, digest, fits
from netheed.sources.waited import Waited

REMEMBERED: Final = 32
"""Files read to their end that are still recognised under another name."""
SOUGHT: Final = 180.0
"""Seconds for which a file is looked for among the archives: it may just be packed or moved."""
STILL: Final = 60.0
"""Seconds for which an archive that breaks off has not grown when it is given up."""
LEFT: Final = 8
"""Files given up that are still read on where they come back."""
LOOK: Final = 1.0
"""Seconds between two looks among the archives, at least."""
LONGEST: Final = 30.0
"""Seconds between two of them, at most."""
SHARE: Final = 20.0
"""A look that takes long is followed by so many times as long without one."""
DAY: Final = 86_400_000_000_000
"""Nanoseconds by which the clocks of the log and of a folder of archives may differ."""
_WILD: Final = frozenset("*?[")


class Left(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file that was given up, and where it is read on if it comes back."""

    head: str
    offset: int
    line: int
    modified: int
    """As that of the place when it was given up."""
    size: int = 0
    """Bytes on disk of one that breaks off: it has come back when they are others."""


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
    left: tuple[Left, ...] = ()
    """Files that were given up, newest last."""

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


class Stuck(NamedTuple):
    """An archive that breaks off."""

    path: Path
    size: int
    since: float
    """When it was first seen with this size."""


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
    """Whoever follows a log with dates in its names says when another one is written."""
    clock: Callable[[], float]
    """Monotonic, seconds."""
    archives: tuple[str, ...] = ()
    """Glob patterns of what rotation makes of the file, packed or not."""
    place: Place = field(default_factory=Place)
    intake: Intake = field(default_factory=Intake)
    _file: LogFile | None = None
    _leaving: bool = False
    """Another file has taken the name of the open one."""
    _waited: Waited = field(default_factory=lambda: Waited(0.0, 0))
    _level: float | None = None
    """When the log was last read to its end; None before that."""
    _stuck: Stuck | None = None
    _missed: float | None = None
    """Since when the file of the place is looked for in vain."""
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
                log.error(
                    "log_unreadable", path=str(self.path), reason=error.strerror or str(error)
                )
            self._told = True
            self.close()
            piece = None
        else:
            self._told = False
        return self._rested(began) if piece is None else piece

    @property
    def lag(self) -> float | None:
        """Seconds that the oldest unread bytes have waited, at most.

        None as long as what stood in the file when it was opened is not read, or in an archive.
        """
        file, bearer = self._file, _bearer(self.path)
        waited = 0.0 if file is None else self._waited.seconds(self.clock(), file.read_to)
        is_it = file is not None and bearer is not None and bearer[:2] == file.inode
        if is_it or waited is None or self._level is None:
            return waited
        # What lies in another file under the name may have come since ours was followed.
        is_written = bearer is not None and bearer[2]
        return self.clock() - self._level if is_written else waited

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
        self._waited = self._waits_since(file)
        return Piece([], self.place, Beginning(file.path, header, file.line))

    def _waits_since(self, file: LogFile) -> Waited:
        """What follows a log that was read to its end has come since then, whatever rotated it."""
        now = self.clock()
        if self._level is None or file.is_packed:
            return Waited(now, file.size)
        waited = Waited(self._level, file.offset)
        waited.look(now, file.size)
        return waited

    def _read(self, file: LogFile) -> Piece | None:
        followed = self._is_followed(file)
        if followed and not self._goes_on(file):
            return self._nothing()
        try:
            lines = file.lines(self.intake.block)
        except DamagedError as error:
            return self._broken(file, error)
        if lines is not None:
            self._moved(file)
            return Piece(lines, self.place)
        has_left = not followed or self._has_left(file)
        if followed and not self._leaving:
            self._level = self.clock()
        return self._ended(file) if has_left else self._nothing()

    def _is_followed(self, file: LogFile) -> bool:
        return file.path == self.path

    def _moved(self, file: LogFile) -> None:
        self.place = structs.replace(
            self.place,
            head=digest(file.head),
            offset=file.offset,
            line=file.line,
            # gzip dates what it has packed back to the last change of what it packs.
            modified=max(self.place.modified, 0 if file.is_packed else file.modified),
        )

    def _goes_on(self, file: LogFile) -> bool:
        """False where it was cut off or written over in place: the rest may be in a copy."""
        size = file.size
        self._waited.look(self.clock(), size)
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
        left = tuple(each for each in self.place.left if not fits(each.head, file.head))
        modified = max(self.place.modified, file.modified)
        self.place = Place(modified=modified, done=done, left=left)
        log.info("log_ended", path=str(file.path), lines=file.line)
        self.close()
        return Piece(lines, self.place)

    def _broken(self, file: LogFile, error: DamagedError) -> Piece | None:
        """An archive breaks off: perhaps it is still being packed, which is None."""
        now, size = self.clock(), file.size
        if self._stuck is None or self._stuck[:2] != (file.path, size):
            self._stuck = Stuck(file.path, size, now)
        self.close()
        if now < self._stuck.since + STILL:
            return None
        log.error("archive_damaged", path=str(file.path), reason=str(error))
        self._stuck = None
        self._leave(size)
        return self._nothing()

    def _leave(self, size: int = 0) -> None:
        """Give up the file of the place; `size` is what there is of it on disk."""
        place = self.place
        before = [each.modified for each in place.left if each.head == place.head]
        left = Left(
            head=place.head,
            offset=place.offset,
            line=place.line,
            modified=min([place.modified, *before]),
            size=size,
        )
        others = (each for each in place.left if each.head != place.head)
        self.place = Place(modified=place.modified, done=place.done, left=(*others, left)[-LEFT:])

    def _sought(self) -> LogFile | None:
        """The file of the place, whatever it is called now; else what follows."""
        place, now = self.place, self.clock()
        paths = [self.path, *self._archived(), *self._returned()]
        file = _first(paths, lambda file: fits(place.head, file.head))
        if file is not None:
            self._missed = None
            return self._cut_shorter(file)
        self._missed = now if self._missed is None else self._missed
        if self.archives and now < self._missed + SOUGHT:
            return None
        log.warning("log_gone", path=str(self.path), offset=place.offset)
        self._missed = None
        self._leave()
        return self._following()

    def _cut_shorter(self, file: LogFile) -> LogFile:
        """Where it was cut, and nothing else: what is left of it was read."""
        place = self.place
        if self._is_followed(file) and file.size < place.offset:
            log.warning("log_truncated", path=str(self.path), read=place.offset, size=file.size)
            self.place = structs.replace(place, offset=file.size)
        return file

    def _following(self) -> LogFile | None:
        """The oldest archive that was not read, else one that has come back, else the file."""
        archived = self._archived() if self.place.modified else []
        file = (
            _first(archived, self._is_unread)
            or _first(self._returned(), self._has_come_back)
            or _first([self.path], self._is_unread)
        )
        left = self._left(file) if file is not None else None
        if file is None or left is None:
            return file
        head = digest(file.head)
        log.info("log_found", path=str(file.path), offset=left.offset)
        self.place = structs.replace(
            self.place,
            head=head,
            offset=left.offset,
            line=left.line,
            left=tuple(
                structs.replace(each, head=head) if each is left else each
                for each in self.place.left
            ),
        )
        return self._cut_shorter(file)

    def _left(self, file: LogFile) -> Left | None:
        """As what a file was given up."""
        found = (each for each in reversed(self.place.left) if fits(each.head, file.head))
        return next(found, None)

    def _has_come_back(self, file: LogFile) -> bool:
        left = self._left(file)
        return left is not None and left.size != file.size

    def _is_unread(self, file: LogFile) -> bool:
        if self._left(file) is not None:
            return self._has_come_back(file)
        return bool(file.head) and not any(fits(head, file.head) for head in self.place.done)

    def _archived(self) -> list[Path]:
        """Archives that may hold something new, oldest first."""
        since = self.place.modified
        return [path for modified, path in self._dated(since) if modified >= since]

    def _returned(self) -> list[Path]:
        """Older archives that may be what was given up: last written soon after it was left."""
        spans = [(each.modified, each.modified + 2 * DAY) for each in self.place.left]
        if not spans:
            return []
        dated = self._dated(min(spans)[0])
        return [
            path
            for modified, path in dated
            if modified < self.place.modified and any(a <= modified < b for a, b in spans)
        ]

    def _dated(self, since: int) -> list[tuple[int, Path]]:
        """All archives but those in folders older than `since`, with their last change."""
        found = {path for pattern in self.archives for path in _globbed(pattern, since)}
        return sorted((_written(path), path) for path in found - {self.path})


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


def _first(paths: Iterable[Path], wanted: Callable[[LogFile], bool]) -> LogFile | None:
    """The first file that is there and wanted, open."""
    for file in filter(None, map(LogFile.opened, paths)):
        if wanted(file):
            return file
        file.close()
    return None

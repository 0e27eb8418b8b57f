"""Suricata's eve.json while Suricata writes it: one file or several, whatever rotates them.

Threads of one Suricata may write a file each (`threaded: true`), and dates may stand in the names
(`rotate-interval`): see log_names.py. What logrotate makes of a log is looked for beside it.
"""

import glob
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msgspec import Struct

from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.logs import log
from netheed.ports import Position, Problem, Read
from netheed.records import Tally
from netheed.sources.follow import DAY, Follower, Place
from netheed.sources.followed import FollowedLog, problems_of, unlisted
from netheed.sources.intake import Intake
from netheed.sources.live import Around, longest
from netheed.sources.log_file import LogFile, fits
from netheed.sources.log_names import LogNames
from netheed.sources.reader import OnBad
from netheed.strict_yaml import FileName, Seconds

LOOK: Final = 1.0
"""Seconds between two looks for other files."""
GONE: Final = 600.0
"""Seconds after which a log without a file, of which nothing comes, has ended."""
MOST: Final = 256
"""Logs of one pattern."""


class EveFileSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="eve_file"
):
    """Where Suricata writes."""

    path: FileName = "/var/log/suricata/eve.json"
    """With wildcards and dates as log_names.py has them."""
    archives: tuple[FileName, ...] | None = None
    """Glob patterns of what rotation makes of it; None is what logrotate does."""
    lateness: Seconds | None = None

    def __post_init__(self) -> None:
        if LogNames(self.path).misplaced:
            raise ValueError("only the name of a file may have wildcards and dates")


@dataclass(slots=True, kw_only=True)
class EveFile:
    """Live source over all logs of a path; the path of each is its origin."""

    settings: EveFileSettings
    words: Callable[[str], AddressWords]
    tally: Tally
    on_bad: OnBad
    lateness: float = 0.0
    own: frozenset[str] = frozenset()
    """Real paths of the files that netheed writes itself: they are left out."""
    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    intake: Intake = field(default_factory=Intake)
    _names: LogNames = field(init=False)
    _logs: dict[str, FollowedLog] = field(default_factory=dict)
    _positions: dict[str, Position] = field(default_factory=dict)
    """Of all logs that were ever heard of."""
    _heard: dict[str, float] = field(default_factory=dict)
    """When something came of a log."""
    _moved: set[tuple[Path, int]] = field(default_factory=set)
    """Files, by their inode, that were another log when they were written."""
    _old: dict[str, int] = field(default_factory=dict)
    """Logs that were written no more when reading began, with the time of their last change."""
    _looked: float = float("-inf")
    _turns: int = 0
    _begun: bool = False
    _full: bool = False
    """That there are too many logs has been told."""
    _stopped: bool = False

    def __post_init__(self) -> None:
        self._names = LogNames(self.settings.path)

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source; ends when it was stopped."""
        self._positions = {name: at for name, at in positions.items() if self.owns(name)}
        nobody = False
        while not self._stopped:
            if self.clock() >= self._looked + LOOK:
                yield from self._looked_for()
            if nobody and self._logs:
                yield Read(self.settings.path, Columns.none(), "", last=True, settled=False)
            nobody = not self._logs
            yield from self._turn()
        for followed in self._logs.values():
            followed.close()

    @property
    def lag(self) -> float | None:
        """Of the log that lags most."""
        return longest(followed.lag for followed in self._logs.values())

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """A log keeps what it holds."""

    def stop(self) -> None:
        """What is not read yet is read after the next start."""
        self._stopped = True

    def owns(self, origin: str) -> bool:
        """Its logs, and the origin of nobody."""
        return origin == self.settings.path or self._names.owns(origin)

    def problems(self) -> Iterator[Problem]:
        """Whether its files can be read."""
        if self._names.is_wild or self._names.is_dated:
            yield from unlisted(Path(self.settings.path).parent)
        for paths in self._found().values():
            yield from problems_of(paths[-1])

    def _turn(self) -> Iterator[Read]:
        """What is new of each log, and of one that is silent that it is: another one each time."""
        silent: list[Read] = []
        heard = False
        for origin, followed in self._logs.items():
            read = followed.next()
            if read.position == self._positions.get(origin):
                silent.append(read)
                continue
            heard = True
            self._positions[origin], self._heard[origin] = read.position, self.clock()
            yield read
        self._turns += 1
        if not self._logs:
            yield Read(self.settings.path, Columns.none(), "")
        elif silent and (not heard or self._turns % 8 == 0):
            yield silent[self._turns // 8 % len(silent) if heard else self._turns % len(silent)]

    def _looked_for(self) -> Iterator[Read]:
        """Begin the logs that have come, and follow each where it is written now.

        One without a file, of which nothing has come for long, has ended.
        """
        self._looked = self.clock()
        found = self._found()
        if not self._begun:
            self._leave_old({origin: _written(paths[-1]) for origin, paths in found.items()})
        for origin, paths in found.items():
            if origin in self._logs:
                self._logs[origin].follower.path = paths[-1]
            elif self._is_wanted(origin, paths[-1]):
                self._begin(origin, paths[-1])
        self._begun = True
        gone = [origin for origin in self._logs if origin not in found]
        for origin in gone:
            if self._heard[origin] < self._looked - GONE:
                self._logs.pop(origin).close()
                self._positions.pop(origin, None)
                yield Read(origin, Columns.none(), "", last=True)

    def _found(self) -> dict[str, list[Path]]:
        """Its files, without those that netheed writes itself."""
        try:
            found = self._names.files()
        except OSError:
            return {}
        return {
            origin: paths
            for origin, paths in found.items()
            if os.path.realpath(paths[-1]) not in self.own
        }

    def _leave_old(self, written: Mapping[str, int]) -> None:
        """Of several logs those that lie there for long and were never read are left alone."""
        oldest = max(written.values(), default=0) - DAY
        self._old = {
            origin: at
            for origin, at in written.items()
            if at < oldest and origin not in self._positions
        }

    def _is_wanted(self, origin: str, path: Path) -> bool:
        """Whether a log that is not followed yet is to be: it is new, or was followed before."""
        if origin in self._positions or not self._names.is_wild:
            return True
        return self._old.get(origin) != _written(path) and not self._was_moved(path)

    def _was_moved(self, path: Path) -> bool:
        """Whether a file is what a log that we know was: rotation gave it this name."""
        known = (path, _inode(path))
        if known not in self._moved and (former := self._former(path)) is not None:
            self._moved.add(known)
            log.info("log_moved", path=str(path), log=former)
            if former in self._logs:
                self._logs[former].follower.archives += (glob.escape(str(path)),)
        return known in self._moved

    def _former(self, path: Path) -> str | None:
        """The log that a file was when it was read."""
        file = LogFile.opened(path)
        if file is None:
            return None
        file.close()
        for origin, position in self._positions.items():
            place = Place.of(position)
            left = (each.head for each in place.left)
            if any(fits(head, file.head) for head in (place.head, *place.done, *left)):
                return origin
        return None

    def _begin(self, origin: str, path: Path) -> None:
        if len(self._logs) >= MOST:
            if not self._full:
                log.warning("log_refused", path=str(path), most=MOST)
            self._full = True
            return
        self._heard[origin] = self.clock()
        place = Place.of(self._positions.get(origin))
        self._logs[origin] = FollowedLog(
            origin=origin,
            follower=Follower(
                path=path,
                clock=self.clock,
                archives=self._archives(origin),
                place=place,
                intake=self.intake,
            ),
            words=self.words(origin),
            tally=self.tally,
            on_bad=self.on_bad,
            intake=self.intake,
        )

    def _archives(self, origin: str) -> tuple[str, ...]:
        if self.settings.archives is not None:
            return self.settings.archives
        moved = (glob.escape(str(path)) for path, _ in self._moved)
        return (*self._names.archives(origin), *moved)


def _written(path: Path) -> int:
    """When a file was last written, nanoseconds; 0 for none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0


def source(settings: EveFileSettings, around: Around) -> EveFile:
    """See sources.LIVE_SOURCES."""
    return EveFile(
        settings=settings,
        words=around.words,
        tally=around.tally,
        on_bad=around.on_bad,
        lateness=around.lateness,
        own=around.own,
        intake=around.intake,
    )

"""A log that is followed, decoded: what has come to it meanwhile."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from netheed.core.networks import AddressWords
from netheed.ports import Problem, Read
from netheed.records import Tally
from netheed.sources.follow import Beginning, Follower
from netheed.sources.intake import Intake
from netheed.sources.reader import OnBad, Reader


@dataclass(slots=True, kw_only=True)
class FollowedLog:
    """One origin: a file that is written on, and what rotation makes of it."""

    origin: str
    follower: Follower
    words: AddressWords
    """What its addresses are called."""
    tally: Tally
    on_bad: OnBad
    intake: Intake = field(default_factory=Intake)
    _reader: Reader = field(init=False)

    def __post_init__(self) -> None:
        self._reader = self._begun(Beginning(self.follower.path, [], 0))

    def next(self) -> Read:
        """What is new, perhaps nothing; it never waits."""
        piece = self.follower.next()
        if piece.begins is not None:
            self._reader = self._begun(piece.begins)
        return self._reader.read(self.origin, piece.lines, piece.place.text)

    @property
    def lag(self) -> float | None:
        """See Follower.lag."""
        return self.follower.lag

    def close(self) -> None:
        """Let go of the file."""
        self.follower.close()

    def _begun(self, begins: Beginning) -> Reader:
        reader = Reader(str(begins.path), self.words, self.tally, self.on_bad, self.intake)
        if begins.line:
            reader.resume(begins.header, begins.line)
        return reader


def problems_of(path: Path) -> Iterator[Problem]:
    """A log that is not there yet may come; one that cannot be read does not."""
    try:
        kind = path.stat().st_mode
        if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
            path.open("rb").close()
        else:  # a pipe would be waited for
            yield Problem("path", f"{path}: no file that can be followed")
    except FileNotFoundError:
        yield from unlisted(path.parent)
    except OSError as error:
        yield Problem("path", f"{path}: {error.strerror}")


def unlisted(folder: Path) -> Iterator[Problem]:
    """Why nobody would see a log that comes into a folder."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        yield Problem("path", f"{folder}: {error.strerror}")

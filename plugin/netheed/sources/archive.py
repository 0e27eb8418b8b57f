"""Files read side by side, in the order of their time, not one after the other.

Hourly logs, threaded `eve.N.json` or the logs of two sensors overlap in time. Whoever is behind is
read next, so that no file closes the windows of another.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from math import isfinite
from operator import attrgetter
from pathlib import Path
from typing import Final

from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.core.watermark import Frontier
from netheed.ports import Position, Read
from netheed.records import Tally
from netheed.sources.files import Part, read_file
from netheed.sources.lines import gives_once
from netheed.sources.reader import OnBad

PEEK: Final = 64
"""Lines read at once of each file beforehand, to learn where it begins."""
PEEKS: Final = 64
"""Times that so many are read where there is no connection among them, at the most."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A file that waits for its time."""

    beginning: float
    path: Path
    parts: Iterator[Part]
    """Not begun yet, and no file open, where the path may be opened again."""


@dataclass(slots=True)
class _Reading:
    """A file that has begun."""

    parts: Iterator[Part]
    position: int
    beside_others: bool
    frontier: Frontier = field(default_factory=Frontier)

    def next(self, origin: str) -> Read:
        """The next part of the file, or its end."""
        part = next(self.parts, None)
        if part is None:
            return Read(origin, Columns.none(), str(self.position), last=True)
        self.position = part.line
        if self.beside_others:
            self.frontier.follow(part.times)
        reached = self.frontier.reached
        # No connection says how far a log of names or acts has come, and windows wait for it.
        told = reached if part.beside_only and isfinite(reached) else None
        return Read(
            origin, part.batch, str(part.line), reached=told, namings=part.namings, acts=part.acts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Offline source over files of any format that `read_file` knows.

    An origin is a file's path, a position the number of its last line that was read.
    """

    paths: list[Path]
    words: Callable[[str], AddressWords]
    """What an origin's addresses are called: that of its site."""
    tally: Tally
    on_bad: OnBad
    lines: int = 8192

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source. What was read before is read again, but not given."""
        found = (self._found(path, int(positions.get(str(path), 0))) for path in self.paths)
        waiting = sorted(found, key=attrgetter("beginning", "path"))
        reading: dict[str, _Reading] = {}
        while waiting or reading:
            if not reading:
                yield self._begin(waiting.pop(0), reading, positions)
            behind = min(reading, key=lambda origin: reading[origin].frontier.reached)
            read = reading[behind].next(behind)
            reached = float("inf") if read.last else reading[behind].frontier.reached
            while waiting and waiting[0].beginning <= reached:
                yield self._begin(waiting.pop(0), reading, positions)
                if read.last:
                    break
            if read.last:
                del reading[behind]
            yield read

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """Files keep what they hold."""

    def _begin(
        self, found: _Found, reading: dict[str, _Reading], positions: Mapping[str, Position]
    ) -> Read:
        """The empty Read by which an origin begins before its records come."""
        origin = str(found.path)
        position = int(positions.get(origin, 0))
        reading[origin] = _Reading(found.parts, position, beside_others=len(self.paths) > 1)
        return Read(origin, Columns.none(), str(position), settled=False)

    def _found(self, path: Path, position: int) -> _Found:
        """A file and where it begins; what gives its bytes only once is begun, not opened twice."""
        words = self.words(str(path))
        whole = read_file(path, words, self.tally, self.on_bad, after=position, lines=self.lines)
        if len(self.paths) == 1:
            return _Found(0.0, path, whole)
        if gives_once(path):
            first = next(whole, None)
            return _Found(_earliest(first), path, chain([first] if first else [], whole))
        early = islice(read_file(path, words, Tally(), lambda _: None, lines=PEEK), PEEKS)
        first = next((part for part in early if len(part.times)), None)
        return _Found(_earliest(first), path, whole)


def _earliest(first: Part | None) -> float:
    """The earliest time among the first records, 0 without any: such files come first."""
    return float(first.times[:PEEK].min()) if first and len(first.times) else 0.0

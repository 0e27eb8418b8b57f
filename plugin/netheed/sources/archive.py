"""Files read side by side, in the order of their time, not one after the other.

Hourly logs, threaded `eve.N.json` or the logs of two sensors overlap in time. Whoever is behind is
read next, so that no file closes the windows of another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Final

from netheed.core.windows import Windows
from netheed.records import Connection, Tally
from netheed.sources.files import OnBad, read_file
from netheed.sources.lines import gives_once

PEEK: Final = 64
"""Records read of each file beforehand, to learn where it begins."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A file that waits for its time."""

    beginning: float
    path: Path
    batches: Iterator[list[Connection]]
    """Not begun yet, and no file open, where the path may be opened again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Offline source over files of any format that `read_file` knows."""

    paths: list[Path]
    tally: Tally
    on_bad: OnBad
    batch: int = 8192

    def batches(self, windows: Windows) -> Iterator[tuple[str, list[Connection]]]:
        """See pipeline.Source; an origin is a file's path."""
        waiting = sorted(map(self._found, self.paths), key=attrgetter("beginning", "path"))
        reading: dict[str, Iterator[list[Connection]]] = {}
        while waiting or reading:
            if not reading:
                self._open(waiting.pop(0), reading, windows)
            behind = min(reading, key=windows.reached)
            batch = next(reading[behind], None)
            reached = max((c.start for c in batch), default=0.0) if batch else float("inf")
            while waiting and (waiting[0].beginning <= reached):
                self._open(waiting.pop(0), reading, windows)
                if batch is None:
                    break
            if batch is None:
                del reading[behind]
                windows.finish(behind)
            else:
                yield behind, batch

    def _open(
        self, found: _Found, reading: dict[str, Iterator[list[Connection]]], windows: Windows
    ) -> None:
        windows.begin(str(found.path))
        reading[str(found.path)] = found.batches

    def _found(self, path: Path) -> _Found:
        """A file and where it begins; what gives its bytes only once is begun, not opened twice."""
        whole = read_file(path, self.tally, self.on_bad, batch=self.batch)
        if len(self.paths) == 1:
            return _Found(0.0, path, whole)
        if gives_once(path):
            first = next(whole, [])
            return _Found(_earliest(first[:PEEK]), path, chain([first] if first else [], whole))
        first = next(read_file(path, Tally(), lambda _: None, batch=PEEK), [])
        return _Found(_earliest(first), path, whole)


def _earliest(first: list[Connection]) -> float:
    """The earliest start among the first records, 0 without any: such files come first."""
    return min((connection.start for connection in first), default=0.0)

"""Files read side by side, in the order of their time, not one after the other.

Hourly logs, threaded `eve.N.json` or the logs of two sensors overlap in time. Whoever is behind is
read next, so that no file closes the windows of another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netheed.core.windows import Windows
from netheed.records import Connection, Tally
from netheed.sources.files import OnBad, read_file

PEEK: Final = 64
"""Records read of each file beforehand, to learn where it begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Offline source over files of any format that `read_file` knows."""

    paths: list[Path]
    tally: Tally
    on_bad: OnBad
    batch: int = 8192

    def batches(self, windows: Windows) -> Iterator[tuple[str, list[Connection]]]:
        """See pipeline.Source; an origin is a file's path."""
        waiting = sorted((self._beginning(path), path) for path in self.paths)
        reading: dict[str, Iterator[list[Connection]]] = {}
        while waiting or reading:
            if not reading:
                self._open(waiting.pop(0)[1], reading, windows)
            behind = min(reading, key=windows.reached)
            batch = next(reading[behind], None)
            reached = max((c.start for c in batch), default=0.0) if batch else float("inf")
            while waiting and (waiting[0][0] <= reached):
                self._open(waiting.pop(0)[1], reading, windows)
                if batch is None:
                    break
            if batch is None:
                del reading[behind]
                windows.finish(behind)
            else:
                yield behind, batch

    def _open(
        self, path: Path, reading: dict[str, Iterator[list[Connection]]], windows: Windows
    ) -> None:
        windows.begin(str(path))
        reading[str(path)] = read_file(path, self.tally, self.on_bad, batch=self.batch)

    def _beginning(self, path: Path) -> float:
        """The earliest start among the first records; files without any come first."""
        if len(self.paths) == 1:
            return 0.0
        first = next(read_file(path, Tally(), lambda _: None, batch=PEEK), [])
        return min((connection.start for connection in first), default=0.0)

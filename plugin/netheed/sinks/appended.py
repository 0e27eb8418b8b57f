"""Notices as lines at the end of a file.

After a crash the line that was written last may come again: a notice whose id stands near the end
is not repeated.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from netheed.errors import NetheedError
from netheed.ports import Problem
from netheed.records import Notice
from netheed.sinks import AppendedSettings
from netheed.sinks.formats import FORMATS
from netheed.sinks.line_file import LineFile
from netheed.tagged import type_of
from netheed.zeek.door import Lines


@dataclass(slots=True, kw_only=True)
class AppendedFile:
    """A sink; `encode` is one of the forms of `formats`."""

    path: Path
    encode: Callable[[Notice], bytes]
    _lines: LineFile = field(init=False)

    def __post_init__(self) -> None:
        """Nothing is opened yet."""
        self._lines = LineFile(path=self.path)

    def write(self, notices: Sequence[Notice], /) -> None:
        """Append those that are not there yet, and force them to the disk.

        Raises NetheedError where that fails; no line is left half.
        """
        try:
            self._lines.open()
            tail = self._lines.tail
            new = [notice for notice in notices if notice.id.encode() not in tail]
            self._lines.append(b"".join(map(self.encode, new)))
        except OSError as error:
            self.close()
            raise NetheedError(f"{self.path}: {error.strerror or error}") from None

    def problems(self) -> Iterator[Problem]:
        """Whether the file can be written."""
        reason = self._lines.problem()
        if reason is not None:
            yield Problem("path", reason)

    def close(self) -> None:
        """Let go of the file; the next write opens it again."""
        self._lines.close()


def sink(settings: AppendedSettings, _: Lines) -> AppendedFile:
    """See sinks.LIVE_SINKS."""
    return AppendedFile(path=Path(settings.path), encode=FORMATS[type_of(settings)])

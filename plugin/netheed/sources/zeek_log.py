"""Zeek's conn.log, TSV or JSON, while Zeek writes it."""

import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from msgspec import Struct

from netheed.core import act_rows, namings
from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.ports import Position, Problem, Read
from netheed.records import Tally
from netheed.sources.follow import Beginning, Follower, Place
from netheed.sources.live import Around
from netheed.sources.reader import OnBad, Reader
from netheed.strict_yaml import FileName


class ZeekLogSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="zeek_log"
):
    """Where the log is."""

    path: FileName
    archives: tuple[FileName, ...] | None = None
    """Glob patterns of what rotation makes of it; None is what Zeek and zeekctl do."""


def rotated(path: Path) -> tuple[str, ...]:
    """Glob patterns: beside the log, and in the folder of each day beside its own."""
    name = path.name.removesuffix(".log")
    beside = (f"{path.parent}/{name}.*", f"{path.parent}/{name}-[0-9]*")
    return (*beside, f"{path.parent.parent}/????-??-??/{name}.*")


@dataclass(slots=True, kw_only=True)
class ZeekLog:
    """Live source over one log and what rotation makes of it. Its path is the origin."""

    settings: ZeekLogSettings
    words: Callable[[str], AddressWords]
    tally: Tally
    on_bad: OnBad
    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    _stopped: bool = False

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source; ends when it was stopped."""
        origin, path = self.settings.path, Path(self.settings.path)
        place = Place.of(positions.get(origin))
        archives = self._archives(path)
        follower = Follower(path=path, clock=self.clock, archives=archives, place=place)
        reader = self._reader(Beginning(path, [], 0))
        while not self._stopped:
            piece = follower.next()
            if piece.begins is not None:
                reader = self._reader(piece.begins)
            batch = reader.columns(piece.lines) if piece.lines else Columns.none()
            named = namings.columns(reader.taken(), reader.words)
            acted = act_rows.columns(reader.taken_acts(), reader.words)
            yield Read(origin, batch, piece.place.text, namings=named, acts=acted)
        follower.close()

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """A log keeps what it holds."""

    def stop(self) -> None:
        """What is not read yet is read after the next start."""
        self._stopped = True

    def owns(self, origin: str) -> bool:
        """Its path."""
        return origin == self.settings.path

    def problems(self) -> Iterator[Problem]:
        """A log that is not there yet may come; one that cannot be read does not."""
        path = Path(self.settings.path)
        try:
            kind = path.stat().st_mode
            if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
                path.open("rb").close()
            else:  # a pipe would be waited for
                yield Problem("path", f"{path}: no file that can be followed")
        except FileNotFoundError:
            yield from _unlisted(path.parent)
        except OSError as error:
            yield Problem("path", f"{path}: {error.strerror}")

    def _archives(self, path: Path) -> tuple[str, ...]:
        return rotated(path) if self.settings.archives is None else self.settings.archives

    def _reader(self, begins: Beginning) -> Reader:
        words = self.words(self.settings.path)
        reader = Reader(str(begins.path), words, self.tally, self.on_bad)
        if begins.line:
            reader.resume(begins.header, begins.line)
        return reader


def _unlisted(folder: Path) -> Iterator[Problem]:
    """Why nobody would see a log that comes into a folder."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        yield Problem("path", f"{folder}: {error.strerror}")


def source(settings: ZeekLogSettings, around: Around) -> ZeekLog:
    """See sources.LIVE_SOURCES."""
    return ZeekLog(settings=settings, words=around.words, tally=around.tally, on_bad=around.on_bad)

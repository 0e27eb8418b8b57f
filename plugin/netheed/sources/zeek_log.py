"""Zeek's conn.log, TSV or JSON, while Zeek writes it."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from netheed.core.networks import AddressWords
from netheed.ports import Position, Problem, Read
from netheed.records import Tally
from netheed.sources.follow import Follower, Place
from netheed.sources.followed import FollowedLog, problems_of
from netheed.sources.intake import Intake
from netheed.sources.live import Around
from netheed.sources.reader import OnBad
from netheed.strict_yaml import FileName, Seconds


class ZeekLogSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag="zeek_log"
):
    """Where the log is."""

    path: FileName
    archives: tuple[FileName, ...] | None = None
    """Glob patterns of what rotation makes of it; None is what Zeek and zeekctl do."""
    lateness: Seconds | None = None


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
    lateness: float = 0.0
    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    intake: Intake = field(default_factory=Intake)
    _log: FollowedLog | None = None
    _stopped: bool = False

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source; ends when it was stopped."""
        origin = self.settings.path
        log = self._log = self._followed(Place.of(positions.get(origin)))
        while not self._stopped:
            yield log.next()
        log.close()

    @property
    def lag(self) -> float | None:
        """Of its log."""
        return None if self._log is None else self._log.lag

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """A log keeps what it holds."""

    def stop(self) -> None:
        """What is not read yet is read after the next start."""
        self._stopped = True

    def owns(self, origin: str) -> bool:
        """Its path."""
        return origin == self.settings.path

    def problems(self) -> Iterator[Problem]:
        """Whether it can be read."""
        return problems_of(Path(self.settings.path))

    def _followed(self, place: Place) -> FollowedLog:
        origin, path = self.settings.path, Path(self.settings.path)
        archives = self.settings.archives
        archives = rotated(path) if archives is None else archives
        return FollowedLog(
            origin=origin,
            follower=Follower(
                path=path, clock=self.clock, archives=archives, place=place, intake=self.intake
            ),
            words=self.words(origin),
            tally=self.tally,
            on_bad=self.on_bad,
            intake=self.intake,
        )


def source(settings: ZeekLogSettings, around: Around) -> ZeekLog:
    """See sources.LIVE_SOURCES."""
    return ZeekLog(
        settings=settings,
        words=around.words,
        tally=around.tally,
        on_bad=around.on_bad,
        lateness=around.lateness,
        intake=around.intake,
    )

"""Where Suricata's `filetype: unix_stream` connects: netheed listens, Suricata is the client.

Suricata never waits for a reader: what does not fit into the socket it drops, and what it has while
nobody listens too (7.0 says so at its end only). So a thread reads whatever the decoder does.
"""

import grp
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct

from netheed.core.networks import AddressWords
from netheed.ports import Position, Problem, Read
from netheed.records import Tally
from netheed.sources.intake import Intake
from netheed.sources.listener import Listener, in_the_way
from netheed.sources.live import Around
from netheed.sources.reader import OnBad, Reader
from netheed.strict_yaml import FileName, Seconds
from netheed.zeek.settings import Name

LONGEST_PATH: Final = 103
"""Bytes of a socket's path: the system takes 107, and it is made under a longer name."""


class EveSocketSettings(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="eve_socket",
):
    """Where to listen, and who may connect."""

    path: FileName = "/run/netheed/eve.sock"
    mode: Annotated[str, Meta(pattern=r"\A0[0-7]{3}\Z")] = "0660"
    """Rights of the socket: Suricata's user must be able to write to it."""
    group: str | None = None
    """Of the socket; None is netheed's own."""
    name: Name = "eve_socket"
    """What its origin is called: several sockets have several names."""
    lateness: Seconds | None = None

    def __post_init__(self) -> None:
        if len(os.fsencode(self.path)) > LONGEST_PATH:
            raise ValueError(f"longer than {LONGEST_PATH} bytes")


@dataclass(slots=True, kw_only=True)
class EveSocket:
    """Live source over what Suricata sends; its name is the origin."""

    settings: EveSocketSettings
    words: Callable[[str], AddressWords]
    tally: Tally
    on_bad: OnBad
    lateness: float = 0.0
    intake: Intake = field(default_factory=Intake)
    _listener: Listener = field(init=False)
    _ending: bool = False

    def __post_init__(self) -> None:
        settings = self.settings
        mode = int(settings.mode, 8)
        self._listener = Listener(path=settings.path, mode=mode, group=settings.group)

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source. After `stop` it gives what had come by then, and ends."""
        origin = self.settings.name
        reader = Reader(
            self.settings.path, self.words(origin), self.tally, self.on_bad, self.intake
        )
        # Whatever comes first, a line that is no record is told and no reason to give up.
        reader.resume([], 0)
        self._listener.start()
        while not self._ending or len(self._listener.received):
            lines = self._listener.received.take(self.intake.block)
            if lost := self._listener.received.lost():
                self.tally.lose("queue", lost)
            yield reader.read(origin, lines, "")

    @property
    def lag(self) -> float | None:
        """Of the oldest line that waits here."""
        return self._listener.received.age()

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """Suricata keeps nothing."""

    def stop(self) -> None:
        """Hear nobody any more."""
        self._listener.stop()
        self._ending = True

    def owns(self, origin: str) -> bool:
        """Its name."""
        return origin == self.settings.name

    def problems(self) -> Iterator[Problem]:
        """Whether it could listen."""
        reason = in_the_way(self.settings.path)
        folder = Path(self.settings.path).parent
        if reason is not None:
            yield Problem("path", reason)
        elif not os.access(folder, os.W_OK | os.X_OK, effective_ids=True):
            missing = not os.path.lexists(folder)
            yield Problem("path", f"{folder}: {'is not there' if missing else 'not writable'}")
        if self.settings.group is not None:
            try:
                grp.getgrnam(self.settings.group)
            except KeyError:
                yield Problem("group", f"{self.settings.group}: there is no such group")


def source(settings: EveSocketSettings, around: Around) -> EveSocket:
    """See sources.LIVE_SOURCES."""
    return EveSocket(
        settings=settings,
        words=around.words,
        tally=around.tally,
        on_bad=around.on_bad,
        lateness=around.lateness,
        intake=around.intake,
    )

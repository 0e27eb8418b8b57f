"""Several live sources in turn, as one that never ends by itself.

Time goes by records. Only an origin that has been silent for a while is carried on by a clock, as
far as time has passed since its last record: measured by a monotonic clock, so that no step of the
machine's date closes a window, and counted from event time, so that an old recording that is played
closes its windows in its own time.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np

from netheed.core.networks import AddressWords
from netheed.ports import Position, Problem, Read, Source
from netheed.records import Tally
from netheed.sources.reader import OnBad
from netheed.zeek.door import Lines

PAUSE: Final = 0.02
"""Seconds between two looks at sources that had nothing."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a live source is made with, beside its settings."""

    words: Callable[[str], AddressWords]
    """What an origin's addresses are called: that of its site."""
    tally: Tally
    on_bad: OnBad
    link: Lines
    """The one connection to a Zeek."""


class LiveSource(Source, Protocol):
    """Never waits, and gives an empty Read where there is nothing; ends after `stop`."""

    def stop(self) -> None:
        """Take nothing new; what was received and would be lost is still given."""
        ...

    def owns(self, origin: str) -> bool:
        """Whether records of this origin come from here."""
        ...

    def problems(self) -> Iterable[Problem]:
        """What keeps it from working at this moment."""
        ...


@dataclass(slots=True)
class _Silence:
    """Since when an origin says nothing."""

    since: float
    reached: float
    """Event time of its last records."""
    told: float


@dataclass(slots=True, kw_only=True)
class Live:
    """All sources of a daemon."""

    sources: Sequence[LiveSource]
    clock: Callable[[], float]
    """Monotonic, seconds."""
    pause: Callable[[float], None]
    """Waits so many seconds, or shorter."""
    goes_on: Callable[[], bool]
    """Asked at each turn; False is the end of everything new."""
    reached: Callable[[str], float]
    """How far an origin's records have brought it, -inf where nobody knows."""
    patience: float = 30.0
    """Seconds of silence after which the clock carries an origin on."""
    _silent: dict[str, _Silence] = field(default_factory=dict)

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source."""
        going = [iter(source.reads(positions)) for source in self.sources]
        told = False
        while going:
            if not self.goes_on() and not told:
                told = True
                for source in self.sources:
                    source.stop()
            heard = False
            for reads in list(going):
                read = next(reads, None)
                if read is None:
                    going.remove(reads)
                    continue
                heard = heard or len(read.batch) > 0
                yield self._timed(read)
            if going and not heard and not told:
                self.pause(PAUSE)

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """Tell every source; each knows its own origins."""
        for source in self.sources:
            source.acknowledge(positions)

    def owns(self, origin: str) -> bool:
        """Whether any of them gives records of this origin."""
        return any(source.owns(origin) for source in self.sources)

    def _timed(self, read: Read) -> Read:
        """A Read of an origin that is silent says how far time has gone, once a second."""
        if len(read.batch) or read.last or read.reached is not None:
            self._silent.pop(read.origin, None)
            return read
        now = self.clock()
        silence = self._silent.get(read.origin)
        if silence is None:
            begun = _Silence(now, self.reached(read.origin), now)
            self._silent[read.origin] = begun
            return read
        if now < silence.since + self.patience or now < silence.told + 1.0:
            return read
        silence.told = now
        if not np.isfinite(silence.reached):
            return read
        time = silence.reached + now - silence.since
        return replace(read, reached=time)

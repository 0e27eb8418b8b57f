"""Several live sources in turn, as one that never ends by itself.

Time goes by records. Only an origin that has been silent for a while is carried on by a clock, as
far as time has passed since its last record: measured by a monotonic clock, so that no step of the
machine's date closes a window, and counted from event time, so that an old recording that is played
closes its windows in its own time. Others that still tell something carry it on too: what is silent
is waited for no longer than they are.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np

from netheed.core.networks import AddressWords
from netheed.ports import Position, Problem, Read, Source
from netheed.records import Tally
from netheed.sources.intake import Intake
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
    own: frozenset[str] = frozenset()
    """Real paths of the files that netheed writes itself."""
    lateness: float = 0.0
    """Seconds by which its records may be behind their newest."""
    intake: Intake = field(default_factory=Intake)
    """How much of what comes is taken in."""


class LiveSource(Source, Protocol):
    """Never waits, and gives an empty Read where there is nothing; ends after `stop`."""

    @property
    def lateness(self) -> float:
        """Seconds by which a record may be behind the newest of its origin."""
        ...

    @property
    def lag(self) -> float | None:
        """Seconds for which the oldest of what has come has waited to be taken in, at most.

        None where that says nothing: what had come before netheed began to read is read first.
        """
        ...

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
    reading: float = 0.0
    """Seconds that reads took that gave connections."""
    _silent: dict[str, _Silence] = field(default_factory=dict)
    _going: dict[str, float] = field(default_factory=dict)
    """Origins that have not ended, with the lateness of each."""

    def reads(self, positions: Mapping[str, Position]) -> Iterator[Read]:
        """See ports.Source."""
        going = [(source, iter(source.reads(positions))) for source in self.sources]
        told = False
        while going:
            if not self.goes_on() and not told:
                told = True
                for source in self.sources:
                    source.stop()
            heard = False
            for source, reads in list(going):
                began = self.clock()
                read = next(reads, None)
                if read is None:
                    going.remove((source, reads))
                    continue
                if len(read.batch):
                    heard = True
                    self.reading += self.clock() - began
                yield self._timed(replace(read, lateness=source.lateness))
            if going and not heard and not told:
                self.pause(PAUSE)

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """Tell every source; each knows its own origins."""
        for source in self.sources:
            source.acknowledge(positions)

    @property
    def lag(self) -> float | None:
        """That of the source that lags most; None where none says."""
        return longest(source.lag for source in self.sources)

    def owns(self, origin: str) -> bool:
        """Whether any of them gives records of this origin."""
        return any(source.owns(origin) for source in self.sources)

    def _timed(self, read: Read) -> Read:
        """A Read of an origin that is silent says how far time has gone, once a second."""
        self._going[read.origin] = read.lateness or 0.0
        if read.last:
            del self._going[read.origin]
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
        time = max(silence.reached + now - silence.since, self._beside(read.origin, now))
        return replace(read, reached=time) if np.isfinite(time) else read

    def _beside(self, silent: str, now: float) -> float:
        """A time by which a silent origin is waited for no longer than those that tell something.

        Its records may be of yesterday, or there may be none: a file that nobody writes any more,
        one of Suricata's threads that writes no flows, a sensor that is not there.
        """
        waited = {
            origin: self.reached(origin) - lateness
            for origin, lateness in self._going.items()
            if origin != silent and np.isfinite(self.reached(origin))
        }
        talking = [time for origin, time in waited.items() if not self._is_silent(origin, now)]
        slowest = min(talking) if talking else max(waited.values(), default=-np.inf)
        return slowest + self._going[silent]

    def _is_silent(self, origin: str, now: float) -> bool:
        silence = self._silent.get(origin)
        return silence is not None and now >= silence.since + self.patience


def longest(lags: Iterable[float | None]) -> float | None:
    """Of those that say something."""
    return max((lag for lag in lags if lag is not None), default=None)

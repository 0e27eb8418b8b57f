"""Recordings of networks that were held out, and who is guilty in them.

What is benign is said strictly. A host that took part in a labelled attack is benign nowhere in its
recording; any other is benign in the hours in which nobody has left one of its connections without
a label. So "Background" of njrat, "Malicious" of the Stratosphere sets (every inbound connection)
and "Unknown" of CTU-SME count neither as benign nor as attacks, and recordings without any label
(maccdc, ics-lab, vm-lab) are no trials.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from netheed.classes import LATERAL_MOVEMENT
from netheed.core.hours import LENGTH
from netheed.core.networks import DEFAULT_LOCAL, GROUP, LOCAL, AddressWords
from netheed.records import Connection
from netheed.scales import HOURS, MINUTE
from netheed.training.datasets import BENIGN, Recording
from netheed.training.overlay import FEWEST, families
from netheed.training.splits import HOUR, NETWORKS


class Pair(NamedTuple):
    """Who calls whom for what."""

    orig: str
    resp: str
    port: int
    proto: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guilty:
    """One attack of one kind, as one local host took part in it."""

    host: str
    kind: str
    pair: Pair | None
    """The one that has most of its connections; None where none has, as in a scan, or where it is
    lateral movement."""
    begun: float
    """Start of its first connection, seconds since the epoch."""
    ends: tuple[float, ...]
    """When each of its connections ended, ascending."""

    @property
    def peer(self) -> str | None:
        """The other end of the pair."""
        if self.pair is None:
            return None
        return self.pair.resp if self.pair.orig == self.host else self.pair.orig

    def calls(self, until: float) -> int:
        """Its connections that had ended before a time."""
        return bisect_left(self.ends, until)

    def met(self, start: float, end: float) -> bool:
        """Whether a window of its host is one of the attack: a connection ended in it."""
        return self.calls(end) > self.calls(start)

    def told(self, host: str, start: float, end: float, scale: str = MINUTE) -> bool:
        """Whether a notice of this window is about it: at its host, while it lasted.

        What a host's hours tell is of all the hours of the clock that they look at.
        """
        last = self.ends[-1]
        if scale == HOURS:
            last = (int(last // HOUR) + LENGTH) * HOUR - 1
        return host == self.host and end > self.begun and start <= last


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One recording of a held-out network."""

    network: str
    """One of NETWORKS."""
    recording: Recording
    guilty: tuple[Guilty, ...]
    attacked: frozenset[str]
    """Hosts at either end of an attack connection."""
    accused: frozenset[Pair]
    """Pairs with an attack connection."""
    doubtful: frozenset[tuple[str, int]]
    """(host, hour since the epoch) in which a connection of the host has no label."""

    @property
    def name(self) -> str:
        """The recording's."""
        return self.recording.name

    @property
    def behaviour(self) -> str:
        """Of the implant that was laid, empty where none was."""
        return behaviour_of(self.recording)

    @property
    def implanted(self) -> bool:
        """Whether an implant was laid over the recording."""
        return bool(self.behaviour)

    def benign(self, host: str, end: float) -> bool:
        """Whether nothing but benign connections can stand in a window that ends then."""
        return host not in self.attacked and (host, hour_of(end)) not in self.doubtful


def behaviour_of(recording: Recording) -> str:
    """Of the implant that was laid over a recording, empty where none was."""
    return recording.name.partition("+")[2]


def hour_of(end: float) -> int:
    """The hour since the epoch in which a window stands; its end, whole seconds, is exclusive."""
    return int((end - 1) // HOUR)


def trials(recordings: Iterable[Recording]) -> Iterator[Trial]:
    """The recordings whose network can be held out.

    A recording that was made of a base, with an attack implanted, is one like any other: it bears
    the family of its base.
    """
    networks = {family: name for name, group in NETWORKS.items() for family in group}
    for recording in recordings:
        held = {networks.get(family) for family in families(recording)} - {None}
        if len(held) == 1:
            yield trial(recording, str(held.pop()))


def trial(recording: Recording, network: str) -> Trial:
    """A recording with what its labels say."""
    attacked: set[str] = set()
    accused: set[Pair] = set()
    doubtful: set[tuple[str, int]] = set()
    for connection, name in zip(recording.connections, recording.published, strict=True):
        ends = (connection.orig, connection.resp)
        if name is None:
            hours = {int(at // HOUR) for at in (connection.start, ended(connection))}
            doubtful.update((host, hour) for host in ends for hour in hours)
        elif name != BENIGN:
            attacked.update(ends)
            accused.add(pair_of(connection))
    return Trial(
        network=network,
        recording=recording,
        guilty=tuple(guilty(recording)),
        attacked=frozenset(attacked),
        accused=frozenset(accused),
        doubtful=frozenset(doubtful),
    )


def guilty(recording: Recording) -> Iterator[Guilty]:
    """Each local host and kind with at least FEWEST connections, in order of time.

    The host is the originator, or the target where the originator is not local. What an implant has
    laid counts from its first connection on: one that is held open is all there is.
    """
    fewest = 1 if behaviour_of(recording) else FEWEST
    words = AddressWords((*DEFAULT_LOCAL, *recording.local))
    found: dict[tuple[str, str], list[Connection]] = defaultdict(list)
    for connection, kind in zip(recording.connections, recording.over_hours, strict=True):
        host = local_end(connection, words)
        if kind not in {None, BENIGN} and host is not None:
            found[host, str(kind)].append(connection)
    made = [_guilty(*of, part) for of, part in found.items() if len(part) >= fewest]
    return iter(sorted(made, key=lambda one: (one.begun, one.host, one.kind)))


def _guilty(host: str, kind: str, connections: list[Connection]) -> Guilty:
    pair, count = Counter(map(pair_of, connections)).most_common(1)[0]
    return Guilty(
        host=host,
        kind=kind,
        pair=pair if count > len(connections) / 2 and kind != LATERAL_MOVEMENT else None,
        begun=min(connection.start for connection in connections),
        ends=tuple(sorted(map(ended, connections))),
    )


def pair_of(connection: Connection) -> Pair:
    """The pair that a connection belongs to."""
    return Pair(connection.orig, connection.resp, connection.resp_port, connection.proto)


def local_end(connection: Connection, words: AddressWords) -> str | None:
    """The end that is a host of ours, the originator where both are."""
    for address in (connection.orig, connection.resp):
        if words[address] & _HOST == LOCAL:
            return address
    return None


_HOST: Final = LOCAL | GROUP


def ended(connection: Connection) -> float:
    """Last packet, seconds since the epoch; the first where no duration is known."""
    return connection.start + (connection.duration or 0.0)

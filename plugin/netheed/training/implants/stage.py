"""What an implant finds: a host of a recording, when it is up, and who is around it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.random import Generator

from netheed.core.networks import parsed
from netheed.errors import NetheedError
from netheed.records import Connection
from netheed.training.datasets import BENIGN, Recording
from netheed.training.implants.ranges import Bands, Ranges, drawn
from netheed.training.implants.spells import Spell, after, seconds_in, spells_of
from netheed.training.overlay import LocalHosts
from netheed.training.simulate_network import neighbourhood, one_of, same_version, stranger
from netheed.training.wire import Wire

FEWEST: Final = 12
"""Calls below which an implant has no rhythm to speak of."""
BUSIEST: Final = 6
"""Local hosts among which the one with the implant is drawn."""
THERE_BEFORE: Final = 0.4
"""Share of the implants that are there from the first moment on."""
SHORTEST: Final = 900.0
"""Seconds that a host must be up for."""


class NoRoomError(NetheedError):
    """A recording too short, or with too few hosts, for what should be laid over it."""


class Ends(NamedTuple):
    """Where a behaviour led."""

    peer: str | None
    """None where there are several and no one of them is the reason."""
    port: int
    proto: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a behaviour has: a host, its time, its surroundings, and a wire to write to."""

    wire: Wire
    ranges: Ranges
    host: str
    spells: list[Spell]
    """When the host is up and the implant there; never empty."""
    own: list[Connection]
    """What the host itself began."""
    starts: list[float]
    """Of all connections of the recording."""
    inside: list[str]
    """Local hosts and addresses near the host that are local too, those that were seen first."""
    known: frozenset[str]
    """All addresses of the recording."""

    @property
    def rng(self) -> Generator:
        """The one source of chance."""
        return self.wire.rng

    def draw(self, bands: Bands, *, most: float = np.inf) -> float:
        """A value of the bands. Raises NoRoomError where all of them lie above `most`."""
        try:
            return drawn(self.rng, bands, most=most)
        except ValueError as error:
            raise NoRoomError(f"{self.host}: {error}") from None

    def pause(self, bands: Bands, *, most: float = np.inf) -> float:
        """Seconds between two calls, so few that there is time for FEWEST of them."""
        # A third more than FEWEST: calls are missed, and jitter may lengthen.
        room = seconds_in(self.spells) / (FEWEST * 4 / 3)
        return self.draw(bands, most=min(room, most))

    def outsider(self) -> str:
        """A stranger that nobody in the recording met."""
        found = stranger(self.rng, self.host)
        return self.outsider() if found in self.known else found


def staged(base: Recording, ranges: Ranges, wire: Wire) -> Stage:
    """A host that was up for long enough, from its first moment or one of its first half on.

    Raises NoRoomError where there is none.
    """
    local, rng = LocalHosts(base), wire.rng
    own = _begun(base, _at_home(base, local))
    up = {host: spells_of(c.start for c in begun) for host, begun in own.items()}
    fitting = [host for host in own if seconds_in(up[host]) >= SHORTEST]
    if not fitting:
        raise NoRoomError(f"{base.name}: no local host is up for {SHORTEST:g} s")
    host = one_of(rng, fitting)
    return Stage(
        wire=wire,
        ranges=ranges,
        host=host,
        spells=after(up[host], seconds_in(up[host]) * _begins(rng)),
        own=own[host],
        starts=[c.start for c in base.connections],
        inside=_inside(rng, local, host),
        known=frozenset(a for c in base.connections for a in (c.orig, c.resp)),
    )


def _begins(rng: Generator) -> float:
    """The share of the host's time that is over: many were there before the sensor was."""
    return 0.0 if rng.random() < THERE_BEFORE else float(rng.uniform(0.0, 0.5))


def _begun(base: Recording, hosts: list[str]) -> dict[str, list[Connection]]:
    found: dict[str, list[Connection]] = {host: [] for host in hosts}
    for connection in base.connections:
        if connection.orig in found:
            found[connection.orig].append(connection)
    return found


def _at_home(base: Recording, local: LocalHosts) -> list[str]:
    """The busiest local originators of nothing but benign traffic, with an address for the world.

    A link-local address reaches nobody outside.
    """
    pairs = zip(base.connections, base.labels, strict=True)
    away = {c.orig for c, label in pairs if label not in {BENIGN, None}}
    own = [a for a in local.originators if a not in away and not parsed(a).is_link_local]
    return own[:BUSIEST]


def _inside(rng: Generator, local: LocalHosts, host: str) -> list[str]:
    numbers = rng.permutation(np.arange(1, 255)).tolist()
    seen = [a for a in local.hosts if same_version(a, host) and not parsed(a).is_link_local]
    both = dict.fromkeys([*rng.permutation(seen).tolist(), *neighbourhood(host, numbers)])
    return [a for a in both if a != host and local.host(a)]


def beats(stage: Stage, pauses: Iterator[float]) -> Iterator[float]:
    """Moments to call at; what slept while its host was off calls soon after it is up again."""
    at = 0.0
    for begin, end in stage.spells:
        at = max(at, begin + float(stage.rng.exponential(20)))
        while at < end:
            yield at
            at += next(pauses)


def jittered(stage: Stage, every: float) -> Iterator[float]:
    """Sleeps of about `every` seconds: only shortened, as Cobalt Strike's, or either way."""
    jitter = stage.draw(stage.ranges.jitter)
    longest = 1.0 if stage.rng.random() < 0.5 else 1 + jitter
    while True:
        yield every * float(stage.rng.uniform(1 - jitter, longest))

"""How often, how much and where to an implant calls: the ranges for learning and for judging.

Known of real ones, with what is chosen here beside it:

- Cobalt Strike sleeps 60 s by default; its jitter of 0 to 99 % only shortens a sleep.
- Sliver's beacons wait 60 s and up to 30 s more by default.
- Empire waits 5 s without jitter by default and gives up after 60 missed check-ins; its jitter goes
  both ways.
- dnscat2 asks each second by default; Metasploit's listener is at 4444 by default.
- The published recording of Remcos tries again twice a second while nobody answers.

An operator changes all of these, so sleeps go from a second to a day and jitter to 90 %. All other
bounds are chosen: sizes of check-ins and of tasks, keepalives, lengths, retries, odd ports, the
pace and the number of peers of lateral movement.

Bands of LEARNED and JUDGED alternate along each axis, so that judging asks for what lies between
and beyond what was learned, not for another world. Only what all the web and all of Windows uses is
in both (DOORS, and the ports of lateral movement): otherwise a port would tell which it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from netheed.training.simulate_network import one_of

Bands = tuple[tuple[float, float], ...]
"""(least, most), apart from each other, in order."""
Door = tuple[int, str | None]
"""TCP port, and what a sensor takes it for."""

DOORS: Final[tuple[Door, ...]] = ((443, "ssl"), (80, "http"))
HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """What may be drawn. A value that varies around what was drawn may leave its band."""

    sleep: Bands
    """Seconds between two calls."""
    poll: Bands
    """Seconds between two calls of one that asks all the time."""
    jitter: Bands
    """Share of the sleep."""
    size: Bands
    """Bytes of payload of a check-in, either way; the middle one where they vary."""
    spread: Bands
    """Of sizes that vary: the standard deviation of their logarithm."""
    task: Bands
    """Bytes of payload of an order with its tools, or of what was found."""
    length: Bands
    """Seconds that a connection is kept open."""
    keepalive: Bands
    """Seconds between two messages on a connection that is kept open."""
    message: Bands
    """Bytes of payload of such a message."""
    retry: Bands
    """Seconds to the next try where nobody answers; the first where they grow."""
    query: Bands
    """Bytes of a DNS message that carries something."""
    doors: tuple[Door, ...]
    """TCP ports with the service that a sensor sees there, beside DOORS."""
    odd: Bands
    """TCP ports at which no sensor sees a service."""
    peers: Bands
    """How many hosts are moved to."""
    pace: Bands
    """Seconds between two moves."""
    bare: float
    """Share of the implants that call an address and no name."""
    label: Bands
    """Characters of a name at random."""
    words: tuple[str, ...]
    """Two of them are a name that somebody chose."""
    ends: tuple[str, ...]
    """Where such names are registered."""


LEARNED: Final = Ranges(
    sleep=((1, 4), (8, 40), (80, 400), (900, 4000), (9000, 30_000)),
    poll=((1, 1.9), (3, 3.9)),
    jitter=((0, 0.02), (0.1, 0.2), (0.3, 0.4), (0.55, 0.7)),
    size=((60, 150), (300, 600), (1200, 2500)),
    spread=((0.1, 0.25), (0.5, 0.75)),
    task=((3000, 12_000), (60_000, 250_000)),
    length=((HOUR, 2 * HOUR), (4 * HOUR, 6.5 * HOUR), (12 * HOUR, 20 * HOUR)),
    keepalive=((10, 25), (60, 110)),
    message=((20, 40), (70, 100)),
    retry=((0.4, 0.9), (5, 12), (30, 55), (130, 280), (1000, 1900)),
    query=((60, 90), (130, 170)),
    doors=((8080, "http"), (4444, None)),
    odd=((1025, 4000), (10_000, 20_000), (40_000, 50_000)),
    peers=((2, 4), (9, 12)),
    pace=((5, 20), (120, 500)),
    bare=0.5,
    label=((8, 10), (15, 19), (26, 30)),
    words=("cloud", "update", "metric", "media", "north", "trade", "health", "green", "office"),
    ends=("com", "net", "info", "xyz"),
)
JUDGED: Final = Ranges(
    sleep=((4.5, 7.5), (45, 75), (450, 850), (4500, 8500), (32_000, 86_400)),
    poll=((2, 2.9), (4, 5)),
    jitter=((0.03, 0.08), (0.22, 0.28), (0.42, 0.53), (0.72, 0.9)),
    size=((160, 280), (650, 1100)),
    spread=((0.3, 0.45), (0.8, 1.0)),
    task=((15_000, 50_000), (300_000, 1_000_000)),
    length=((2.2 * HOUR, 3.6 * HOUR), (7 * HOUR, 11 * HOUR), (22 * HOUR, 46 * HOUR)),
    keepalive=((30, 55), (120, 280)),
    message=((45, 65), (110, 200)),
    retry=((1.2, 3), (14, 28), (60, 120), (300, 900), (2000, 3600)),
    query=((95, 125), (175, 220)),
    doors=((8443, "ssl"), (8000, "http")),
    odd=((5000, 7900), (21_000, 39_000), (51_000, 60_000)),
    peers=((5, 8), (13, 20)),
    pace=((25, 100), (600, 3600)),
    bare=0.4,
    label=((11, 14), (20, 25)),
    words=("static", "secure", "images", "portal", "river", "market", "sports", "silver", "travel"),
    ends=("org", "io", "top", "co"),
)


def drawn(rng: Generator, bands: Bands, *, most: float = np.inf) -> float:
    """A value of one of the bands, up to `most`, evenly on a logarithmic scale from 1e-3 on.

    Raises ValueError where every band lies above `most`.
    """
    fitting = [(low, min(high, most)) for low, high in bands if low <= most]
    if not fitting:
        raise ValueError(f"nothing up to {most:g} in {bands}")
    low, high = one_of(rng, fitting)
    value = float(np.exp(rng.uniform(np.log(max(low, 1e-3)), np.log(max(high, 1e-3)))))
    return min(max(value, low), high)


def drawn_count(rng: Generator, bands: Bands) -> int:
    """A whole number of one of the bands, evenly."""
    low, high = one_of(rng, bands)
    return int(rng.integers(int(low), int(high) + 1))


def drawn_door(rng: Generator, ranges: Ranges) -> Door:
    """Where an implant is at home: at a usual port, at another one, or at an odd one."""
    odd: Door = (drawn_count(rng, ranges.odd), None)
    choices: Sequence[Door] = (*DOORS, *DOORS, *ranges.doors, odd)
    return one_of(rng, choices)

"""EVE flow records as a busy Suricata writes them now, cheap enough to be made beside the run.

Lines are those of traffic.py, cut open where they differ from one tick to the next: times, flow id,
both addresses and the port are drawn anew, what lies between stays. A flow is written when its
timeout has passed, as with the `flow-timeouts` that `netheed doctor` proposes.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import numpy as np

from bench.traffic import FORMS, PEERS, Flow, Traffic, flows, host_address, peer_address

OPEN: Final = re.compile(
    rb'(.*?"timestamp":")[^".]*(.*?"flow_id":)\d+(.*?"src_ip":")[^"]*(.*?"src_port":)\d+'
    rb'(.*?"dest_ip":")[^"]*(.*?"start":")[^".]*(.*?"end":")[^".]*(.*)'
)
"""What stays, around what is drawn; of a time the fraction stays."""
PARTS: Final = 15
"""Of a line: eight that stay and seven that are drawn, in turn."""
SHAPES: Final = 2_000
"""Lines that are cut open."""
TIMEOUTS: Final = {"TCP": (10, 15), "UDP": (60, 70)}
"""Whole seconds after its end at which a flow is written, from and below."""
LONG: Final = 0.01
"""Share of flows that last a hundred times as long as the others."""
LONGEST: Final = 240.0
"""Seconds that a flow lasts."""
PORTS: Final = tuple(b"%d" % port for port in range(32_768, 60_768))
FIRST_ID: Final = 1_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Shape:
    """A line without what is drawn."""

    stays: tuple[bytes, ...]
    waited: int
    """Whole seconds from its end to its record."""
    lasted: int
    """Seconds by which the date of its end is behind that of its start."""


@dataclass(slots=True)
class Pour:
    """So many lines at each call; equal seeds and times give equal lines."""

    lines: int
    hosts: int = 5_000
    seed: int = 7
    made: int = 0
    """Lines so far."""
    _rng: np.random.Generator = field(init=False)
    _share: np.ndarray = field(init=False)
    """Cumulated, of the hosts by rank."""
    _parts: list[bytes] = field(init=False)
    _started: list[int] = field(init=False)
    """Seconds before its record at which each line's flow began."""
    _ended: list[int] = field(init=False)
    _names: tuple[list[bytes], list[bytes]] = field(init=False)
    """Addresses of hosts and peers, by number."""

    def __post_init__(self) -> None:
        """Cut the lines open, once."""
        self._rng = np.random.default_rng(self.seed)
        ranks = np.arange(1, self.hosts + 1) ** -Traffic(lines=1).exponent
        self._share = np.cumsum(ranks / ranks.sum())
        drawn = shapes(self._rng)
        each = [drawn[at % len(drawn)] for at in range(self.lines)]
        self._parts = [b""] * (PARTS * self.lines)
        for at, stays in enumerate(zip(*(shape.stays for shape in each), strict=True)):
            self._parts[2 * at :: PARTS] = stays
        self._ended = [shape.waited for shape in each]
        self._started = [shape.waited + shape.lasted for shape in each]
        self._names = (
            [host_address(number).encode() for number in range(self.hosts)],
            [peer_address(number).encode() for number in range(PEERS + 1)],
        )

    def at(self, second: int) -> bytes:
        """The lines that are written in a second, seconds since the epoch."""
        dates = list(_dates(second, max(self._started)))
        hosts, peers = self._drawn()
        first = FIRST_ID + self.made
        for slot, values in enumerate(
            (
                [dates[0]] * self.lines,
                map(b"%d".__mod__, range(first, first + self.lines)),
                hosts,
                (PORTS[(self.made + at) % len(PORTS)] for at in range(self.lines)),
                peers,
                (dates[before] for before in self._started),
                (dates[before] for before in self._ended),
            )
        ):
            self._parts[2 * slot + 1 :: PARTS] = list(values)
        self.made += self.lines
        return b"".join(self._parts)

    def _drawn(self) -> tuple[list[bytes], list[bytes]]:
        """Addresses of hosts and of peers."""
        ranks = np.searchsorted(self._share, self._rng.random(self.lines))
        hosts = np.minimum(ranks, self.hosts - 1)
        peers = np.minimum(self._rng.zipf(1.4, self.lines), PEERS)
        of_host, of_peer = self._names
        return [of_host[n] for n in hosts.tolist()], [of_peer[n] for n in peers.tolist()]


def shapes(rng: np.random.Generator) -> Sequence[Shape]:
    """SHAPES lines of traffic.py, cut open."""
    return [_shape(flow, rng) for flow in flows(Traffic(lines=SHAPES))]


def _shape(flow: Flow, rng: np.random.Generator) -> Shape:
    long = 100.0 if rng.random() < LONG else 1.0
    flow = flow | {"duration": min(flow["duration"] * long, LONGEST)}
    _, line = FORMS["eve"]
    text = line(flow)
    cut = OPEN.fullmatch(text)
    if cut is None:
        raise ValueError(f"a line of another kind: {text!r}")
    from_, below = TIMEOUTS["TCP" if b'"proto":"TCP"' in text else "UDP"]
    lasted = int(flow["start"] + flow["duration"]) - int(flow["start"])
    *stays, last = cut.groups()
    return Shape((*stays, last + b"\n"), int(rng.integers(from_, below)), lasted)


def _dates(second: int, most: int) -> Iterator[bytes]:
    """A second, and those before it."""
    for before in range(most + 1):
        yield datetime.fromtimestamp(second - before, UTC).strftime("%Y-%m-%dT%H:%M:%S").encode()

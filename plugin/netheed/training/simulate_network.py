"""A simulated network: who is in it, and which addresses are outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.random import Generator

T = TypeVar("T")
RESOLVERS: Final = ("1.1.1.1", "8.8.8.8", "9.9.9.9")
RESOLVERS_6: Final = ("2606:4700:4700::1111", "2001:4860:4860::8888", "2620:fe::fe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One simulated network."""

    begin: float
    """Seconds since the epoch."""
    length: float
    """Seconds."""
    hosts: tuple[str, ...]
    resolver: str
    server: str
    """A local file, mail and print server."""
    sites: tuple[str, ...]
    """External servers; the first are the most popular."""
    clouds: tuple[str, ...]
    """External services that many hosts use: telemetry, synchronisation, time."""

    @property
    def end(self) -> float:
        """Seconds since the epoch."""
        return self.begin + self.length

    def near(self, host: str) -> list[str]:
        """Other local hosts that `host` can talk to: with an address of the same version."""
        others = dict.fromkeys((*self.hosts, self.server))
        return [a for a in others if a != host and same_version(a, host)]


def scene(rng: Generator) -> Scene:
    """A network of its own: version of IP, prefix, size and length drawn at random."""
    six = bool(rng.random() < 0.12)
    numbers = rng.choice(np.arange(2, 250), int(rng.integers(4, 14)), replace=False)
    hosts = tuple(neighbourhood(_first_address(rng, six=six), numbers.tolist()))
    outside = tuple(stranger(rng, hosts[0]) for _ in range(int(rng.integers(60, 600))))
    clouds = int(rng.integers(3, 12))
    return Scene(
        begin=float(rng.integers(1_500_000_000, 1_800_000_000)) + float(rng.random()),
        length=float(rng.uniform(2, 9)) * 3600,
        hosts=hosts[1:],
        resolver=hosts[0] if rng.random() < 0.6 else one_of(rng, RESOLVERS_6 if six else RESOLVERS),
        server=hosts[0],
        sites=outside[clouds:],
        clouds=outside[:clouds],
    )


def _first_address(rng: Generator, *, six: bool) -> str:
    if six:
        return f"fd{rng.integers(16, 256):02x}:{rng.integers(1, 65536):x}::1"
    prefix = one_of(rng, ("10.{}.{}", "192.168.{1}", "172.16.{1}"))
    return prefix.format(*rng.integers(0, 256, 2)) + ".1"


def neighbourhood(address: str, numbers: Sequence[int]) -> list[str]:
    """Addresses with these last numbers in the network (/24 or /64) of an address."""
    if ":" in address:
        return [f"{address.rpartition(':')[0]}:{number:x}" for number in numbers]
    return [f"{address.rpartition('.')[0]}.{number}" for number in numbers]


def stranger(rng: Generator, like: str) -> str:
    """An external address of the same version as `like`."""
    if ":" in like:
        return f"2a0{rng.integers(0, 9)}:{rng.integers(1, 65535):x}::{rng.integers(1, 65535):x}"
    first = one_of(rng, (5, 13, 23, 34, 45, 52, 62, 81, 93, 104, 142, 151, 185, 195, 203, 216))
    return ".".join(map(str, (first, *rng.integers(0, 254, 2), rng.integers(1, 254))))


def same_version(one: str, other: str) -> bool:
    """Both IPv4 or both IPv6: nothing else can be the ends of one connection."""
    return (":" in one) == (":" in other)


def one_of(rng: Generator, choices: Sequence[T]) -> T:
    """One of them, evenly; Generator.choice would copy them all into an array each time."""
    return choices[int(rng.integers(0, len(choices)))]

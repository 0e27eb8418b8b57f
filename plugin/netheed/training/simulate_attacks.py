"""Attacks, simulated: the ways that a kind can look, drawn widely.

Augmentation of our own making, for training only; it never decides how good the detector is said to
be. Each function writes one episode of one kind from a given moment on: by one host, or, for scans,
guessing and floods, now and then against it from outside.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.random import Generator

from netheed.training.simulate_network import (
    Scene,
    neighbourhood,
    one_of,
    same_version,
    stranger,
)
from netheed.training.wire import Wire

COMMON_PORTS: Final = (21, 22, 23, 25, 53, 80, 110, 135, 139, 143, 443, 445, 993, 1433, 3306, 3389)
LOGINS: Final = (
    (22, "ssh"),
    (21, "ftp"),
    (23, None),
    (3389, "rdp"),
    (445, "smb"),
    (143, "imap"),
    (5900, "rfb"),
    (2222, "ssh"),
    (80, "http"),
    (443, "ssl"),
    (587, "smtp"),
)
SUFFERED: Final = 0.2
"""Share of the scans, guesses and floods that come from outside against the host."""
UDP_PORTS: Final = (53, 69, 111, 123, 137, 161, 500, 514, 1434, 1900, 5060, 5353)
FIRES: Final = (
    ("tcp", 443, "ssl"),
    ("tcp", 80, "http"),
    ("tcp", 8080, "http"),
    ("tcp", 4444, None),
    ("tcp", 8443, "ssl"),
    ("tcp", 53, "dns"),
    ("udp", 53, "dns"),
    ("udp", 123, None),
)
"""How a beacon calls; one more choice is any port."""


def scan(wire: Wire, place: Scene, host: str, at: float) -> None:
    """Many ports, many hosts or both; from a thousand a second to one in two minutes."""
    rng = wire.rng
    every = float(np.exp(rng.uniform(np.log(0.001), np.log(120))))
    most = int(min(3000, max(30, (place.end - at) / every)))
    count = int(rng.integers(30, most + 1)) if every > 1 else int(rng.integers(100, 2500))
    probes = _probes(rng, place, host, count)
    udp = bool(rng.random() < 0.1)
    open_share, refused_share = float(rng.uniform(0, 0.1)), float(rng.random())
    jitter = float(rng.uniform(0, 1))
    for ends in probes:
        at += every * float(rng.uniform(1 - jitter, 1 + jitter))
        if at > place.end:
            return
        answered = bool(rng.random() < open_share)
        if udp:
            wire.udp(at, ends, None, float(rng.integers(0, 60)), 80 if answered else 0)
        elif answered:
            wire.tcp(at, ends, None, 0, 60, 0.05)
        else:
            wire.failed(at, ends, refused=bool(rng.random() < refused_share))


def _probes(rng: Generator, place: Scene, host: str, count: int) -> list[tuple[str, str, int]]:
    """Who knocks at whose which port: up or along a network, or at the host from outside."""
    if rng.random() < SUFFERED:
        origin, targets = stranger(rng, host), [host]
    elif rng.random() < 0.45:
        origin, targets = host, [one_of(rng, place.near(host) or [stranger(rng, host)])]
    else:
        origin, targets = host, _neighbours(rng, host)
    vertical = len(targets) == 1
    ports = np.arange(1, 20_000) if vertical else np.array((*COMMON_PORTS, *UDP_PORTS))
    wanted = count if vertical else int(np.exp(rng.uniform(0, np.log(len(ports)))))
    chosen = rng.permutation(ports)[:wanted].tolist()
    whole = [(origin, target, port) for target in targets for port in chosen]
    return (whole * (1 + count // len(whole)))[:count]


def _neighbours(rng: Generator, host: str) -> list[str]:
    """The host's own network, or a list of strangers, to be knocked at one after the other."""
    if rng.random() < 0.5:
        numbers = rng.permutation(np.arange(1, 255)).tolist()
        return [a for a in neighbourhood(host, numbers) if a != host]
    return [stranger(rng, host) for _ in range(int(rng.integers(50, 800)))]


def brute_force(wire: Wire, place: Scene, host: str, at: float) -> None:
    """Log-in after log-in at one service, alike in size and length; the last one may work."""
    rng = wire.rng
    port, service = one_of(rng, LOGINS)
    ends = (*_sides(rng, place, host), port)
    every = float(np.exp(rng.uniform(np.log(0.05), np.log(20))))
    up, down = float(rng.uniform(300, 2600)), float(rng.uniform(300, 3500))
    length, alike = float(rng.uniform(0.1, 6)), float(rng.uniform(0.0, 0.2))
    for _ in range(int(rng.integers(40, 800))):
        at += every * float(rng.uniform(0.5, 1.5))
        if at > place.end:
            return
        if rng.random() < 0.03:
            wire.failed(at, ends, refused=bool(rng.random() < 0.5))
            continue
        sizes = up * rng.lognormal(0, alike), down * rng.lognormal(0, alike)
        wire.tcp(at, ends, service, *sizes, length * float(rng.lognormal(0, 0.4)))
    if rng.random() < 0.2:
        wire.tcp(at + every, ends, service, 5 * up, rng.lognormal(10, 1.5), 60 * length)


def _sides(rng: Generator, place: Scene, host: str) -> tuple[str, str]:
    """The host against a server, a neighbour or a stranger, or a stranger against the host."""
    if rng.random() < SUFFERED:
        return stranger(rng, host), host
    near = place.near(host)
    server = [a for a in near if a == place.server]
    return host, one_of(rng, (*server, *near, stranger(rng, host)))


def dns_tunnel(wire: Wire, place: Scene, host: str, at: float) -> None:
    """Long names up, long answers down, through the resolver or straight to a stranger."""
    rng = wire.rng
    usual = place.resolver if same_version(place.resolver, host) else stranger(rng, host)
    where = usual if rng.random() < 0.7 and usual != host else stranger(rng, host)
    every = float(np.exp(rng.uniform(np.log(0.03), np.log(6))))
    up, down = float(rng.uniform(90, 250)), float(rng.uniform(90, 900))
    packets = int(rng.choice((1, 1, 1, 2, 30)))
    for _ in range(int(rng.integers(150, 2500))):
        at += every * float(rng.exponential(1.0))
        if at > place.end:
            return
        answered = rng.random() < 0.97
        wire.udp(
            at,
            (host, where, 53),
            "dns",
            up * packets * rng.uniform(0.85, 1.15),
            down * packets * rng.uniform(0.6, 1.4) if answered else 0,
            (packets, packets),
        )


def beacon(wire: Wire, place: Scene, host: str, at: float, *, jitter: float | None = None) -> None:
    """One stranger, asked again and again for orders.

    `jitter` is the share of the period by which a beat comes early or late; drawn when None.
    """
    rng = wire.rng
    fire = one_of(rng, (*FIRES, ("tcp", int(rng.integers(1025, 50_000)), None)))
    ends = (host, stranger(rng, host), fire[1])
    every = float(np.exp(rng.uniform(np.log(8), np.log(3600))))
    drawn = one_of(rng, (0.0, 0.05, 0.1, 0.2, 0.3))
    jitter = drawn if jitter is None else jitter
    up, down = float(rng.uniform(60, 2500)), float(rng.uniform(60, 5000))
    alike, missed = float(rng.uniform(0, 0.08)), float(one_of(rng, (0.0, 0.0, 0.05)))
    dead = bool(rng.random() < 0.2)
    while at < place.end:
        if rng.random() >= missed:
            sizes = up * float(rng.lognormal(0, alike)), down * float(rng.lognormal(0, alike))
            _call(wire, at, ends, fire, None if dead else sizes)
        at += every * float(rng.uniform(1 - jitter, 1 + jitter))


def _call(
    wire: Wire,
    at: float,
    ends: tuple[str, str, int],
    fire: tuple[str, int, str | None],
    sizes: tuple[float, float] | None,
) -> None:
    """One beat; without sizes nobody is at home."""
    rng = wire.rng
    if fire[0] == "udp":
        up, down = sizes or (60.0, 0.0)
        packets = 1 + int(up) // 1200, 1 + int(down) // 1200
        wire.udp(at, ends, fire[2], up, down, packets)
    elif sizes is None:
        tries, refused = int(rng.integers(1, 4)), bool(rng.random() < 0.5)
        wire.failed(at, ends, refused=refused, tries=tries)
    else:
        wire.tcp(at, ends, fire[2], *sizes, float(rng.exponential(0.5)) + 0.02)


def exfiltration(wire: Wire, place: Scene, host: str, at: float) -> None:
    """Much more out than in, to one stranger: at once, or in drips over hours."""
    rng = wire.rng
    where = stranger(rng, host)
    port, service = (
        (443, "ssl"),
        (22, "ssh"),
        (21, "ftp"),
        (80, "http"),
        (8443, "ssl"),
        (int(rng.integers(1025, 50_000)), None),
    )[int(rng.integers(0, 6))]
    every = float(np.exp(rng.uniform(np.log(20), np.log(1200))))
    part = float(np.exp(rng.uniform(np.log(2e5), np.log(3e7))))
    alike, jitter = float(rng.uniform(0.0, 0.6)), float(rng.uniform(0, 0.8))
    for _ in range(int(rng.integers(6, 200))):
        if at > place.end:
            return
        size = part * float(rng.lognormal(0, alike))
        wire.tcp(
            at,
            (host, where, port),
            service,
            size,
            500 + size * float(rng.uniform(0, 0.02)),
            size / float(np.exp(rng.uniform(np.log(5e4), np.log(5e6)))) + 0.1,
        )
        at += every * float(rng.uniform(1 - jitter, 1 + jitter))


def flood(wire: Wire, place: Scene, host: str, at: float) -> None:
    """As many packets as there is time for, at one service."""
    rng = wire.rng
    port = int(one_of(rng, (80, 443, 53, 22, 25, int(rng.integers(1, 65536)))))
    rate = float(np.exp(rng.uniform(np.log(15), np.log(1500))))
    way = int(rng.integers(0, 4))
    sides = _flooders(rng, place, host)
    length = min(float(rng.uniform(20, 180)), 2500 / rate)
    answered, size = bool(rng.random() < 0.4), float(rng.uniform(20, 1400))
    for _ in range(int(rate * length)):
        at += float(rng.exponential(1.0)) / rate
        origin, target = one_of(rng, sides)
        ends = (origin, target, port)
        if way == 0:
            wire.failed(at, ends, refused=answered)
        elif way == 1:
            wire.udp(at, ends, None, size, 0, (1, 0))
        elif way == 2:
            wire.tcp(at, ends, "http", 300, 200 if answered else 0, 0.5)
        else:
            wire.ping(at, origin, target, answered=answered)


def _flooders(rng: Generator, place: Scene, host: str) -> list[tuple[str, str]]:
    """The host against one target, or strangers against it: one, some, or as many as spoofed."""
    if rng.random() < SUFFERED:
        count = int(np.exp(rng.uniform(0, np.log(2500))))
        return [(stranger(rng, host), host) for _ in range(count)]
    near = place.near(host)
    outside = not near or rng.random() < 0.6
    return [(host, stranger(rng, host) if outside else near[-1])]


ATTACKS: Final[dict[str, Callable[[Wire, Scene, str, float], None]]] = {
    "scan": scan,
    "brute_force": brute_force,
    "dns_tunnel": dns_tunnel,
    "beacon": beacon,
    "exfiltration": exfiltration,
    "flood": flood,
}

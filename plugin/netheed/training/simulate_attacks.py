"""Attacks, simulated: the ways that a kind can look, drawn widely.

Augmentation of our own making, for training only; it never decides how good the detector is said to
be. Each function writes one episode of one kind by one host from a given moment on.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.random import Generator

from netheed.training.simulate_hosts import Scene, stranger
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
)


def scan(wire: Wire, place: Scene, host: str, at: float) -> None:
    """Many ports, many hosts or both; from a thousand a second to one in two minutes."""
    rng = wire.rng
    every = float(np.exp(rng.uniform(np.log(0.001), np.log(120))))
    most = int(min(3000, max(30, (place.end - at) / every)))
    count = int(rng.integers(30, most + 1)) if every > 1 else int(rng.integers(100, 2500))
    vertical = rng.random() < 0.45
    targets = [str(rng.choice(place.hosts))] if vertical else _neighbours(rng, place)
    ports = rng.permutation(np.arange(1, 20_000)) if vertical else rng.permutation(COMMON_PORTS)
    ports = ports[: count if vertical else int(rng.integers(1, 6))]
    open_share, refused_share = float(rng.uniform(0, 0.1)), float(rng.random())
    jitter = float(rng.uniform(0, 1))
    for number in range(count):
        at += every * float(rng.uniform(1 - jitter, 1 + jitter))
        target = targets[number // len(ports) % len(targets)]
        ends = (host, target, int(ports[number % len(ports)]))
        if target == host or at > place.end:
            continue
        if rng.random() < open_share:
            wire.tcp(at, ends, None, 0, 60, 0.05)
        else:
            wire.failed(at, ends, refused=bool(rng.random() < refused_share))


def _neighbours(rng: Generator, place: Scene) -> list[str]:
    """A local network, or a list of strangers, to be knocked at one after the other."""
    if rng.random() < 0.5:
        prefix = place.server.rsplit(".", 1)[0]
        return [f"{prefix}.{number}" for number in rng.permutation(np.arange(1, 255))]
    return [stranger(rng) for _ in range(int(rng.integers(50, 800)))]


def brute_force(wire: Wire, place: Scene, host: str, at: float) -> None:
    """Log-in after log-in at one service, of nearly the same size and length."""
    rng = wire.rng
    port, service = LOGINS[int(rng.integers(0, len(LOGINS)))]
    target = str(rng.choice((place.server, *place.hosts, stranger(rng))))
    if target == host:
        target = place.server
    every = float(np.exp(rng.uniform(np.log(0.05), np.log(20))))
    up, down = float(rng.uniform(300, 2600)), float(rng.uniform(300, 3500))
    length, alike = float(rng.uniform(0.1, 6)), float(rng.uniform(0.0, 0.2))
    for _ in range(int(rng.integers(40, 800))):
        at += every * float(rng.uniform(0.5, 1.5))
        if at > place.end:
            return
        ends = (host, target, port)
        if rng.random() < 0.03:
            wire.failed(at, ends, refused=bool(rng.random() < 0.5))
        else:
            wire.tcp(
                at,
                ends,
                service,
                up * rng.lognormal(0, alike),
                down * rng.lognormal(0, alike),
                length * float(rng.lognormal(0, 0.4)),
            )


def dns_tunnel(wire: Wire, place: Scene, host: str, at: float) -> None:
    """Long names up, long answers down, through the resolver or straight to a stranger."""
    rng = wire.rng
    where = place.resolver if rng.random() < 0.7 else stranger(rng)
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


def beacon(wire: Wire, place: Scene, host: str, at: float) -> None:
    """One stranger, asked again and again for orders."""
    rng = wire.rng
    where = stranger(rng)
    port, service = (
        (443, "ssl"),
        (80, "http"),
        (8080, "http"),
        (4444, None),
        (8443, "ssl"),
        (53, "dns"),
        (int(rng.integers(1025, 50_000)), None),
    )[int(rng.integers(0, 7))]
    every = float(np.exp(rng.uniform(np.log(8), np.log(2400))))
    jitter = float(rng.choice((0.0, 0.05, 0.1, 0.2, 0.3)))
    up, down, alike = (
        float(rng.uniform(60, 2500)),
        float(rng.uniform(60, 5000)),
        float(rng.uniform(0, 0.08)),
    )
    dead = rng.random() < 0.2
    missed = float(rng.choice((0.0, 0.0, 0.05)))
    while at < place.end:
        if rng.random() >= missed:
            if dead:
                wire.failed(
                    at,
                    (host, where, port),
                    refused=bool(rng.random() < 0.5),
                    tries=int(rng.integers(1, 4)),
                )
            else:
                wire.tcp(
                    at,
                    (host, where, port),
                    service,
                    up * rng.lognormal(0, alike),
                    down * rng.lognormal(0, alike),
                    float(rng.exponential(0.5)) + 0.02,
                )
        at += every * float(rng.uniform(1 - jitter, 1 + jitter))


def exfiltration(wire: Wire, place: Scene, host: str, at: float) -> None:
    """Much more out than in, to one stranger: at once, or in drips over hours."""
    rng = wire.rng
    where = stranger(rng)
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
    where = stranger(rng) if rng.random() < 0.6 else place.server
    port = int(rng.choice((80, 443, 53, 22, 25, int(rng.integers(1, 65536)))))
    rate = float(np.exp(rng.uniform(np.log(15), np.log(1500))))
    way = int(rng.integers(0, 4))
    length = min(float(rng.uniform(20, 180)), 2500 / rate)
    answered, size = bool(rng.random() < 0.4), float(rng.uniform(20, 1400))
    for _ in range(int(rate * length)):
        at += float(rng.exponential(1.0)) / rate
        if way == 0:
            wire.failed(at, (host, where, port), refused=answered)
        elif way == 1:
            wire.udp(at, (host, where, port), None, size, 0, (1, 0))
        elif way == 2:
            wire.tcp(at, (host, where, port), "http", 300, 200 if answered else 0, 0.5)
        else:
            wire.ping(at, host, where, answered=answered)


ATTACKS: Final[dict[str, Callable[[Wire, Scene, str, float], None]]] = {
    "scan": scan,
    "brute_force": brute_force,
    "dns_tunnel": dns_tunnel,
    "beacon": beacon,
    "exfiltration": exfiltration,
    "flood": flood,
}

"""Ordinary hosts, simulated: what a detector must leave alone.

Augmentation of our own making, for training only. Every host draws its own parameters, widely, so
that no constant can be learned. Much here looks like an attack at first sight on purpose: regular
polls, nightly uploads, dead printers, monitoring that knocks on every door.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from netheed.training.wire import Wire


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


def scene(rng: Generator) -> Scene:
    """A network of its own: prefixes, sizes and length drawn at random."""
    prefix = rng.choice(("10.{}.{}", "192.168.{1}", "172.16.{1}")).format(*rng.integers(0, 256, 2))
    numbers = rng.choice(np.arange(2, 250), int(rng.integers(4, 14)), replace=False)
    hosts = tuple(f"{prefix}.{number}" for number in numbers)
    outside = tuple(stranger(rng) for _ in range(int(rng.integers(60, 600))))
    clouds = int(rng.integers(3, 12))
    return Scene(
        begin=float(rng.integers(1_500_000_000, 1_800_000_000)) + float(rng.random()),
        length=float(rng.uniform(2, 9)) * 3600,
        hosts=hosts[1:],
        resolver=hosts[0]
        if rng.random() < 0.6
        else str(rng.choice(("1.1.1.1", "8.8.8.8", "9.9.9.9"))),
        server=hosts[0],
        sites=outside[clouds:],
        clouds=outside[:clouds],
    )


def stranger(rng: Generator) -> str:
    """An external address, now and then IPv6."""
    if rng.random() < 0.12:
        return f"2a0{rng.integers(0, 9)}:{rng.integers(1, 65535):x}::{rng.integers(1, 65535):x}"
    first = int(rng.choice((5, 13, 23, 34, 45, 52, 62, 81, 93, 104, 142, 151, 185, 195, 203, 216)))
    return ".".join(map(str, (first, *rng.integers(0, 254, 2), rng.integers(1, 254))))


def ordinary(wire: Wire, place: Scene) -> None:
    """All ordinary traffic of a scene."""
    rng = wire.rng
    for host in place.hosts:
        kind = rng.choice(5, p=(0.55, 0.2, 0.1, 0.1, 0.05))
        (workstation, thing, public_server, quiet, monitor)[kind](wire, place, host)
        if rng.random() < 0.8:
            chatter(wire, place, host)


def workstation(wire: Wire, place: Scene, host: str) -> None:
    """A person's computer: browsing in bursts, and the regular jobs behind it."""
    rng = wire.rng
    favourites = rng.permutation(place.sites)[: int(rng.integers(8, 60))]
    popularity = rng.dirichlet(np.full(len(favourites), 0.4))
    for at in _bursts(rng, place):
        _page(wire, place, host, str(rng.choice(favourites, p=popularity)), at)
    jobs: tuple[Callable[[Wire, Scene, str], None], ...] = (
        mail,
        time_service,
        telemetry,
        telemetry,
        file_share,
        printing,
        synchronisation,
        update,
        dead_service,
        backup,
        video_call,
        swarm,
        slip,
        remote_work,
    )
    for job in jobs:
        if rng.random() < 0.4:
            job(wire, place, host)


def thing(wire: Wire, place: Scene, host: str) -> None:
    """A camera, lamp or meter: a clock that talks to its maker."""
    for _ in range(int(wire.rng.integers(1, 4))):
        telemetry(wire, place, host)
    time_service(wire, place, host)


def public_server(wire: Wire, place: Scene, host: str) -> None:
    """Clients from inside and outside, and now and then a stranger who knocks."""
    rng = wire.rng
    port, service = ((443, "ssl"), (80, "http"), (22, "ssh"), (25, "smtp"))[rng.integers(0, 4)]
    every = float(rng.lognormal(3.0, 1.5))
    for at in _poisson(rng, place, every):
        client = str(rng.choice(place.hosts if rng.random() < 0.3 else place.sites))
        if client != host:
            wire.tcp(
                at,
                (client, host, port),
                service,
                rng.lognormal(6.5, 1.2),
                rng.lognormal(8.5, 1.8),
                float(rng.exponential(3.0)),
            )
    for at in _poisson(rng, place, float(rng.lognormal(5.5, 1.2))):
        strange = int(rng.choice((22, 23, 80, 443, 445, 1433, 3389, 5060, 8080, 2323)))
        wire.failed(at, (stranger(rng), host, strange), refused=bool(rng.random() < 0.5))


def quiet(wire: Wire, place: Scene, host: str) -> None:
    """A host that says little."""
    time_service(wire, place, host)
    for at in _poisson(wire.rng, place, 1800.0):
        _page(wire, place, host, str(wire.rng.choice(place.sites[:20])), at)


def monitor(wire: Wire, place: Scene, host: str) -> None:
    """Pings and asks every local host, again and again, on a few ports."""
    rng = wire.rng
    every = float(rng.choice((30, 60, 120, 300)))
    ports = rng.choice(
        (22, 80, 161, 443, 445, 5666, 8080, 9100), int(rng.integers(1, 4)), replace=False
    )
    dead = str(rng.choice(place.hosts))
    for at in _regular(rng, place, every, 0.02):
        for number, target in enumerate(place.hosts):
            if target == host:
                continue
            moment = at + 0.05 * number
            wire.ping(moment, host, target, answered=target != dead)
            for port in ports.tolist():
                _poll(wire, moment, (host, target, port), alive=target != dead)


def _poll(wire: Wire, at: float, ends: tuple[str, str, int], *, alive: bool) -> None:
    if ends[2] == 161:
        wire.udp(at, ends, "snmp", 80, 120 if alive else 0)
    elif alive and (len(ends[1]) + ends[2]) % 3:
        wire.tcp(at, ends, None, 100, 200, 0.02)
    else:
        wire.failed(at, ends, refused=alive)


def mail(wire: Wire, place: Scene, host: str) -> None:
    """A mailbox polled every few minutes, to the second."""
    rng = wire.rng
    where = place.server if rng.random() < 0.5 else str(rng.choice(place.clouds))
    port, service = ((993, "ssl"), (143, "imap"), (995, "ssl"), (110, "pop3"))[rng.integers(0, 4)]
    for at in _regular(rng, place, float(rng.choice((60, 120, 300, 600, 900))), 0.01):
        new_mail = rng.lognormal(9, 1.5) if rng.random() < 0.15 else 0
        wire.tcp(at, (host, where, port), service, rng.normal(700, 20), 1500 + new_mail, 0.4)


def time_service(wire: Wire, place: Scene, host: str) -> None:
    """NTP."""
    rng = wire.rng
    where = str(rng.choice(place.clouds)) if rng.random() < 0.7 else place.server
    for at in _regular(rng, place, float(rng.choice((64, 256, 1024, 2048, 3600))), 0.03):
        wire.udp(at, (host, where, 123), "ntp", 48, 48)


def telemetry(wire: Wire, place: Scene, host: str) -> None:
    """Small regular messages to a service that other hosts use too."""
    rng = wire.rng
    where = str(rng.choice(place.clouds))
    every, size = (
        float(np.exp(rng.uniform(np.log(20), np.log(1800)))),
        float(rng.lognormal(6.5, 0.8)),
    )
    same = bool(rng.random() < 0.4)
    for at in _regular(rng, place, every, float(rng.uniform(0, 0.3))):
        up = size if same else size * rng.lognormal(0, 0.5)
        wire.tcp(
            at, (host, where, 443), "ssl", up, rng.lognormal(6.5, 0.6), float(rng.exponential(0.5))
        )


def file_share(wire: Wire, place: Scene, host: str) -> None:
    """Sessions with the local file server."""
    rng = wire.rng
    for at in _poisson(rng, place, float(rng.lognormal(6.0, 0.7))):
        wire.tcp(
            at,
            (host, place.server, 445),
            "smb",
            rng.lognormal(9, 2.0),
            rng.lognormal(10, 2.5),
            float(rng.exponential(60)),
        )


def printing(wire: Wire, place: Scene, host: str) -> None:
    """A job now and then."""
    rng = wire.rng
    for at in _poisson(rng, place, 3000.0):
        port = int(rng.choice((631, 9100, 515)))
        wire.tcp(at, (host, place.server, port), None, rng.lognormal(12, 1.2), 800, 5.0)


def synchronisation(wire: Wire, place: Scene, host: str) -> None:
    """A folder kept in step with a local server or the cloud, on schedule, of changing size."""
    rng = wire.rng
    local = bool(rng.random() < 0.6)
    where = place.server if local else str(rng.choice(place.clouds))
    port, service = (
        ((445, "smb"), (873, None), (2049, "nfs"), (22, "ssh"))[rng.integers(0, 4)]
        if local
        else (443, "ssl")
    )
    for at in _regular(rng, place, float(rng.choice((300, 600, 900, 1800))), 0.02):
        wire.tcp(
            at,
            (host, where, port),
            service,
            rng.lognormal(10.5, 2.0),
            rng.lognormal(9, 2.0),
            float(rng.exponential(8)),
        )


def backup(wire: Wire, place: Scene, host: str) -> None:
    """One large upload, mostly to the local server."""
    rng = wire.rng
    where = place.server if rng.random() < 0.75 else place.clouds[0]
    at = float(rng.uniform(place.begin, place.end))
    for part in range(int(rng.integers(1, 8))):
        wire.tcp(at + 40.0 * part, (host, where, 443), "ssl", rng.lognormal(17, 1.0), 60_000, 35.0)


def update(wire: Wire, place: Scene, host: str) -> None:
    """A large download in several connections."""
    rng = wire.rng
    at = float(rng.uniform(place.begin, place.end))
    where = str(rng.choice(place.clouds))
    for part in range(int(rng.integers(2, 30))):
        wire.tcp(
            at + float(rng.uniform(0, 90)) + part,
            (host, where, 80),
            "http",
            400,
            rng.lognormal(14, 1.5),
            float(rng.exponential(10)),
        )


def dead_service(wire: Wire, place: Scene, host: str) -> None:
    """Something that is gone and is asked for again and again."""
    rng = wire.rng
    where = str(rng.choice((*place.hosts, *place.sites[:5])))
    if where == host:
        return
    port, refused = (
        int(rng.choice((9100, 445, 631, 443, 8080, 1900, 3306))),
        bool(rng.random() < 0.5),
    )
    for at in _regular(rng, place, float(rng.choice((10, 30, 60, 300, 600))), 0.05):
        wire.failed(at, (host, where, port), refused=refused, tries=int(rng.integers(1, 4)))


def video_call(wire: Wire, place: Scene, host: str) -> None:
    """Half an hour of datagrams both ways."""
    rng = wire.rng
    at, where = float(rng.uniform(place.begin, place.end)), str(rng.choice(place.clouds))
    for part in range(int(rng.integers(3, 30))):
        size = float(rng.lognormal(15, 0.6))
        wire.udp(
            at + 60 * part,
            (host, where, 3478),
            None,
            size,
            size * rng.lognormal(0, 0.5),
            (int(size / 900), int(size / 900)),
        )


def swarm(wire: Wire, place: Scene, host: str) -> None:
    """Updates shared between peers: many strangers, many of them gone."""
    rng = wire.rng
    if rng.random() < 0.7:
        return
    at = float(rng.uniform(place.begin, place.end))
    port = int(rng.integers(6000, 60000))
    for number in range(int(rng.integers(20, 250))):
        moment, other = at + number * float(rng.uniform(0.5, 8)), stranger(rng)
        answered = rng.random() < 0.55
        wire.udp(moment, (host, other, port), "bittorrent", 100, 300 if answered else 0)


def slip(wire: Wire, place: Scene, host: str) -> None:
    """A person who mistypes a password or a port a few times."""
    rng = wire.rng
    where, at = (
        str(rng.choice((*place.hosts, place.server))),
        float(rng.uniform(place.begin, place.end)),
    )
    for number in range(int(rng.integers(1, 5))):
        if where != host:
            wire.tcp(at + 8.0 * number, (host, where, 22), "ssh", 1800, 2400, 4.0)


def remote_work(wire: Wire, place: Scene, host: str) -> None:
    """Log-ins to a machine, now and then and long."""
    rng = wire.rng
    where = str(rng.choice((place.server, *place.sites[:3])))
    port, service = ((22, "ssh"), (3389, "rdp"))[rng.integers(0, 2)]
    for at in _poisson(rng, place, 2500.0):
        wire.tcp(
            at,
            (host, where, port),
            service,
            rng.lognormal(9.5, 1.5),
            rng.lognormal(10.5, 1.5),
            float(rng.exponential(400)),
        )


def chatter(wire: Wire, place: Scene, host: str) -> None:
    """Multicast and broadcast of a local network."""
    rng = wire.rng
    group, port = (("224.0.0.251", 5353), ("239.255.255.250", 1900), ("255.255.255.255", 137))[
        rng.integers(0, 3)
    ]
    for at in _regular(rng, place, float(rng.choice((60, 120, 600))), 0.2):
        wire.udp(
            at,
            (host, group, port),
            "dns" if port == 5353 else None,
            int(rng.integers(60, 900)),
            0,
            (int(rng.integers(1, 5)), 0),
        )


def _page(wire: Wire, place: Scene, host: str, site: str, at: float) -> None:
    """Names, then connections to a site and what it embeds."""
    rng = wire.rng
    others = [str(rng.choice(place.sites)) for _ in range(int(rng.integers(0, 6)))]
    for number, server in enumerate((site, *others)):
        if rng.random() < 0.7:
            wire.udp(
                at + 0.02 * number,
                (host, place.resolver, 53),
                "dns",
                int(rng.integers(28, 60)),
                int(rng.integers(60, 400)),
            )
        for _ in range(int(rng.integers(1, 4))):
            moment = at + 0.1 * number + float(rng.exponential(0.3))
            if rng.random() < 0.03:
                wire.failed(moment, (host, server, 443), refused=bool(rng.random() < 0.3))
            elif rng.random() < 0.15:
                wire.udp(
                    moment,
                    (host, server, 443),
                    "quic",
                    rng.lognormal(7.5, 1),
                    rng.lognormal(9.5, 1.5),
                    (12, 20),
                )
            else:
                wire.tcp(
                    moment,
                    (host, server, 443),
                    "ssl",
                    rng.lognormal(7.2, 1.0),
                    rng.lognormal(9.3, 1.8),
                    float(rng.exponential(15)),
                )


def _bursts(rng: Generator, place: Scene) -> Iterator[float]:
    """Sessions with think times between pages."""
    at = place.begin + float(rng.exponential(600))
    think = float(rng.lognormal(3.2, 0.6))
    while at < place.end:
        for _ in range(int(rng.integers(2, 40))):
            if at < place.end:
                yield at
            at += float(rng.lognormal(np.log(think), 1.0))
        at += float(rng.exponential(1500))


def _poisson(rng: Generator, place: Scene, every: float) -> Iterator[float]:
    at = place.begin + float(rng.exponential(every))
    while at < place.end:
        yield at
        at += float(rng.exponential(every)) + 0.01


def _regular(rng: Generator, place: Scene, every: float, jitter: float) -> Iterator[float]:
    """A clock whose beats wander by a share of the period, around the beat or from beat to beat."""
    at = place.begin + float(rng.uniform(0, every))
    while at < place.end:
        yield at + float(rng.uniform(0, jitter)) * every
        at += every

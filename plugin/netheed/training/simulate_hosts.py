"""Ordinary hosts, simulated: what a detector must leave alone.

Augmentation of our own making, for training only. Every host draws its own parameters, widely, so
that no constant can be learned. Much here looks like an attack at first sight on purpose: regular
polls, nightly uploads, dead printers, monitoring that knocks on every door.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.random import Generator

from netheed.training.simulate_network import Scene, one_of, scene, stranger
from netheed.training.wire import Wire

__all__ = ["Scene", "ordinary", "scene"]

DATAGRAM: Final = 1200
"""Bytes of payload that a full UDP packet carries (QUIC, RTP): below any path's limit."""
GROUPS: Final = (("224.0.0.251", 5353), ("239.255.255.250", 1900), ("255.255.255.255", 137))
GROUPS_6: Final = (("ff02::fb", 5353), ("ff02::c", 1900), ("ff02::1:3", 5355))


def ordinary(wire: Wire, place: Scene) -> None:
    """All ordinary traffic of a scene."""
    rng = wire.rng
    for host in place.hosts:
        kind = rng.choice(6, p=(0.52, 0.2, 0.1, 0.1, 0.05, 0.03))
        role = (workstation, thing, public_server, quiet, monitor, gateway)[kind]
        role(wire, place, host)
        if rng.random() < 0.8:
            chatter(wire, place, host)
    if place.resolver == place.server:
        name_server(wire, place)
    if rng.random() < 0.3:
        shared_backup(wire, place)


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
        client = one_of(rng, place.hosts if rng.random() < 0.3 else place.sites)
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
        strange = int(one_of(rng, (22, 23, 80, 443, 445, 1433, 3389, 5060, 8080, 2323)))
        wire.failed(at, (stranger(rng, host), host, strange), refused=bool(rng.random() < 0.5))


def gateway(wire: Wire, place: Scene, host: str) -> None:
    """A router that hides a handful of people and things behind one address."""
    for _ in range(int(wire.rng.integers(2, 6))):
        workstation(wire, place, host)


def name_server(wire: Wire, place: Scene) -> None:
    """The local resolver asks the world what it was asked: very many names, some of them long."""
    rng = wire.rng
    authorities = [stranger(rng, place.server) for _ in range(int(rng.integers(20, 150)))]
    for at in _poisson(rng, place, float(np.exp(rng.uniform(np.log(0.5), np.log(20))))):
        answer = int(rng.integers(60, 500)) if rng.random() < 0.97 else 0
        ends = (place.server, one_of(rng, authorities), 53)
        wire.udp(at, ends, "dns", int(rng.lognormal(3.7, 0.3)), answer)


def shared_backup(wire: Wire, place: Scene) -> None:
    """Several hosts upload their changes to one cloud, on the hour or so."""
    rng = wire.rng
    where, every = one_of(rng, place.clouds), float(one_of(rng, (900, 1800, 3600)))
    for host in rng.permutation(place.hosts)[: int(rng.integers(2, 8))].tolist():
        size = float(rng.uniform(11, 17))
        for at in _regular(rng, place, every, 0.05):
            up = float(rng.lognormal(size, 1.0))
            wire.tcp(at, (host, where, 443), "ssl", up, 2000 + 0.01 * up, 1 + up / 2e6)


def quiet(wire: Wire, place: Scene, host: str) -> None:
    """A host that says little."""
    time_service(wire, place, host)
    for at in _poisson(wire.rng, place, 1800.0):
        _page(wire, place, host, one_of(wire.rng, place.sites[:20]), at)


def monitor(wire: Wire, place: Scene, host: str) -> None:
    """Pings and asks every local host, again and again, on a few ports."""
    rng = wire.rng
    every = float(rng.choice((30, 60, 120, 300)))
    ports = rng.choice(
        (22, 80, 161, 443, 445, 5666, 8080, 9100), int(rng.integers(1, 4)), replace=False
    )
    dead = one_of(rng, place.hosts)
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
    where = place.server if rng.random() < 0.5 else one_of(rng, place.clouds)
    port, service = ((993, "ssl"), (143, "imap"), (995, "ssl"), (110, "pop3"))[rng.integers(0, 4)]
    for at in _regular(rng, place, float(rng.choice((60, 120, 300, 600, 900))), 0.01):
        new_mail = rng.lognormal(9, 1.5) if rng.random() < 0.15 else 0
        wire.tcp(at, (host, where, port), service, rng.normal(700, 20), 1500 + new_mail, 0.4)


def time_service(wire: Wire, place: Scene, host: str) -> None:
    """NTP."""
    rng = wire.rng
    where = one_of(rng, place.clouds) if rng.random() < 0.7 else place.server
    for at in _regular(rng, place, float(rng.choice((64, 256, 1024, 2048, 3600))), 0.03):
        wire.udp(at, (host, where, 123), "ntp", 48, 48)


def telemetry(wire: Wire, place: Scene, host: str) -> None:
    """Small regular messages to a service that other hosts use too."""
    rng = wire.rng
    where = one_of(rng, place.clouds)
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
    where = place.server if local else one_of(rng, place.clouds)
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
    where = one_of(rng, place.clouds)
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
    where = one_of(rng, (*place.hosts, *place.sites[:5]))
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
    at, where = float(rng.uniform(place.begin, place.end)), one_of(rng, place.clouds)
    for part in range(int(rng.integers(3, 30))):
        up = float(rng.lognormal(15, 0.6))
        _datagrams(wire, at + 60 * part, (host, where, 3478), None, up, up * rng.lognormal(0, 0.5))


def swarm(wire: Wire, place: Scene, host: str) -> None:
    """Updates shared between peers: many strangers, many of them gone."""
    rng = wire.rng
    if rng.random() < 0.7:
        return
    at = float(rng.uniform(place.begin, place.end))
    port = int(rng.integers(6000, 60000))
    for number in range(int(rng.integers(20, 250))):
        moment, other = at + number * float(rng.uniform(0.5, 8)), stranger(rng, host)
        answered = rng.random() < 0.55
        wire.udp(moment, (host, other, port), "bittorrent", 100, 300 if answered else 0)


def slip(wire: Wire, place: Scene, host: str) -> None:
    """A person who mistypes a password or a port a few times."""
    rng = wire.rng
    where, at = (
        one_of(rng, (*place.hosts, place.server)),
        float(rng.uniform(place.begin, place.end)),
    )
    for number in range(int(rng.integers(1, 5))):
        if where != host:
            wire.tcp(at + 8.0 * number, (host, where, 22), "ssh", 1800, 2400, 4.0)


def remote_work(wire: Wire, place: Scene, host: str) -> None:
    """Log-ins to a machine, now and then and long."""
    rng = wire.rng
    where = one_of(rng, (place.server, *place.sites[:3]))
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
    group, port = one_of(rng, GROUPS_6 if ":" in host else GROUPS)
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
    others = [one_of(rng, place.sites) for _ in range(int(rng.integers(0, 6)))]
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
                sizes = rng.lognormal(7.5, 1), rng.lognormal(9.5, 1.5)
                _datagrams(wire, moment, (host, server, 443), "quic", *sizes)
            else:
                wire.tcp(
                    moment,
                    (host, server, 443),
                    "ssl",
                    rng.lognormal(7.2, 1.0),
                    rng.lognormal(9.3, 1.8),
                    float(rng.exponential(15)),
                )


def _datagrams(
    wire: Wire, at: float, ends: tuple[str, str, int], service: str | None, *sizes: float
) -> None:
    """Payloads of so many bytes up and down in packets of about DATAGRAM, and some that ask."""
    few = int(wire.rng.integers(2, 9))
    packets = [few + int(size) // DATAGRAM for size in sizes]
    wire.udp(at, ends, service, sizes[0], sizes[1], (packets[0], packets[1]))


def _bursts(rng: Generator, place: Scene) -> Iterator[float]:
    """Sessions with think times between pages, rarer at the other end of the person's day."""
    at = place.begin + float(rng.exponential(600))
    think, noon = float(rng.lognormal(3.2, 0.6)), float(rng.uniform(0, 86_400))
    rhythm = float(rng.uniform(0, 0.9))
    while at < place.end:
        for _ in range(int(rng.integers(2, 40))):
            if at < place.end:
                yield at
            at += float(rng.lognormal(np.log(think), 1.0))
        awake = 1 - rhythm * (1 - np.cos(2 * np.pi * (at - noon) / 86_400)) / 2
        at += float(rng.exponential(1500 / awake))


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

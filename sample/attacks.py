"""What goes wrong: one compromised workstation for each attack, ordinary before and beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from random import Random

from sample import payloads
from sample.benign import secure, ssh_handshake
from sample.network import Host, Network
from sample.packets import Conversation
from sample.talk import jittered, micros

TUNNEL_ZONE = "t.quartz-cdn.example"
BEACON = ("cdn-sync.example", "198.51.100.211")
DROP = ("share.depot.example", "203.0.113.149")
FLOODED = "203.0.113.77"


@dataclass(frozen=True, slots=True)
class Attack:
    """What is true about one attack; times in microseconds since the epoch."""

    kind: str
    pace: str
    host: str
    """Address of the compromised local host."""
    peers: tuple[str, ...]
    """Who it is aimed at, or talks to; for the tunnel the resolver that carries it."""
    start: int
    end: int
    connections: int


@dataclass(frozen=True, slots=True)
class _Plan:
    kind: str
    pace: str
    host: str
    first: float
    """Minutes after the beginning of the sample."""
    last: float
    act: Callable[[Network, Host, Random, tuple[int, int]], None]


def strike(network: Network) -> list[Attack]:
    """Add every attack that begins within the sample to the network; return what is true."""
    done = []
    for plan in _PLANS:
        begin, end = network.at(plan.first), min(network.at(plan.last), network.end)
        if begin >= network.end:
            continue
        before = len(network.conversations)
        host = network.hosts[plan.host]
        plan.act(network, host, network.rng("attack", plan.kind, plan.pace), (begin, end))
        done.append(_truth(plan, host, network.conversations[before:]))
    return done


def _truth(plan: _Plan, host: Host, made: list[Conversation]) -> Attack:
    if plan.kind != "dns_tunnel":  # To look up the other end's name is no part of the attack.
        made = [one for one in made if one.service != "dns"]
    peers = sorted({one.resp for one in made}, key=ip_address)
    start = min(one.packets[0].time for one in made)
    end = max(one.packets[-1].time for one in made)
    return Attack(plan.kind, plan.pace, host.address, tuple(peers), start, end, len(made))


def _scan(network: Network, host: Host, rng: Random, span: tuple[int, int]) -> None:
    """Half-open scan of a server's ports, then of a few ports across the network."""
    files = network.hosts["files"].address
    targets = [(files, port) for port in rng.sample(range(1, 10_000), 380)]
    ports = (21, 22, 80, 139, 443, 445, 3306, 3389, 8080)
    targets += [(f"192.168.10.{n}", port) for n in range(2, 48) for port in ports[:: 1 + n % 2]]
    _probe(network, host, rng, targets, (span[0], 0.085))


def _slow_scan(network: Network, host: Host, rng: Random, span: tuple[int, int]) -> None:
    """One port of the mail server a minute."""
    mail = network.hosts["mail"].address
    count = (span[1] - span[0]) // micros(60)
    targets = [(mail, port) for port in rng.sample(range(1, 49_152), count)]
    _probe(network, host, rng, targets, (span[0], 60.0))


def _probe(
    network: Network,
    host: Host,
    rng: Random,
    targets: list[tuple[str, int]],
    rhythm: tuple[int, float],
) -> None:
    """One SYN to each target from `rhythm[0]` on, about `rhythm[1]` seconds apart."""
    now, gap = rhythm
    alive = {one.address for one in network.hosts.values()}
    for address, port in targets:
        talk = network.tcp(host, address, port, now)
        if address not in alive:
            talk.unanswered()
        elif port in {22, 443}:
            talk.half_open()
        else:
            talk.refused()
        now += micros(jittered(rng, gap, 0.3))


def _guess_passwords(network: Network, host: Host, rng: Random, span: tuple[int, int]) -> None:
    """One SSH connection after another to the file server, three guesses in each."""
    now = span[0]
    server = network.hosts["files"].address
    while now < span[1]:
        talk = ssh_handshake(network.tcp(host, server, 22, now, "ssh"), payloads.SSH_TOOL, rng)
        for _ in range(3):
            talk.ask(rng.randbytes(rng.choice((76, 84, 92)))).answer(rng.randbytes(52), 1.1)
        now = talk.close(by_originator=False).packets[-1].time
        now += micros(rng.uniform(0.2, 3.5))


def _tunnel(network: Network, host: Host, rng: Random, span: tuple[int, int]) -> None:
    """Data in the labels of TXT and NULL questions, through the local resolver."""
    now = span[0]
    resolver = network.hosts["resolver"].address
    while now < span[1]:
        labels = [rng.randbytes(27).hex() for _ in range(rng.randint(2, 3))]
        name = ".".join([*labels, TUNNEL_ZONE])
        kind = rng.choice((payloads.TXT, payloads.TXT, payloads.NULL))
        query = payloads.dns_query(rng.getrandbits(16), name, kind)
        data = rng.randbytes(rng.randint(60, 220))
        record = payloads.text_record(data) if kind == payloads.TXT else data
        answer = payloads.dns_answer(query, kind, [record])
        network.forwarded.append(now)
        network.udp(host, (resolver, 53), now, query, [answer], "dns")
        now += micros(rng.uniform(0.6, 5.5))


def _call_home(network: Network, host: Host, rng: Random, span: tuple[int, int]) -> None:
    """A short HTTPS talk every five minutes, give or take a tenth."""
    now = span[0]
    name, address = BEACON
    while now < span[1]:
        ready = network.resolve(host, name, now)
        talk = secure(network.tcp(host, address, 443, ready, "ssl"), name, rng, ciphers=4)
        talk.ask(payloads.tls_data(286, rng)).answer(payloads.tls_data(142, rng), 0.03).close()
        now += micros(jittered(rng, 300, 0.1))


def _carry_off(network: Network, host: Host, rng: Random, span: tuple[int, int]) -> None:
    """A megabyte or two to a file drop every few minutes."""
    now = span[0]
    name, address = DROP
    while now < span[1]:
        ready = network.resolve(host, name, now)
        talk = secure(network.tcp(host, address, 443, ready, "ssl"), name, rng, ciphers=7)
        talk.ask(payloads.tls_data(rng.randint(900_000, 1_900_000), rng))
        talk.answer(payloads.tls_data(210, rng), 0.2).close()
        now += micros(rng.uniform(190, 430))


def _flood(network: Network, host: Host, rng: Random, span: tuple[int, int]) -> None:
    """SYN after SYN to one web server, which soon stops to answer."""
    now = span[0]
    number = 0
    while now < span[1]:
        talk = network.tcp(host, FLOODED, 80, now)
        if number < 90:
            talk.half_open()
        else:
            talk.unanswered()
        number += 1
        now += micros(rng.uniform(0.02, 0.115))


_PLANS = (
    _Plan("scan", "fast", "cedar", 96.4, 98.0, _scan),
    _Plan("scan", "slow", "elm", 103.0, 228.0, _slow_scan),
    _Plan("brute_force", "fast", "fir", 121.7, 148.0, _guess_passwords),
    _Plan("dns_tunnel", "fast", "hazel", 134.2, 168.0, _tunnel),
    _Plan("beacon", "slow", "larch", 71.3, 300.0, _call_home),
    _Plan("exfiltration", "slow", "maple", 112.5, 268.0, _carry_off),
    _Plan("flood", "fast", "oak", 152.8, 154.3, _flood),
)

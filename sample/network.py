"""The scene: hosts, servers and sites, and the way to begin a conversation between them."""

from dataclasses import dataclass, field
from random import Random

from sample import payloads
from sample.packets import Conversation
from sample.talk import Tcp, exchange, micros

LOCAL = ("192.168.10.0/24", "192.168.20.0/24", "fd52:7a11:90c3::/48")
INTERNET = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
"""The documentation networks (RFC 5737, RFC 3849) play the internet."""
DOMAIN = "brook.example"


@dataclass(slots=True)
class Host:
    """A machine of the local network."""

    name: str
    address: str
    role: str
    address6: str | None = None
    last_port: int = 0

    def port(self) -> int:
        """The next ephemeral port; no five-tuple comes twice in one sample."""
        self.last_port = 32768 + (self.last_port - 32768 + 1) % 28232
        return self.last_port


@dataclass(frozen=True, slots=True)
class Site:
    """A server on the internet."""

    name: str
    address: str
    address6: str | None = None
    plain: bool = False
    """HTTP without TLS."""


@dataclass(slots=True)
class Network:
    """Everything that is said in one sample, and by whom."""

    seed: int
    start: int
    """Microseconds since the epoch."""
    length: int
    hosts: dict[str, Host]
    sites: list[Site]
    conversations: list[Conversation] = field(default_factory=list)
    forwarded: list[int] = field(default_factory=list)
    """When the resolver had to ask the internet."""
    known: dict[tuple[str, str], int] = field(default_factory=dict)
    """Until when a host remembers a name."""

    @property
    def end(self) -> int:
        """Microseconds since the epoch; what began earlier may last a little longer."""
        return self.start + self.length

    def rng(self, *concern: str) -> Random:
        """One stream of chance for each concern: a change to one leaves the others as they were."""
        return Random("/".join((str(self.seed), *concern)))

    def at(self, minutes: float) -> int:
        """The time so many minutes after the start."""
        return self.start + micros(minutes * 60)

    def trip(self, peer: str) -> int:
        """Round trip to a peer in microseconds: always about the same for the same peer."""
        rng = self.rng("trip", peer)
        local = peer.startswith(("192.168.", "fd", "fe80"))
        return rng.randint(250, 900) if local else rng.randint(7_000, 85_000)

    def tcp(self, host: Host, peer: str, port: int, at: int, service: str | None = None) -> Tcp:
        """A new connection from `host`, whose address family is the peer's."""
        own = host.address6 if ":" in peer else host.address
        conversation = Conversation("tcp", str(own), host.port(), peer, port, service)
        self.conversations.append(conversation)
        return Tcp(conversation, at, self.trip(peer))

    def udp(
        self,
        host: Host,
        peer: tuple[str, int],
        at: int,
        question: bytes,
        answers: list[bytes],
        service: str | None,
    ) -> int:
        """One datagram from a new port and its answers; returns the time after the last."""
        own = host.address6 if ":" in peer[0] else host.address
        conversation = Conversation("udp", str(own), host.port(), *peer, service)
        self.conversations.append(conversation)
        exchange(conversation, at, self.trip(peer[0]), question, answers)
        return conversation.packets[-1].time

    def resolve(self, host: Host, name: str, at: int, address6: str | None = None) -> int:
        """Ask the local resolver for both addresses of a name, unless remembered; time after."""
        if self.known.get((host.name, name), 0) > at:
            return at
        rng = self.rng("resolve", host.name, name, str(at))
        self.known[host.name, name] = at + micros(rng.uniform(250, 900))
        resolver = self.hosts["resolver"].address
        after = at
        for kind, data in ((payloads.A, [rng.randbytes(4)]), (payloads.AAAA, [])):
            records = [rng.randbytes(16)] if kind == payloads.AAAA and address6 else data
            query = payloads.dns_query(rng.getrandbits(16), name, kind)
            missed = not name.endswith(DOMAIN) and rng.random() < 0.4
            if missed:
                self.forwarded.append(at)
            waited = at + (rng.randint(12_000, 60_000) if missed else 0)
            conversation = Conversation("udp", host.address, host.port(), resolver, 53, "dns")
            answer = payloads.dns_answer(query, kind, records)
            exchange(conversation, at, self.trip(resolver) + waited - at, query, [answer])
            self.conversations.append(conversation)
            after = max(after, conversation.packets[-1].time)
            at += rng.randint(40, 400)
        return after + rng.randint(200, 1500)


def build(seed: int, start: int, length: int) -> Network:
    """The hosts of the sample; the same whatever the seed."""
    hosts = {}
    prefix = "fd52:7a11:90c3"
    for name, number, role in _SERVERS:
        address6 = f"{prefix}:10::{number:x}" if role == "server" else None
        hosts[name] = Host(name, f"192.168.10.{number}", role, address6)
    for name, number in _WORKSTATIONS:
        hosts[name] = Host(name, f"192.168.20.{number}", "workstation", f"{prefix}:20::{number:x}")
    network = Network(seed, start, length, hosts, _sites())
    for host in hosts.values():
        host.last_port = network.rng("port", host.name).randint(32768, 60999)
    return network


_SERVERS = (
    ("gateway", 1, "gateway"),
    ("resolver", 5, "server"),
    ("files", 12, "server"),
    ("mail", 18, "server"),
    ("printer", 31, "printer"),
    ("monitor", 44, "server"),
)
_WORKSTATIONS = (
    ("alder", 21),
    ("birch", 24),
    ("cedar", 27),
    ("elm", 33),
    ("fir", 38),
    ("hazel", 46),
    ("larch", 52),
    ("maple", 57),
    ("oak", 63),
    ("rowan", 71),
    ("willow", 88),
)
_WORDS = (
    "news", "weather", "search", "video", "maps", "wiki", "shop", "bank",
    "forum", "code", "music", "travel", "recipes", "games", "school", "library",
    "photos", "cinema", "garden", "sports", "train", "museum", "science", "radio",
    "books", "health", "clinic", "market", "motor", "ferry", "theatre", "kitchen",
    "bakery", "tools", "paper", "theory", "atlas", "harbour", "castle", "meadow",
)  # fmt: skip


def _sites() -> list[Site]:
    """Forty sites, the popular ones first."""
    networks = ("198.51.100", "203.0.113", "192.0.2")
    sites = []
    for number, word in enumerate(_WORDS):
        address = f"{networks[number % 3]}.{20 + 5 * number}"
        address6 = f"2001:db8:{number:x}::80" if number % 4 == 1 else None
        plain = number % 9 == 8
        sites.append(Site(f"www.{word}.example", address, address6, plain))
    return sites

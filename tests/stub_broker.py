"""What netheed uses of Zeek's Python module `broker`, without a network: the test is the peer."""

import enum
import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from types import SimpleNamespace
from typing import Any

from netheed.zeek.broker import BrokerLink
from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.pace import Backoff, Pace
from tests.zeek_server import Told


class SC(enum.Enum):
    """Codes of a status."""

    PeerAdded = 1
    PeerRemoved = 2
    PeerLost = 3
    EndpointDiscovered = 4


@dataclass(frozen=True)
class Count:
    value: int


@dataclass(frozen=True)
class Port:
    number: int
    protocol: str = "tcp"

    def __str__(self) -> str:
        return f"{self.number}/{self.protocol}"


@dataclass
class Status:
    kind: SC

    def code(self) -> SC:
        return self.kind

    def __str__(self) -> str:
        return self.kind.name


@dataclass
class Error:
    text: str

    def __str__(self) -> str:
        return self.text


class Queue:
    """A subscriber: its descriptor is ready as long as something waits."""

    def __init__(self) -> None:
        self.waiting: deque[Any] = deque()
        self.out, self.into = os.pipe()

    def put(self, *things: Any) -> None:
        self.waiting.extend(things)
        os.write(self.into, b"x" * len(things))

    def fd(self) -> int:
        return self.out

    def available(self) -> int:
        return len(self.waiting)

    def get(self) -> Any:
        os.read(self.out, 1)
        thing = self.waiting.popleft()
        if isinstance(thing, Exception):
            raise thing
        return "topic", thing

    def poll(self) -> list[Any]:
        return [self.get()[1] for _ in range(self.available())]

    def close(self) -> None:
        os.close(self.out)
        os.close(self.into)


@dataclass
class Stub:
    """Stands in sys.modules; each dial gets the next answer, then PeerAdded ever after."""

    answers: list[Any] = field(default_factory=list)
    dialled: list[tuple[str, int, int]] = field(default_factory=list)
    left: list[tuple[str, int]] = field(default_factory=list)
    published: list[tuple[str, Any]] = field(default_factory=list)
    configured: Any = None
    statuses: Queue = field(default_factory=Queue)
    conns: Queue = field(default_factory=Queue)
    seen: Queue = field(default_factory=Queue)
    Count = Count
    Port = Port
    Status = Status
    SC = SC
    BrokerOptions = SimpleNamespace
    zeek = SimpleNamespace(Event=lambda *args: args)

    def Configuration(self, options: Any) -> Any:  # noqa: N802
        return SimpleNamespace(options=options)

    def Endpoint(self, configuration: Any) -> Any:  # noqa: N802
        self.configured = configuration
        return self

    def make_status_subscriber(self, _: bool) -> Queue:
        return self.statuses

    def make_subscriber(self, topic: str, _: int) -> Queue:
        return {"netheed/conn/": self.conns, "netheed/seen/": self.seen}[topic]

    def peer_nosync(self, host: str, port: int, retry: int) -> None:
        self.dialled.append((host, port, retry))
        answer = self.answers.pop(0) if self.answers else Status(SC.PeerAdded)
        if answer is not None:
            self.statuses.put(answer)

    def unpeer_nosync(self, host: str, port: int) -> None:
        self.left.append((host, port))

    def publish(self, topic: str, event: Any) -> None:
        self.published.append((topic, event))

    def close(self) -> None:
        for queue in (self.statuses, self.conns, self.seen):
            queue.close()


@contextmanager
def native_link(told: Told | None = None, **given: Any) -> Iterator[BrokerLink]:
    """A link that has begun, hurries, and is stopped in the end."""
    fields: dict[str, Any] = {
        "endpoint": BrokerEndpoint(),
        "tell": told or Told(),
        "backoff": Backoff(lambda: 0.0, first=0.001, longest=0.01),
        "pace": Pace(1e6),
    }
    link = BrokerLink(**fields | given)
    link.start()
    try:
        yield link
    finally:
        link.stop()


USUAL: dict[str, Any] = {
    "ts": 1700000000.0, "uid": "C1", "orig_h": ip_address("10.0.0.5"), "orig_p": Port(40000),
    "resp_h": ip_address("2001:db8::1"),
    "resp_p": Port(443), "service": "ssl", "duration": 1.0, "orig_bytes": Count(480),
    "resp_bytes": Count(3680), "conn_state": "SF", "local_orig": True, "local_resp": False,
    "history": "ShADadFf", "orig_pkts": Count(8), "orig_ip_bytes": Count(800),
    "resp_pkts": Count(8), "resp_ip_bytes": Count(4000), "community_id": None,
}  # fmt: skip


def conn(**given: Any) -> tuple[Any, ...]:
    """A record as the module gives it."""
    return tuple((USUAL | given).values())


def batch(*conns: Any, seq: int = 0, node: Any = "worker-1") -> tuple[Any, ...]:
    """A message with a conn_batch."""
    args = (Count(2), node, Count(seq), conns, Count(0), Count(0))
    return (Count(1), Count(1), ("Netheed::conn_batch", args))


def seen(notice_id: str) -> tuple[Any, ...]:
    """Zeek's answer to a verdict."""
    return (Count(1), Count(1), ("Netheed::seen", (Count(1), notice_id)))

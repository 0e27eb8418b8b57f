"""Where traffic goes that a live sensor is to see: a network of its own where one can be made.

    near (clients) ──veth──> far (listeners, and the sensor on its end)

Each side is a network namespace that ends with the process that holds it; a user who is not root
gets both inside a user namespace. Where that is forbidden, all of it goes over loopback, whose
traffic is then everybody's.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

CLIENTS: Final = 50
SERVERS: Final = 80
HOLD: Final = ("sh", "-c", "echo held; exec cat")
"""Ends when its standard input does: with us, however we end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """Two ends with addresses."""

    name: str
    near: tuple[str, ...] = ()
    """What stands before a command that is to run at the end of the clients."""
    far: tuple[str, ...] = ()
    interface: str
    """At the far end."""
    sensor: tuple[str, ...]
    """Suricata's options to listen there."""
    first_client: str
    first_server: str

    @property
    def clients(self) -> list[str]:
        """Addresses."""
        return _counted(self.first_client, CLIENTS)

    @property
    def servers(self) -> list[str]:
        """Addresses."""
        return _counted(self.first_server, SERVERS)

    @property
    def local(self) -> str:
        """The network of the clients alone."""
        return f"{self.first_client.rpartition('.')[0]}.0/24"


LOOPBACK: Final = Wire(
    name="loopback",
    interface="lo",
    sensor=("--pcap=lo",),
    first_client="127.0.1.1",
    first_server="127.0.2.1",
)


@contextmanager
def wire() -> Iterator[Wire]:
    """A veth pair in namespaces of its own, else loopback."""
    with ExitStack() as held:
        try:
            made = held.enter_context(veth())
        except (OSError, subprocess.CalledProcessError):
            made = LOOPBACK
        yield made


@contextmanager
def veth() -> Iterator[Wire]:
    """Raises OSError or CalledProcessError where this user can make none."""
    root = os.geteuid() == 0
    inside = () if root else ("--user", "--preserve-credentials")
    with ExitStack() as ends:
        new = ("unshare", "--net") if root else ("unshare", "--net", "--map-root-user")
        one = ends.enter_context(_held(new))
        user = () if root else ("nsenter", f"--target={one}", *inside)
        other = ends.enter_context(_held((*user, "unshare", "--net")))
        near, far = (("nsenter", f"--target={pid}", *inside, "--net") for pid in (one, other))
        made = Wire(
            name="veth",
            near=near,
            far=far,
            interface="far",
            sensor=("--af-packet=far",),
            first_client="10.99.1.1",
            first_server="198.18.0.1",
        )
        pair = f"link add near type veth peer name far netns {other}"
        _ip(near, [pair, *_up("near", made.clients, "198.18.0.0/24")])
        _ip(far, _up("far", made.servers, made.local))
        yield made


def _up(interface: str, addresses: Sequence[str], beyond: str) -> Iterator[str]:
    """What `ip` is to do at an end."""
    yield f"link set {interface} addrgenmode none"
    yield from (f"address add {address}/32 dev {interface}" for address in addresses)
    yield "link set lo up"
    yield f"link set {interface} up"
    yield f"route add {beyond} dev {interface}"


def _ip(at: Sequence[str], orders: Sequence[str] | Iterator[str]) -> None:
    text = "".join(f"{order}\n" for order in orders)
    subprocess.run(  # noqa: S603
        [*at, "ip", "-batch", "-"], input=text, text=True, check=True, capture_output=True
    )


@contextmanager
def _held(unshared: Sequence[str]) -> Iterator[int]:
    """The process that keeps a namespace."""
    process = subprocess.Popen(  # noqa: S603
        [*unshared, *HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        if process.stdout is None or process.stdout.readline() != "held\n":
            raise OSError(f"{' '.join(unshared)}: not allowed")
        yield process.pid
    finally:
        process.communicate()


def _counted(first: str, count: int) -> list[str]:
    return [str(ip_address(first) + number) for number in range(count)]

"""The two ends of a connection, in the words that ECS and OCSF share."""

from ipaddress import ip_network
from typing import Final, Literal

from netheed.core.networks import DEFAULT_LOCAL, parsed
from netheed.records import Connection

Direction = Literal["inbound", "outbound", "internal"]

PROTOCOL_NUMBERS: Final = {"icmp": 1, "tcp": 6, "udp": 17, "ipv6-icmp": 58, "sctp": 132}
"""As IANA assigns them."""
_WITH_PORTS: Final = frozenset(("tcp", "udp", "sctp", "dccp", "udplite"))
_INSIDE: Final = tuple(map(ip_network, DEFAULT_LOCAL))


def direction(host: str, connection: Connection) -> Direction:
    """As the network's perimeter sees it, which is how both schemas define it.

    The host is watched, so it is inside. The other end is inside where its address is private: a
    public network that the configuration calls local is not known here and counts as outside.
    """
    begun_by_host = connection.orig == host
    if _is_inside(connection.resp if begun_by_host else connection.orig):
        return "internal"
    return "outbound" if begun_by_host else "inbound"


def ports(connection: Connection) -> tuple[int, int] | None:
    """Originator's and responder's port; None where the two numbers are no ports (ICMP)."""
    if connection.proto not in _WITH_PORTS:
        return None
    return connection.orig_port, connection.resp_port


def transport(connection: Connection) -> str:
    """IANA's word in lower case; the record calls both ICMPs `icmp`."""
    if connection.proto == "icmp" and ":" in connection.orig:
        return "ipv6-icmp"
    return connection.proto


def _is_inside(text: str) -> bool:
    try:
        address = parsed(text)
    except ValueError:
        return False
    return any(address in network for network in _INSIDE)

"""Which addresses are ours, and every address as one number.

An address becomes a 64-bit word: bit 0 says that it is one of the local networks, bit 1 that it is
a group (multicast, broadcast, unspecified) and so never a host, the upper 62 bits identify it. The
word is the same in every run, so results do not depend on Python's hash seed.

Where sites are configured, a local address belongs to its site: 192.168.1.5 in Berlin and
192.168.1.5 in Lyon are two hosts. Remote addresses are the same from everywhere.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from netheed.errors import ConfigError

LOCAL: Final = 1
GROUP: Final = 2

DEFAULT_LOCAL: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
)
"""RFC 1918, CGNAT (RFC 6598), link-local (RFC 3927, RFC 4291) and ULA (RFC 4193)."""

WIDE: Final = 16
"""An IPv4 network of so few bits, or fewer, is divided into subnets whose masks nobody told."""
MAX_KNOWN: Final = 500_000
"""Addresses remembered at once, about 100 MB; past it the table starts again from nothing."""
LONGEST_ADDRESS: Final = 64
"""Characters; the longest address with a zone is shorter."""

_Network = IPv4Network | IPv6Network


@lru_cache(maxsize=262_144)
def parsed(text: str) -> IPv4Address | IPv6Address:
    """An address without its zone. Raises ValueError where the text is none."""
    if len(text) > LONGEST_ADDRESS:
        raise ValueError("address too long")
    return ip_address(text.partition("%")[0])


class AddressWords(dict[str, int]):
    """Address text -> word, computed at the first look-up.

    Raises ConfigError where a network is none, naming its place in the list.
    """

    def __init__(self, networks: Iterable[str] = DEFAULT_LOCAL, site: str = "") -> None:
        super().__init__()
        self.site = site
        self._networks: list[_Network] = []
        for position, text in enumerate(networks):
            try:
                self._networks.append(ip_network(text, strict=False))
            except ValueError as error:
                raise ConfigError(str(error), where=f"networks.local[{position}]") from None

    def __missing__(self, text: str) -> int:
        address = parsed(text)
        around = [network for network in self._networks if address in network]
        group = _is_group(address, around)
        site = self.site if around and not group else ""
        word = _identity(address, site) << 2 | group * GROUP | bool(around) * LOCAL
        if len(self) >= MAX_KNOWN:
            self.clear()
        self[text] = word
        return word


def _identity(address: IPv4Address | IPv6Address, site: str) -> int:
    """62 bits: an IPv4 address itself, else a BLAKE2b digest with the top bit set."""
    if isinstance(address, IPv4Address) and not site:
        return int(address)
    key = blake2b(site.encode(), digest_size=32).digest() if site else b""
    digest = blake2b(address.packed, digest_size=8, key=key).digest()
    return int.from_bytes(digest, "big") >> 3 | 1 << 61


def _is_group(address: IPv4Address | IPv6Address, around: list[_Network]) -> bool:
    """Multicast, unspecified, or a broadcast address.

    The narrowest local network around an IPv4 address says what its broadcast address is; in a
    wide one every address that ends in .255 is taken for the broadcast of a subnet.
    """
    if address.is_multicast or address.is_unspecified or address == _EVERYBODY:
        return True
    if isinstance(address, IPv6Address) or not around:
        return False
    narrowest = max(around, key=lambda network: network.prefixlen)
    if narrowest.prefixlen <= WIDE:
        return int(address) & 0xFF == 0xFF
    return narrowest.prefixlen < 31 and address == narrowest.broadcast_address


_EVERYBODY: Final = IPv4Address("255.255.255.255")

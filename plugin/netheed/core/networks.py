"""Which addresses are ours, and every address as one number.

An address becomes a 64-bit word: bit 0 says that it is one of the local networks, bit 1 that it is
a group (multicast, broadcast, unspecified) and so never a host, the upper 62 bits identify it. The
word is the same in every run, so results do not depend on Python's hash seed.
"""

from collections.abc import Iterable
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
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

MAX_KNOWN: Final = 500_000
"""Addresses remembered at once, about 100 MB; past it the table starts again from nothing."""


class AddressWords(dict[str, int]):
    """Address text -> word, computed at the first look-up.

    Raises ConfigError where a network is none, naming its place in the list.
    """

    def __init__(self, networks: Iterable[str] = DEFAULT_LOCAL) -> None:
        super().__init__()
        self._networks = []
        for position, text in enumerate(networks):
            try:
                self._networks.append(ip_network(text, strict=False))
            except ValueError as error:
                raise ConfigError(str(error), where=f"networks.local[{position}]") from None

    def __missing__(self, text: str) -> int:
        address = ip_address(text)
        local = any(address in network for network in self._networks)
        word = _identity(address) << 2 | _is_group(address) * GROUP | local * LOCAL
        if len(self) >= MAX_KNOWN:
            self.clear()
        self[text] = word
        return word


def _identity(address: IPv4Address | IPv6Address) -> int:
    """62 bits: an IPv4 address itself, an IPv6 address's BLAKE2b digest with the top bit set."""
    if isinstance(address, IPv4Address):
        return int(address)
    digest = blake2b(address.packed, digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 3 | 1 << 61


def _is_group(address: IPv4Address | IPv6Address) -> bool:
    """Multicast, unspecified, or an IPv4 address that ends in .255.

    The mask of a remote network is not in a connection record, so every .255 counts as a broadcast.
    """
    if isinstance(address, IPv4Address) and int(address) & 0xFF == 0xFF:
        return True
    return address.is_multicast or address.is_unspecified

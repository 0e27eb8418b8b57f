"""Which addresses are ours, and every address as one number.

An address becomes a 64-bit word: bit 0 says that it is one of the local networks, bit 1 that it is
a group (multicast, broadcast, unspecified) and so never a host, the upper 62 bits identify it. The
word is the same in every run, so results do not depend on Python's hash seed.

Where sites are configured, a local address belongs to its site: 192.168.1.5 in Berlin and
192.168.1.5 in Lyon are two hosts. Remote addresses are the same from everywhere.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
"""Addresses remembered, about 100 MB; a batch that finds more starts the table again."""
LONGEST_ADDRESS: Final = 64
"""Characters; the longest address with a zone is shorter."""

_Network = IPv4Network | IPv6Network


def _parsed(text: str) -> IPv4Address | IPv6Address:
    if len(text) > LONGEST_ADDRESS:
        raise ValueError("address too long")
    return ip_address(text.partition("%")[0])


@lru_cache(maxsize=262_144)
def parsed(text: str) -> IPv4Address | IPv6Address:
    """An address without its zone. Raises ValueError where the text is none."""
    return _parsed(text)


class Addresses(NamedTuple):
    """Many addresses, each as a word and in canonical text."""

    words: NDArray[np.uint64]
    """0, which is no address's, where a text is none."""
    texts: NDArray[Any]
    """IPv4 dotted, IPv6 compressed and in lower case (RFC 5952), without a zone; equal addresses
    are mostly one string. None where a text is no address."""


class AddressWords:
    """Address text -> word; each is worked out once and then known, in a bounded table.

    Raises ConfigError where a network is none, naming its place in the list.
    """

    def __init__(self, networks: Iterable[str] = DEFAULT_LOCAL, site: str = "") -> None:
        self.site = site
        self._networks: list[_Network] = []
        for position, text in enumerate(networks):
            try:
                self._networks.append(ip_network(text, strict=False))
            except ValueError as error:
                raise ConfigError(str(error), where=f"networks.local[{position}]") from None
        self._forget()

    def __getitem__(self, text: str) -> int:
        """The word of one address. Raises ValueError where it is none."""
        return self.all_of([text]).words.item()

    def all_of(self, texts: Sequence[str]) -> Addresses:
        """Any number of them. Raises ValueError at the first that is none."""
        found = self.of(texts)
        for at in np.flatnonzero(found.words == 0).tolist():
            parsed(texts[at])  # raises
        return found

    def of(self, texts: Sequence[str]) -> Addresses:
        """Any number of them; what is no address is told by its word."""
        if len(self._known) > MAX_KNOWN:
            self._forget()
        at = np.fromiter(map(self._known.__getitem__, texts), np.int64, len(texts))
        return Addresses(self._words[at], self._texts[at])

    def _forget(self) -> None:
        self._known = _Known(self._learn)
        self._words = np.zeros(1024, dtype=np.uint64)
        self._texts = np.full(1024, None, dtype=np.object_)

    def _learn(self, text: str) -> int:
        """The place of an address that is not known yet, 0 for what is none."""
        try:
            address = _parsed(text)
        except ValueError:
            return 0
        place = len(self._known) + 1
        if place >= len(self._words):
            self._words = np.concatenate([self._words, np.zeros_like(self._words)])
            self._texts = np.concatenate([self._texts, np.full_like(self._texts, None)])
        canonical = str(address)
        self._words[place] = self._word(address)
        self._texts[place] = text if text == canonical else canonical
        return place

    def _word(self, address: IPv4Address | IPv6Address) -> int:
        around = [network for network in self._networks if address in network]
        group = _is_group(address, around)
        site = self.site if around and not group else ""
        return _identity(address, site) << 2 | group * GROUP | bool(around) * LOCAL


class _Known(dict[str, int]):
    """Text -> place; a dictionary, because it is asked twice for each connection."""

    def __init__(self, learn: Callable[[str], int]) -> None:
        super().__init__()
        self._learn = learn

    def __missing__(self, text: str) -> int:
        place = self._learn(text)
        if place:
            self[text] = place
        return place


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

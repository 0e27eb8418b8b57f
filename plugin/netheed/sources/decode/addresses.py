"""Addresses in canonical text."""

from functools import lru_cache
from ipaddress import ip_address
from typing import Final

LONGEST: Final = 64
"""Characters; the longest address with a zone is shorter."""


@lru_cache(maxsize=262_144)
def canonical(text: str) -> str:
    """IPv4 dotted, IPv6 compressed and in lower case (RFC 5952), without a zone.

    Raises ValueError where the text is no address.
    """
    if len(text) > LONGEST:
        raise ValueError("address too long")
    return str(ip_address(text.partition("%")[0]))

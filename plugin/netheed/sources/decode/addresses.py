"""Addresses in canonical text."""

from functools import lru_cache

from netheed.core.networks import parsed


@lru_cache(maxsize=262_144)
def canonical(text: str) -> str:
    """IPv4 dotted, IPv6 compressed and in lower case (RFC 5952), without a zone.

    Raises ValueError where the text is no address.
    """
    return str(parsed(text))

"""What both sensors' records of names have in common: which peer of a host is called what."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from netheed.core.networks import LONGEST_ADDRESS, parsed
from netheed.records import Naming
from netheed.sources.decode.translate import LATEST

LONGEST_NAME: Final = 255
"""Characters: the longest name that DNS can say. A longer text keeps its end, the domain."""
LONGEST_FACT: Final = 256
"""Characters of a fingerprint, an issuer, an agent."""
ADDRESSES: Final = 32
"""Addresses that are taken from one answer."""
_UNNAMING: Final = (".in-addr.arpa", ".ip6.arpa")
"""Names of addresses: whoever asks for one knows the address already."""


class Named(NamedTuple):
    """A record of names, read."""

    namings: tuple[Naming, ...]
    alone: bool = False
    """In a log that has no connections, so that its times alone say how far it has come."""


def name_of(text: str | None) -> str | None:
    """A host's name as it is compared; None where there is none, or an address stands instead."""
    if text is None:
        return None
    name = text.strip().rstrip(".").lower()[-LONGEST_NAME:]
    return None if not name or is_address(name) else name


def name_of_header(text: str | None) -> str | None:
    """The same of HTTP's `Host`, which may end in a port."""
    if text is None:
        return None
    text = text.strip()
    host, _, port = text.rpartition(":")
    with_port = host and ":" not in host.partition("[")[0] and port.isdigit()
    return name_of((host if with_port else text).strip("[]"))


def fact(text: str | None) -> str | None:
    """A word of what was seen beside a name, capped; None for an empty one."""
    return text[:LONGEST_FACT] if text else None


def is_address(text: str) -> bool:
    """Whether a text is an IP address."""
    if not 0 < len(text) <= LONGEST_ADDRESS or not (":" in text or text[-1].isdigit()):
        return False
    try:
        parsed(text)
    except ValueError:
        return False
    return True


def answer(said: Naming, addresses: Iterable[str]) -> tuple[Naming, ...]:
    """A DNS answer: each address that it gives, or that it gave none; empty for names of addresses.

    A chain of CNAMEs ends at the name that was asked for, because that is what the host knows.
    """
    if said.name is None or said.name.endswith(_UNNAMING):
        return ()
    found = list(dict.fromkeys(filter(is_address, addresses)))[:ADDRESSES]
    return tuple(_with_peer(said, address) for address in found) or (said,)


def checked(naming: Naming) -> Naming:
    """The same. Raises ValueError for what is no address or no time."""
    if not 0 <= naming.time < LATEST:
        raise ValueError("the time is none between 1970 and 9999")
    parsed(naming.host)
    if naming.peer is not None:
        parsed(naming.peer)
    return naming


def _with_peer(said: Naming, peer: str) -> Naming:
    return Naming(
        time=said.time,
        host=said.host,
        peer=peer,
        port=None,
        kind=said.kind,
        name=said.name,
        rcode=said.rcode,
    )

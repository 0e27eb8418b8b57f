"""Noticed hosts to a running Suricata, whose rules alert on what they send next, or drop it."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal

from msgspec import Meta, Struct

from netheed.records import Severity
from netheed.strict_yaml import FileName

SetName = Annotated[str, Meta(pattern=r"\Anetheed-[A-Za-z0-9._-]{1,54}\Z")]
"""It says whose it is, because the set is emptied when netheed starts: nobody else's may be named.
Suricata takes 63 characters."""
Who = Literal["host", "peer", "both"]
Network = IPv4Network | IPv6Network


class SuricataDatasetSettings(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="suricata_dataset",
):
    """Where the engine takes commands, and whom it is told of for how long."""

    socket: FileName = "/var/run/suricata-command.socket"
    set: SetName = "netheed-noticed-ip"
    """The set that netheed's rules ask for."""
    by: Literal["dataset", "hostbits"] = "dataset"
    who: Who = "host"
    """Whose address of a notice: the noticed host's, the peer's that is the reason, or both."""
    severity: Severity = "high"
    """The least of a notice."""
    hold: Annotated[float, Meta(ge=60, le=30 * 86_400)] = 3600.0
    """Seconds since the last notice."""
    most: Annotated[int, Meta(ge=1, le=10_000)] = 1000
    """Addresses at a time; past it the one that ends first goes."""
    never: tuple[str, ...] = ()
    """Networks of whom none is ever held: gateways, resolvers, whoever must not be dropped."""
    ledger: FileName = "/var/lib/netheed/suricata_dataset.json"
    """Until when each is held: what is told again after a restart."""

    def __post_init__(self) -> None:
        """Raises ValueError where one is no network."""
        networks(self.never)


def networks(texts: Iterable[str]) -> list[Network]:
    """Raises ValueError at the first that is none."""
    return [ip_network(text, strict=False) for text in texts]

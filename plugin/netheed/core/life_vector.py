"""What the pair's model reads of a pair's life: what each number is called, measured in and means.

The last connections one by one (CALLS), and what is known beside (CONTEXT). No address, id,
originator's port or absolute time is among it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from netheed.core.segments import Ints, Mask, Words
from netheed.core.vector import Feature, linear, restore, transform

CALLS: Final[dict[str, Feature]] = {
    "gap": Feature("seconds", "gap", "Time since the pair's connection before."),
    "gap_known": Feature("share", "gap known", "1 where there was one before, else 0."),
    "sent": Feature("bytes", "sent", "Bytes that the host sent; unknown is 0."),
    "received": Feature("bytes", "received", "Bytes that the host received; unknown is 0."),
    "duration": Feature("seconds", "duration", "How long it lasted; unknown is 0."),
    "failed": Feature("share", "failed", "1 where it was unanswered or refused, else 0."),
    "cut": Feature("share", "cut", "1 where it was aborted or seen in part, else 0."),
}
"""What is said of each of a life's last connections; counts, bytes and times as log(1 + x)."""
SERVICES: Final = (
    "unknown",
    "dns",
    "web",
    "login",
    "files",
    "mail",
    "infrastructure",
    "other",
)
NAMED: Final[dict[str, Feature]] = {
    "host_names": Feature("count", "named peers of the host", "Peers the host has a name for."),
    "named": Feature("share", "named", "1 where the host has a name for the peer, else 0."),
    "resolved": Feature("share", "resolved", "1 where DNS has given the host the address, else 0."),
    "name_hosts": Feature("count", "hosts that know the name", "Hosts that know the peer's name."),
    "name_age": Feature("hours", "age of the name", "Time since it was first heard of, 0 if none."),
    "generated": Feature("share", "made up", "How much the name looks generated; 0 without one."),
    "mark_hosts": Feature(
        "count", "hosts with the fingerprint", "Hosts with the JA4, JA3 or agent shown; 0 if none."
    ),
    "mark_age": Feature("hours", "age of the fingerprint", "Time since it was first seen."),
    "issuer_hosts": Feature(
        "count", "hosts that met the issuer", "Hosts with a certificate by the peer's issuer."
    ),
}
"""What names and fingerprints say of a pair, where the sensor logs them; else 0."""
CONTEXT: Final[dict[str, Feature]] = {
    "connections": Feature("count", "connections", "Connections of the pair in all."),
    "span": Feature("hours", "span", "Time since the pair first met."),
    "hours": Feature("count", "hours", "Hours of the clock in which there was a connection."),
    "persistence": Feature("share", "persistence", "Those hours among all since then."),
    "period": Feature("seconds", "period", "Median of the last gaps of a second and more."),
    "regularity": Feature("share", "regularity", "1 - 1.4826 MAD / median of these gaps."),
    "beats": Feature("count", "beats", "Such gaps in all."),
    "size_spread": Feature("nats", "spread of sizes", "Deviation of log bytes sent."),
    "tries": Feature("count", "tries", "Connections, fading within an hour."),
    "sent_long": Feature("bytes", "sent lately", "Bytes sent, fading within eight hours."),
    "received_long": Feature("bytes", "received lately", "Bytes received, fading alike."),
    "sent_share": Feature("share", "sent share", "Bytes sent among both."),
    "longest": Feature("seconds", "longest", "The longest of the last connections."),
    "peer_hosts": Feature("count", "hosts that know the peer", "Hosts that ever met the peer."),
    "port_hosts": Feature(
        "count", "hosts that use the port", "Hosts that ever began a connection to such a port."
    ),
    "host_age": Feature("hours", "age of the host", "Time since the host was first seen."),
    "peer_age": Feature("hours", "host's age when they met", "Its age when the pair first met."),
    "external": Feature("share", "external", "1 where the peer is outside, else 0."),
    "tcp": Feature("share", "tcp", "1 for TCP, else 0."),
    "udp": Feature("share", "udp", "1 for UDP, else 0."),
    **{
        f"service_{name}": Feature("share", f"service {name}", f"1 where the service is {name}.")
        for name in SERVICES
    },
    "known_port": Feature("share", "known port", "1 for a port below 1024 or of a known service."),
    "high_port": Feature("share", "high port", "1 for a port from 49152 on."),
    "host_pairs": Feature("count", "pairs of the host", "Pairs that the host has in the window."),
    "host_connections": Feature(
        "count", "connections of the host", "Connections that the host began in the window."
    ),
    **NAMED,
}
"""What is known beside a life's connections; counts, bytes, times as log(1 + x), shares plain.

A new one comes last: a model made before reads the first ones only."""
_PLACES: Final = {name: at for at, name in enumerate(CONTEXT)}


@dataclass(frozen=True, slots=True)
class PairLooks:
    """Lives to be looked at, as the pair's model reads them; one entry each."""

    host: Ints
    """The window of the host, a row of its HostWindows."""
    row: Ints
    """A host-row of the pair, to know peer and service by."""
    key: Words
    """Of the pair: the same at every look."""
    calls: NDArray[np.float32]
    """(n, LENGTH, len(CALLS)), the newest last, zeros in front."""
    there: Mask
    """(n, LENGTH): where a connection is."""
    context: NDArray[np.float32]
    """(n, len(CONTEXT))."""

    def __len__(self) -> int:
        return len(self.host)

    @property
    def steps(self) -> NDArray[np.float32]:
        """The calls: what the steps of a pair's life are."""
        return self.calls

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Of several ticks one after the other; hosts and rows stay those of their ticks."""
        fields = ("host", "row", "key", "calls", "there", "context")
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in fields))

    def of_tick(self, windows: slice, first_row: int) -> "PairLooks":
        """Those of some of the windows, which become the first; their rows begin at `first_row`."""
        own = slice(*np.searchsorted(self.host, (windows.start, windows.stop)).tolist())
        return PairLooks(
            host=self.host[own] - windows.start,
            row=self.row[own] - first_row,
            key=self.key[own],
            calls=self.calls[own],
            there=self.there[own],
            context=self.context[own],
        )


def known(context: NDArray[np.float32], name: str) -> float:
    """One of CONTEXT in its unit, from the columns of a pair."""
    return float(plain(context, CONTEXT)[_PLACES[name]])


def plain(values: NDArray[np.float32], features: Mapping[str, Feature]) -> NDArray[np.float32]:
    """Columns of CALLS or of CONTEXT (..., features) in their units."""
    return restore(values, linear(features))


def scaled(values: NDArray[Any], features: Mapping[str, Feature]) -> NDArray[np.float32]:
    """The inverse of `plain`."""
    return transform(values, linear(features))

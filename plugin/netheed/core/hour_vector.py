"""What the hours' model reads of a host's hours: what each number is called, measured in and means.

The last hours one by one (HOURS), and what is known beside (AROUND). No address, id, originator's
port or absolute time is among it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from netheed.core.segments import Ints, Mask
from netheed.core.vector import Feature

HOURS: Final[dict[str, Feature]] = {
    "minutes": Feature("count", "active minutes", "Windows in which the host was active."),
    "since": Feature("hours", "since", "Hours of the clock since the hour before; 0 without one."),
    "connections_out": Feature("count", "connections out", "Connections that the host began."),
    "connections_in": Feature("count", "connections in", "Connections that others began with it."),
    "failures_out": Feature(
        "count", "failures out", "Unanswered and refused connections that it began with no group."
    ),
    "peers": Feature("count", "peers", "Peers out, window by window: one of two counts twice."),
    "new_peers": Feature("count", "new peers", "Peers that it met for the first time."),
    "new_destinations": Feature(
        "count", "new destinations", "Destinations that it began with for the first time."
    ),
    "new_ports": Feature("count", "new ports", "Ports to which it began for the first time."),
    "bytes_sent": Feature("bytes", "bytes sent", "Bytes that it sent, whoever began."),
    "bytes_received": Feature("bytes", "bytes received", "Bytes that it received, whoever began."),
    "external_sent": Feature("bytes", "sent outside", "Bytes sent to external peers."),
    "inside_out": Feature("count", "connections inside", "Connections begun with inside peers."),
    "new_inside": Feature("count", "new pairs inside", "Pairs with inside peers that began."),
    "remote_out": Feature(
        "count", "remote administration", "Connections begun with inside peers for administration."
    ),
    "new_remote": Feature(
        "count", "new remote administration", "Pairs with inside peers for administration, begun."
    ),
    "failed_remote": Feature(
        "count", "failed remote administration", "Of those connections: unanswered and refused."
    ),
    "remote_sent": Feature("bytes", "sent for administration", "Bytes that the host sent in them."),
}
"""What is said of each of a host's last hours; all of it as log(1 + x)."""
ACTS: Final[dict[str, Feature]] = {
    "admin_peers": Feature(
        "count",
        "peers by administrative share",
        "Peers whose ADMIN$ or drive it used for the first time, fading within eight hours.",
    ),
    "call_peers": Feature(
        "count",
        "peers by remote call",
        "Peers on which it ran or changed things by remote call for the first time, fading alike.",
    ),
    "failed_logons": Feature("count", "failed log-ons", "Log-ons that were refused, fading alike."),
    "acts_logged": Feature(
        "share", "acts logged", "1 where the site's sensor has logged any of these, else 0."
    ),
}
"""What a sensor's logs of SMB, DCE-RPC, Kerberos and NTLM say of a host."""
AROUND: Final[dict[str, Feature]] = {
    "age": Feature("hours", "age", "Time since the host was first seen."),
    "hours": Feature("count", "hours", "Hours of the clock in which it was active, in all."),
    "persistence": Feature("share", "persistence", "Those hours among all since then."),
    "earlier": Feature("count", "earlier hours", "Hours before this one that are kept, up to 7."),
    "usual_new_remote": Feature(
        "count", "usual new remote administration", "The same of these earlier hours, on average."
    ),
    "usual_peers": Feature("count", "usual peers", "The same of these, on average."),
    "usual_sent": Feature("bytes", "usually sent outside", "The same of these, on average."),
    "others_new_remote": Feature(
        "count",
        "others with new remote administration",
        "Other hosts active in this window that have some in this hour.",
    ),
    **ACTS,
}
"""What is known beside; shares plain, all else as log(1 + x). An average is one of logarithms.

A new one comes last: a model made before reads the first ones only."""


@dataclass(frozen=True, slots=True)
class HourLooks:
    """Hosts whose hours are looked at, as the hours' model reads them; one entry each."""

    host: Ints
    """The window of the host, a row of its HostWindows, ascending."""
    steps: NDArray[np.float32]
    """(n, LENGTH, len(HOURS)), the newest last, which is the running hour; zeros in front."""
    there: Mask
    """(n, LENGTH): where an hour is."""
    context: NDArray[np.float32]
    """(n, len(AROUND))."""

    def __len__(self) -> int:
        return len(self.host)

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """Of several ticks one after the other; hosts stay those of their ticks."""
        fields = ("host", "steps", "there", "context")
        return cls(*(np.concatenate([getattr(p, name) for p in parts]) for name in fields))

    def of_tick(self, windows: slice) -> "HourLooks":
        """Those of some of the windows, which become the first."""
        own = slice(*np.searchsorted(self.host, (windows.start, windows.stop)).tolist())
        return HourLooks(
            host=self.host[own] - windows.start,
            steps=self.steps[own],
            there=self.there[own],
            context=self.context[own],
        )

"""What the analyst looks at: the peer that is the reason, and the connections to pivot on."""

from typing import Final

import numpy as np

from netheed.classes import attack_class
from netheed.core.features import HostWindows
from netheed.records import Connection, Outcome

ONE_PEER: Final = 0.8
"""A peer with this share of the connections is the reason where the kind names none."""
EVIDENCE: Final = 5


def peer_of(windows: HostWindows, at: int, kind: str) -> str | None:
    """The address of the one peer that is the reason, None where no single one is."""
    row = _peer_row(windows, at, kind)
    return windows.peer_at(row) if row >= 0 else None


def _peer_row(windows: HostWindows, at: int, kind: str) -> int:
    """Its host-row, -1 without one."""
    named = attack_class(kind).peer
    if named is not None:
        return int(getattr(windows, f"{named}_row")[at])
    busiest = int(windows.busiest_row[at])
    if busiest < 0:
        return -1
    own = windows.rows.by_host.ids == at
    share = np.mean(windows.rows.peer[own] == windows.rows.peer[busiest])
    return busiest if share >= ONE_PEER else -1


def evidence_of(windows: HostWindows, at: int, peer: str | None) -> tuple[Connection, ...]:
    """Up to five: with the named peer first, then failed ones, then the largest."""
    host = windows.names[at]

    def telling(connection: Connection) -> tuple[bool, bool, int, float]:
        other = connection.resp if connection.orig == host else connection.orig
        failed = connection.outcome in (Outcome.UNANSWERED, Outcome.REFUSED)
        size = (connection.orig_bytes or 0) + (connection.resp_bytes or 0)
        return (other != peer, not failed, -size, connection.start)

    return tuple(sorted(windows.connections_of(at), key=telling)[:EVIDENCE])

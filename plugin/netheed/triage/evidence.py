"""What the analyst looks at: the peer that is the reason, and the connections to pivot on."""

from typing import Final

import numpy as np

from netheed.classes import attack_class
from netheed.core.features import HostWindows
from netheed.records import Connection, Outcome

ONE_PEER: Final = 0.8
"""A peer with this share of the connections is the reason where the kind names none."""
EVIDENCE: Final = 5


def peer_row(windows: HostWindows, at: int, kind: str) -> int:
    """The host-row of the one peer that is the reason, -1 where no single one is."""
    named = attack_class(kind).peer
    if named is not None:
        return int(getattr(windows, f"{named}_row")[at])
    busiest = int(windows.busiest_row[at])
    if busiest < 0:
        return -1
    own = windows.rows.by_host.ids == at
    share = np.mean(windows.rows.peer[own] == windows.rows.peer[busiest])
    return busiest if share >= ONE_PEER else -1


def evidence_of(windows: HostWindows, at: int, peer: int) -> tuple[Connection, ...]:
    """Up to five: with the peer of a host-row first, then failed ones, then the largest.

    They are chosen by columns: a flood has a hundred thousand connections, five are made.
    """
    own = np.flatnonzero(windows.rows.by_host.ids == at)
    rows = windows.rows.row[own]
    numbers = windows.tick.rows[rows]
    size = np.nan_to_num(numbers["orig_bytes"]) + np.nan_to_num(numbers["resp_bytes"])
    failed = np.isin(numbers["outcome"], (Outcome.UNANSWERED, Outcome.REFUSED))
    other = np.ones(len(own), dtype=np.bool_)
    if peer >= 0:
        other = windows.rows.peer[own] != windows.rows.peer[peer]
    order = np.lexsort((numbers["start"], -size, ~failed, other))
    return tuple(windows.tick.connections(rows[order[:EVIDENCE]]))

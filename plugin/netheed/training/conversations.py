"""What a host's window is made of: one row for each peer and service it talked with.

For the models that look inside a window (the graph of hosts, attention over conversations); the
detector that serves reads window features alone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.rows import HostRows
from netheed.core.segments import Floats, Ints, Segments, Words, combine
from netheed.records import Outcome

MOST: Final = 16
"""Conversations kept of one window, those with the most connections first."""
_SERVICES: Final = ("unknown", "dns", "web", "login", "files", "mail", "infrastructure", "other")
"""By their codes in `services`."""
COLUMNS: Final = (
    "begun",
    "external",
    "group",
    "connections",
    "sent",
    "received",
    "longest",
    "failed",
    *(f"is_{name}" for name in _SERVICES),
)
"""Shares, and log(1 + x) of counts, bytes and seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversations:
    """Conversations of many windows, grouped by window."""

    window: NDArray[np.int64]
    """Row of the window, ascending."""
    peer: NDArray[np.int64]
    """Row of the peer's own window of the same minute, -1 where there is none."""
    values: NDArray[np.float16]
    """(conversations, COLUMNS)."""

    def of(self, windows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows of this table that belong to `windows` (n), and for each its position in the n."""
        first = np.searchsorted(self.window, windows, side="left")
        counts = np.searchsorted(self.window, windows, side="right") - first
        owner = np.repeat(np.arange(len(windows)), counts)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
        return first[owner] + within, owner

    def padded(self, windows: int) -> NDArray[np.float16]:
        """(windows, MOST, COLUMNS), zeros where there are fewer."""
        table = np.zeros((windows, MOST, len(COLUMNS)), dtype=np.float16)
        place = np.arange(len(self.window)) - np.searchsorted(self.window, self.window)
        table[self.window, place] = self.values
        return table

    def moved(self, to: NDArray[np.int64]) -> "Conversations":
        """Windows and peers renumbered: row i becomes `to[i]`; -1 leaves the window out."""
        window = to[self.window]
        peer = np.where(self.peer >= 0, to[np.maximum(self.peer, 0)], -1)
        order = np.argsort(window, kind="stable")
        order = order[window[order] >= 0]
        return Conversations(window=window[order], peer=peer[order], values=self.values[order])

    @classmethod
    def joined(cls, parts: "list[Conversations]", sizes: list[int]) -> "Conversations":
        """One table of several, whose windows are numbered one part after the other."""
        bases = np.cumsum([0, *sizes])[:-1].tolist()
        pairs = list(zip(parts, bases, strict=True))
        return cls(
            window=np.concatenate([part.window + base for part, base in pairs]),
            peer=np.concatenate([np.where(p.peer >= 0, p.peer + base, -1) for p, base in pairs]),
            values=np.concatenate([part.values for part in parts]),
        )


def conversations_of(rows: HostRows) -> Conversations:
    """The conversations of one tick; a window's row is the number of its host in the tick."""
    key = combine(rows.peer, rows.port.astype(np.uint64), rows.out.astype(np.uint64))
    order = np.lexsort((key, rows.by_host.ids))
    host, key = rows.by_host.ids[order], key[order]
    new = np.concatenate(([True], (host[1:] != host[:-1]) | (key[1:] != key[:-1])))
    talk = Segments(np.cumsum(new) - 1, int(new.sum()))
    firsts = np.flatnonzero(new)
    owner, count = host[firsts], talk.count(np.ones(len(order), dtype=np.bool_))
    kept = _busiest(owner, count)
    first_row = order[firsts[kept]]
    return Conversations(
        window=owner[kept],
        peer=_rows_of(rows.hosts, rows.peer[first_row]),
        values=_values(rows, talk, order)[kept].astype(np.float16),
    )


def _busiest(owner: Ints, count: Floats) -> Ints:
    order = np.lexsort((-count, owner))
    firsts = np.searchsorted(owner[order], owner[order], side="left")
    kept: Ints = order[np.arange(len(order)) - firsts < MOST]
    return kept


def _rows_of(hosts: Words, peers: Words) -> Ints:
    at = np.minimum(np.searchsorted(hosts, peers), len(hosts) - 1)
    return np.where(hosts[at] == peers, at, -1)


def _values(rows: HostRows, talk: Segments, order: Ints) -> Floats:
    """(conversations, COLUMNS)."""
    everything = np.ones(len(order), dtype=np.bool_)
    outcome, service = rows.outcome[order], rows.service[order]
    failed = (outcome == Outcome.UNANSWERED) | (outcome == Outcome.REFUSED)
    columns = [
        talk.share(rows.out[order], everything),
        talk.share(rows.external[order], everything),
        talk.share(rows.to_group[order], everything),
        np.log1p(talk.count(everything)),
        np.log1p(talk.sum(np.nan_to_num(rows.sent[order]))),
        np.log1p(talk.sum(np.nan_to_num(rows.received[order]))),
        np.log1p(talk.max(np.nan_to_num(rows.duration[order]))),
        talk.share(failed, everything),
    ]
    columns += [talk.share(service == code, everything) for code in range(len(_SERVICES))]
    return np.stack(columns, axis=1)

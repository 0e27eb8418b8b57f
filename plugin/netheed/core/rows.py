"""Ticks seen from their hosts: one row for each end of a connection that is a host of ours.

Several ticks may pass together: what is said of a host is said of it in each tick by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.networks import GROUP, LOCAL
from netheed.core.segments import Floats, Ints, Mask, Segments, Words, stable_order
from netheed.core.services import groups
from netheed.core.windows import Tick


@dataclass(frozen=True, slots=True)
class HostRows:
    """Ticks seen from their hosts: a connection stands once for each end that is a host of ours.

    Rows are grouped by tick and host, within a host in the order of the tick.
    """

    by_host: Segments
    """The windows of hosts: one group for each host of each tick."""
    row: Ints
    """The row among those of all ticks, one after the other."""
    out: Mask
    """The host is the originator."""
    hosts: Words
    """One word a window, ascending within a tick."""
    tick: Ints
    """The number of each window's tick."""
    peer: Words
    port: Ints
    """The responder's port: the peer's for `out`, else the host's own."""
    service: NDArray[np.int8]
    proto: NDArray[np.int8]
    outcome: NDArray[np.int8]
    start: Floats
    duration: Floats
    sent: Floats
    received: Floats
    sent_packets: Floats
    received_packets: Floats

    @classmethod
    def of(cls, ticks: Sequence[Tick], most: int) -> "tuple[HostRows, int]":
        """Windows of at most `most` hosts, the busiest, and how many were left out."""
        rows = np.concatenate([tick.rows for tick in ticks]) if len(ticks) > 1 else ticks[0].rows
        row, out = _host_ends(rows["orig"], rows["resp"])
        host = np.where(out, rows["orig"][row], rows["resp"][row])
        tick = np.repeat(np.arange(len(ticks)), [len(tick.rows) for tick in ticks])[row]
        order = stable_order(host)
        if len(ticks) > 1:
            order = order[np.argsort(tick[order], kind="stable")]
        firsts, ids = _numbered(host[order], tick[order])
        shed = max(0, len(firsts) - most)
        if shed:
            order = order[_busiest(host[order[firsts]], ids, most)]
            firsts, ids = _numbered(host[order], tick[order])
        hosts, tick = host[order[firsts]], tick[order[firsts]]
        row, out = row[order], out[order]
        part = rows[row]
        result = cls(
            by_host=Segments(ids, len(hosts), weights_of(part["halvings"])),
            row=row,
            out=out,
            hosts=hosts,
            tick=tick,
            peer=np.where(out, part["resp"], part["orig"]),
            port=part["resp_port"].astype(np.int64),
            service=groups(part["service"], part["resp_port"]),
            proto=part["proto"],
            outcome=part["outcome"],
            start=part["start"],
            duration=part["duration"],
            sent=np.where(out, part["orig_bytes"], part["resp_bytes"]),
            received=np.where(out, part["resp_bytes"], part["orig_bytes"]),
            sent_packets=np.where(out, part["orig_pkts"], part["resp_pkts"]),
            received_packets=np.where(out, part["resp_pkts"], part["orig_pkts"]),
        )
        return result, shed

    def of_tick(self, number: int, before: int) -> "HostRows":
        """The part of one tick, before which so many connections of others stand."""
        first, last = np.searchsorted(self.tick, (number, number + 1)).tolist()
        ids, weights = self.by_host.ids, self.by_host.weights
        windows, rows = slice(first, last), slice(*np.searchsorted(ids, (first, last)).tolist())
        return replace(
            self,
            by_host=Segments(
                ids[rows] - first, last - first, None if weights is None else weights[rows]
            ),
            row=self.row[rows] - before,
            hosts=self.hosts[windows],
            tick=np.zeros(last - first, dtype=np.int64),
            **{name: getattr(self, name)[rows] for name in _OF_A_ROW},
        )

    @property
    def weights(self) -> Floats:
        """For how many connections each row stands: 1 where all are there."""
        weights = self.by_host.weights
        return np.ones(len(self.row)) if weights is None else weights

    @property
    def to_group(self) -> Mask:
        """Rows whose peer is multicast, broadcast or nobody."""
        to_group: Mask = (self.peer & np.uint64(GROUP)) != 0
        return to_group

    @property
    def external(self) -> Mask:
        """Rows whose peer is a host outside the local networks."""
        external: Mask = (self.peer & np.uint64(LOCAL | GROUP)) == 0
        return external

    @property
    def inside(self) -> Mask:
        """Rows whose peer is a host inside the local networks."""
        inside: Mask = (self.peer & np.uint64(LOCAL | GROUP)) == LOCAL
        return inside


def weights_of(halvings: NDArray[np.int8]) -> Floats | None:
    """For how many connections each of a sample stands; None where all are there."""
    return np.exp2(halvings.astype(np.float64)) if halvings.any() else None


def _host_ends(orig: Words, resp: Words) -> tuple[Ints, Mask]:
    """Rows and roles: each local end; the originator where there is none. A group is no host."""
    orig_ours = (orig & np.uint64(LOCAL | GROUP)) == LOCAL
    resp_ours = (resp & np.uint64(LOCAL | GROUP)) == LOCAL
    stranger = (orig & np.uint64(LOCAL | GROUP)) == 0
    out = np.flatnonzero(orig_ours | (stranger & ~resp_ours))
    back = np.flatnonzero(resp_ours)
    row = np.concatenate((out, back))
    return row, np.arange(len(row)) < len(out)


_OF_A_ROW: Final = (
    "out",
    "peer",
    "port",
    "service",
    "proto",
    "outcome",
    "start",
    "duration",
    "sent",
    "received",
    "sent_packets",
    "received_packets",
)


def _numbered(host: Words, tick: Ints) -> tuple[Ints, Ints]:
    """Where each window begins among rows in order, and the number of each row's."""
    first = np.ones(len(host), dtype=np.bool_)
    first[1:] = (host[1:] != host[:-1]) | (tick[1:] != tick[:-1])
    return np.flatnonzero(first), np.cumsum(first) - 1


def _busiest(hosts: Words, ids: Ints, most: int) -> Mask:
    """Rows of the `most` hosts with the most connections."""
    order = np.lexsort((hosts, -np.bincount(ids)))
    chosen = np.zeros(len(hosts), dtype=np.bool_)
    chosen[order[:most]] = True
    return chosen[ids]

"""A tick seen from its hosts: one row for each end of a connection that is a host of ours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netheed.core.networks import GROUP, LOCAL
from netheed.core.segments import Floats, Ints, Mask, Segments, Words
from netheed.core.services import groups
from netheed.core.windows import Tick


@dataclass(frozen=True, slots=True)
class HostRows:
    """A tick seen from its hosts: a connection stands once for each end that is a host of ours.

    Rows are grouped by host, within a host in the order of the tick.
    """

    by_host: Segments
    row: Ints
    """The row of the tick."""
    out: Mask
    """The host is the originator."""
    hosts: Words
    """One word a host, ascending."""
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
    def of(cls, tick: Tick, most: int) -> "tuple[HostRows, int]":
        """At most `most` hosts, the busiest, and how many were left out."""
        rows = tick.rows
        row, out = _host_ends(rows["orig"], rows["resp"])
        host = np.where(out, rows["orig"][row], rows["resp"][row])
        order = np.argsort(host, kind="stable")
        hosts, ids = _numbered(host[order])
        shed = max(0, len(hosts) - most)
        if shed:
            order = order[_busiest(hosts, ids, most)]
            hosts, ids = _numbered(host[order])
        row, out = row[order], out[order]
        part = rows[row]
        result = cls(
            by_host=Segments(ids, len(hosts)),
            row=row,
            out=out,
            hosts=hosts,
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


def _host_ends(orig: Words, resp: Words) -> tuple[Ints, Mask]:
    """Rows and roles: each local end; the originator where there is none. A group is no host."""
    orig_ours = (orig & np.uint64(LOCAL | GROUP)) == LOCAL
    resp_ours = (resp & np.uint64(LOCAL | GROUP)) == LOCAL
    stranger = (orig & np.uint64(LOCAL | GROUP)) == 0
    out = np.flatnonzero(orig_ours | (stranger & ~resp_ours))
    back = np.flatnonzero(resp_ours)
    row = np.concatenate((out, back))
    return row, np.arange(len(row)) < len(out)


def _numbered(ranked: Words) -> tuple[Words, Ints]:
    """The distinct words of an ascending column, and the number of each row's."""
    first = np.ones(len(ranked), dtype=np.bool_)
    first[1:] = ranked[1:] != ranked[:-1]
    return ranked[first], np.cumsum(first) - 1


def _busiest(hosts: Words, ids: Ints, most: int) -> Mask:
    """Rows of the `most` hosts with the most connections."""
    order = np.lexsort((hosts, -np.bincount(ids)))
    chosen = np.zeros(len(hosts), dtype=np.bool_)
    chosen[order[:most]] = True
    return chosen[ids]

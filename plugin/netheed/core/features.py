"""Window -> vector, for training and serving alike.

What a window says by itself is in window_features.py, here is what needs memory; vector.py says
what each number means.

What the sensors do not say is encoded on purpose: missing byte and packet counts count as nothing
in sums and are left out of medians; a missing duration is left out of medians and is no maximum.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.memory import LONG, RECENT, Grouped, Pairs, PairView, faded
from netheed.core.rows import HostRows
from netheed.core.segments import Floats, Ints, Mask, Words, combine
from netheed.core.services import DNS
from netheed.core.state import State, joined, part
from netheed.core.table import Layout, Table
from netheed.core.vector import FEATURES, transform
from netheed.core.window_features import window_features
from netheed.core.windows import Tick

FADING: Final = {
    "new_destinations_recent": RECENT,
    "failures_recent": RECENT,
    "dns_bytes_recent": RECENT,
    "external_sent_long": LONG,
}
"""Features that are fading sums per host, with their time constants in seconds."""

NEW_KEYS_A_WINDOW: Final = 256
"""New destinations of one host that are remembered from one window; all are counted."""


@dataclass(frozen=True, slots=True)
class HostWindows:
    """The scored unit: every host of one tick, one row a host."""

    tick: Tick
    rows: HostRows
    names: list[str]
    sites: list[str]
    """Empty where none is configured."""
    connections: Floats
    values: NDArray[np.float32]
    """(hosts, len(FEATURES)) in the units of FEATURES."""
    vectors: NDArray[np.float32]
    """The same, transformed."""
    beat_row: Ints
    """Per host the host-row of its most regular pair, -1 without one; likewise the next two."""
    upload_row: Ints
    busiest_row: Ints

    def peer_at(self, host_row: int) -> str:
        """The text of the peer's address on a host-row."""
        columns, at = self.tick.columns, self.tick.order[self.rows.row[host_row]]
        return str((columns.resp if self.rows.out[host_row] else columns.orig)[at])


@dataclass(slots=True, kw_only=True)
class Features:
    """Turns ticks into vectors, remembering hosts and pairs.

    Ticks come in order of time; where a wrong date was believed they may go back once, and what was
    met at that date counts as just seen.
    """

    max_hosts: int = 50_000
    max_pairs: int = 500_000
    max_novelties: int = 2_000_000
    shed: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("hosts", "novelties", "pairs"), 0)
    )
    """What the caps left out: windows of hosts because more than `max_hosts` were active at once,
    new things and pairs that were counted but not remembered."""
    _hosts: Table = field(init=False)
    _peers: Table = field(init=False)
    _pairs: Pairs = field(init=False)
    _seen: Table = field(init=False)
    """(host, thing) combinations: peers, ports, services, destinations."""

    def __post_init__(self) -> None:
        columns: Layout = dict.fromkeys(("seen", *FADING, "first"), ("f8", 0))
        self._hosts = Table(columns, self.max_hosts)
        self._peers = Table({"hosts": ("u4", 0)}, self.max_pairs)
        self._pairs = Pairs(self.max_pairs)
        self._seen = Table({}, self.max_novelties)

    @property
    def nbytes(self) -> int:
        """Bytes of what is remembered between windows."""
        return sum(kept.nbytes for kept in self._parts().values())

    def snapshot(self) -> State:
        """All tables and counters."""
        parts = {name: kept.snapshot() for name, kept in self._parts().items()}
        return joined(parts) | {"shed": np.array(list(self.shed.values()))}

    def restore(self, state: State) -> None:
        """Take up what another instance with the same settings gave."""
        for name, kept in self._parts().items():
            kept.restore(part(state, name))
        self.shed = dict(zip(self.shed, state["shed"].tolist(), strict=True))

    def _parts(self) -> dict[str, Table | Pairs]:
        return {
            "hosts": self._hosts,
            "peers": self._peers,
            "pairs": self._pairs,
            "seen": self._seen,
        }

    def of(self, tick: Tick) -> HostWindows | None:
        """The vectors of all hosts of a tick; None for one that no host has a part in."""
        rows, shed = HostRows.of(tick, self.max_hosts)
        self.shed["hosts"] += shed
        if not len(rows.row):
            return None
        columns = window_features(rows)
        columns |= self._novelty(rows, tick.end)
        columns |= self._memory(rows, columns, tick.end)
        pairs, stand_out = self._stand_out(rows, tick.end)
        columns |= pairs
        values = np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float32)
        names, sites = _names(tick, rows)
        return HostWindows(
            tick=tick,
            rows=rows,
            names=names,
            sites=sites,
            connections=rows.by_host.count(np.ones(len(rows.row), dtype=np.bool_)),
            values=values,
            vectors=transform(values),
            beat_row=stand_out[0],
            upload_row=stand_out[1],
            busiest_row=stand_out[2],
        )

    def _novelty(self, rows: HostRows, now: float) -> dict[str, Floats]:
        host = rows.hosts[rows.by_host.ids]
        port = rows.port.astype(np.uint64)
        things = {
            "new_peers": (1, rows.peer, np.ones_like(rows.out)),
            "new_ports": (2, port, rows.out),
            "new_services": (3, rows.service.astype(np.uint64), rows.out),
            "new_destinations": (4, combine(rows.peer, port), rows.out & ~rows.to_group),
        }
        values = {}
        for name, (kind, thing, where) in things.items():
            keys = combine(host[where] ^ np.uint64(kind << 59), thing[where])
            grouped = Grouped.by(keys)
            firsts = grouped.order[grouped.firsts]
            ids = rows.by_host.ids[where][firsts]
            new = self._remember(grouped.keys, ids, now)
            values[name] = np.bincount(ids[new], minlength=rows.by_host.size).astype(np.float64)
            if kind == 1:
                self._count_hosts_of(rows.peer[where][firsts][new], now)
        return values

    def _remember(self, keys: Words, hosts: Ints, now: float) -> Mask:
        """Which keys are new; of the new ones at most NEW_KEYS_A_WINDOW a host are kept."""
        at, known = self._seen.find(keys)
        order = np.lexsort((known, hosts))
        fresh = ~known[order]
        rank = np.cumsum(fresh) - 1
        base = np.searchsorted(hosts[order], np.arange(hosts.max(initial=-1) + 1))
        before = np.concatenate(([0], np.cumsum(fresh)))[base]
        kept = np.zeros(len(keys), dtype=np.bool_)
        kept[order] = fresh & (rank - before[hosts[order]] < NEW_KEYS_A_WINDOW)
        chosen = np.flatnonzero(known | kept)[: self.max_novelties]
        self.shed["novelties"] += len(keys) - len(chosen)
        self._seen.admit(keys[chosen], now, (at[chosen], known[chosen]))
        return ~known

    def _count_hosts_of(self, new_peers: Words, now: float) -> None:
        keys, counts = np.unique(new_peers, return_counts=True)
        self.shed["novelties"] += max(0, len(keys) - self.max_pairs)
        keys, counts = keys[: self.max_pairs], counts[: self.max_pairs]
        at, _ = self._peers.admit(keys, now)
        self._peers["hosts"][at] += counts.astype(np.uint32)

    def _memory(self, rows: HostRows, values: dict[str, Floats], now: float) -> dict[str, Floats]:
        """Fading sums per host, and how long the host is known and was silent."""
        known_at, known = found = self._hosts.find(rows.hosts)
        last = np.where(known, self._hosts["seen"][known_at], now)
        at, fresh = self._hosts.admit(rows.hosts, now, found)
        self._hosts["first"][at[fresh]] = now
        idle = now - last
        external = rows.by_host.sum(np.where(rows.external, np.nan_to_num(rows.sent), 0.0))
        dns = (rows.service == DNS) & rows.out
        added = {
            "new_destinations_recent": values["new_destinations"],
            "failures_recent": values["failures_out"],
            "dns_bytes_recent": rows.by_host.sum(np.where(dns, np.nan_to_num(rows.sent), 0.0)),
            "external_sent_long": external,
        }
        result = {"age": (now - self._hosts["first"][at]) / 3600.0, "idle": idle}
        for name, constant in FADING.items():
            result[name] = faded(self._hosts[name][at], idle, constant) + added[name]
            self._hosts[name][at] = result[name]
        return result

    def _stand_out(
        self, rows: HostRows, now: float
    ) -> tuple[dict[str, Floats], tuple[Ints, Ints, Ints]]:
        """The host's most regular pair, its largest upload and its busiest destination."""
        ours = np.flatnonzero(rows.out & ~rows.to_group)
        ids = rows.by_host.ids[ours]
        port = rows.port[ours].astype(np.uint64) << np.uint64(8)
        key = combine(rows.hosts[ids], rows.peer[ours], port | rows.proto[ours].astype(np.uint64))
        everything = Grouped.by(key)
        pairs = _thinned(everything, ids, self.max_pairs)
        self.shed["pairs"] += len(everything.keys) - len(pairs.keys)
        view = self._pairs.update(
            pairs,
            rows.start[ours],
            np.nan_to_num(rows.sent[ours]),
            np.nan_to_num(rows.received[ours]),
            now,
        )
        first_row = ours[pairs.order[pairs.firsts]]
        pair_host = rows.by_host.ids[first_row]
        size = rows.by_host.size
        beat = _best(pair_host, _beat_strength(view), size)
        upload = _best(pair_host, np.where(rows.external[first_row], view.sent, 0.0), size)
        busiest = _best(pair_host, pairs.counts().astype(np.float64), size)
        tried = _best(pair_host, view.tries, size)
        peer_at, peer_known = self._peers.find(rows.peer[first_row])
        peer_hosts = np.where(peer_known, self._peers["hosts"][peer_at], 1).astype(np.float64)
        both = view.sent + view.received
        share = np.divide(view.sent, both, out=np.zeros_like(both), where=both > 0)
        values = {
            "beat_regularity": _pick(view.regularity, beat),
            "beat_period": _pick(view.period, beat),
            "beats": _pick(view.beats, beat),
            "beat_size_spread": _pick(view.size_spread, beat),
            "beat_peer_hosts": _pick(peer_hosts, beat),
            "upload_long": _pick(view.sent, upload),
            "upload_share": _pick(share, upload),
            "tries_recent": _pick(view.tries, tried),
        }
        return values, (_row(first_row, beat), _row(first_row, upload), _row(first_row, busiest))


def _thinned(pairs: Grouped, ids: Ints, limit: int) -> Grouped:
    """At most NEW_KEYS_A_WINDOW pairs of each host, the busiest first, and `limit` in all."""
    hosts = ids[pairs.order[pairs.firsts]]
    if len(pairs.keys) <= min(NEW_KEYS_A_WINDOW, limit):
        return pairs
    order = np.lexsort((pairs.keys, -pairs.counts(), hosts))
    starts = np.searchsorted(hosts[order], np.arange(hosts.max() + 1))
    rank = np.arange(len(order)) - starts[hosts[order]]
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[order[rank < NEW_KEYS_A_WINDOW][:limit]] = True
    return pairs.select(chosen)


def _beat_strength(view: PairView) -> Floats:
    """How much a pair looks like a beacon: regular, seen often, of one size."""
    enough = np.minimum(view.beats / 12.0, 1.0)
    return view.regularity * (0.5 + 0.5 * enough) * (0.5 + 0.5 * np.exp(-view.size_spread))


def _best(host: Ints, strength: Floats, size: int) -> Ints:
    """Per host the index of its strongest pair with a strength above 0, else -1."""
    order = np.lexsort((strength, host))
    best = np.full(size, -1, dtype=np.int64)
    best[host[order]] = order
    there = best >= 0
    best[there] = np.where(strength[best[there]] > 0, best[there], -1)
    return best


def _pick(values: Floats, index: Ints) -> Floats:
    picked = np.zeros(len(index))
    picked[index >= 0] = values[index[index >= 0]]
    return picked


def _row(first_row: Ints, index: Ints) -> Ints:
    rows = np.full(len(index), -1, dtype=np.int64)
    rows[index >= 0] = first_row[index[index >= 0]]
    return rows


def _names(tick: Tick, rows: HostRows) -> tuple[list[str], list[str]]:
    """The address and the site of each host, as its first row tells them."""
    firsts = np.searchsorted(rows.by_host.ids, np.arange(rows.by_host.size))
    columns, at = tick.columns, tick.order[rows.row[firsts]]
    names = np.where(rows.out[firsts], columns.orig[at], columns.resp[at])
    return names.tolist(), [said.site for said in columns.said[at]]

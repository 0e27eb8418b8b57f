"""What is new to a host: peers, ports, services, destinations."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from netheed.core.grouped import Grouped
from netheed.core.keys import Keys
from netheed.core.rows import HostRows
from netheed.core.segments import Floats, Ints, Mask, Words, combine
from netheed.core.state import State, joined, part
from netheed.core.table import Table

A_WINDOW: Final = 256
"""New things of a kind that are remembered of one host from one window; all are counted."""
PORTS: Final = 65_536
"""Ports of which it is known how many hosts use them: all."""
KINDS: Final = ("new_peers", "new_ports", "new_services", "new_destinations")
"""The features that count them."""


@dataclass(frozen=True, slots=True)
class Met:
    """Hosts that met a thing (a peer, a service's port) for the first time."""

    by_thing: Grouped
    tick: Ints
    """When, ascending."""

    def later(self, things: Words, tick: Ints) -> Ints:
        """How many met each of these things after a tick."""
        if not len(self.tick) or tick.min(initial=self.tick[-1]) >= self.tick[-1]:
            return np.zeros(len(things), dtype=np.int64)
        keys, counts = self.by_thing.keys, self.by_thing.counts()
        at = np.minimum(np.searchsorted(keys, things), len(keys) - 1)
        span = self.tick[-1] + 1
        place = self.by_thing.group * span + self.tick[self.by_thing.order]
        tick = np.minimum(tick, span - 1)
        upto = np.searchsorted(place, at * span + tick, side="right") - self.by_thing.firsts[at]
        return np.where(keys[at] == things, counts[at] - upto, 0)


@dataclass(slots=True)
class Novelties:
    """Memory of what each host has met, and of how many hosts know a peer or use a port."""

    max_things: int
    """Combinations of a host and what it met."""
    max_peers: int
    shed: int = 0
    """What was counted but not remembered."""
    _things: Keys = field(init=False)
    _peers: Table = field(init=False)
    _ports: Table = field(init=False)
    """By port of what hosts began, whatever the protocol, as for `new_ports`."""

    def __post_init__(self) -> None:
        self._things = Keys(self.max_things)
        self._peers = Table({"hosts": ("u4", 0)}, self.max_peers)
        self._ports = Table({"hosts": ("u4", 0)}, PORTS)

    @property
    def nbytes(self) -> int:
        """Bytes of what is remembered."""
        return self._things.nbytes + self._peers.nbytes + self._ports.nbytes

    def has_room(self, ends: int) -> bool:
        """Whether so many ends of connections make nothing forgotten."""
        things = len(self._things) + len(KINDS) * ends
        return things <= self.max_things and len(self._peers) + ends <= self.max_peers

    def snapshot(self) -> State:
        """Things, peers and ports."""
        return joined(
            {
                "things": self._things.snapshot(),
                "peers": self._peers.snapshot(),
                "ports": self._ports.snapshot(),
            }
        )

    def restore(self, state: State) -> None:
        """Take up what another instance with the same limits gave."""
        self._things.restore(part(state, "things"))
        self._peers.restore(part(state, "peers"))
        self._ports.restore(part(state, "ports"))

    def learn(self, rows: HostRows, ends: Floats) -> tuple[dict[str, Floats], Met, Met]:
        """How much each host met for the first time, who met which peer, and used which port."""
        ids, size = rows.by_host.ids, rows.by_host.size
        kind, row, keys = _things(rows)
        grouped = Grouped.by(keys)
        first, last = grouped.order[grouped.firsts], grouped.order[grouped.lasts]
        of = ids[row[first]] + kind[first] * size
        new = self._remember(grouped.keys, of, ends[ids[row[last]]])
        counts = np.bincount(of[new], minlength=len(KINDS) * size).astype(np.float64)
        met, used = (self._rows_of(rows, row[first][new & (kind[first] == at)]) for at in (0, 1))
        return (
            dict(zip(KINDS, counts.reshape(-1, size), strict=True)),
            self._meet(self._peers, rows.peer[met], rows.tick[ids[met]], ends[ids[met]]),
            self._meet(self._ports, port_words(rows, used), rows.tick[ids[used]], ends[ids[used]]),
        )

    def _remember(self, keys: Words, of: Ints, ends: Floats) -> Mask:
        """Which keys are new; of the new ones at most A_WINDOW of a kind and host stay."""
        found = self._things.find(keys)
        known = found.known
        kept = known | _first_few(~known, of)
        chosen = np.flatnonzero(kept)[: self.max_things]
        self.shed += len(keys) - len(chosen)
        self._things.admit(keys[chosen], ends[chosen], found.take(chosen))
        return ~known

    def _meet(self, table: Table, things: Words, tick: Ints, ends: Floats) -> Met:
        """Count the hosts that know each thing; the new acquaintances are in the order of time."""
        new = Grouped.by(things)
        some = slice(None, table.limit)
        self.shed += max(0, len(new.keys) - table.limit)
        at, _ = table.admit(new.keys[some], ends[new.order[new.lasts]][some])
        table["hosts"][at] += new.counts()[some].astype(np.uint32)
        return Met(new, tick)

    def knowing(self, peers: Words, tick: Ints, met: Met) -> Floats:
        """How many hosts had met each of these peers by the end of a tick."""
        return _knowing(self._peers, peers, tick, met)

    def using(self, ports: Words, tick: Ints, used: Met) -> Floats:
        """How many hosts had used each of these ports (`port_words`) by the end of a tick."""
        return _knowing(self._ports, ports, tick, used)

    @staticmethod
    def _rows_of(rows: HostRows, at: Ints) -> Ints:
        """These rows in the order of time."""
        return at[np.argsort(rows.by_host.ids[at], kind="stable")]


def port_words(rows: HostRows, at: Ints) -> Words:
    """The ports of some rows as words."""
    words: Words = rows.port[at].astype(np.uint64)
    return words


def _knowing(table: Table, things: Words, tick: Ints, met: Met) -> Floats:
    at, known = table.find(things)
    hosts = np.where(known, table["hosts"][at], 1).astype(np.float64)
    return hosts - np.where(known, met.later(things, tick), 0)


def _things(rows: HostRows) -> tuple[Ints, Ints, Words]:
    """What hosts meet: its kind, the row in which, and a key for the host and the thing."""
    port = rows.port.astype(np.uint64)
    columns = (
        (rows.peer, np.ones_like(rows.out)),
        (port, rows.out),
        (rows.service.astype(np.uint64), rows.out),
        (combine(rows.peer, port), rows.out & ~rows.to_group),
    )
    where = [np.flatnonzero(mask) for _, mask in columns]
    row = np.concatenate(where)
    kind = np.repeat(np.arange(len(KINDS)), [len(some) for some in where])
    thing = np.concatenate([column[at] for (column, _), at in zip(columns, where, strict=True)])
    host = rows.hosts[rows.by_host.ids[row]]
    return kind, row, combine(host ^ (kind + 1 << 59).astype(np.uint64), thing)


def _first_few(chosen: Mask, of: Ints) -> Mask:
    """Of what is chosen in each group at most A_WINDOW, the first."""
    if np.bincount(of[chosen], minlength=1).max() <= A_WINDOW:
        return chosen
    order = np.argsort(of, kind="stable")
    order = order[chosen[order]]
    ranked = of[order]
    first = np.searchsorted(ranked, ranked)
    few = np.zeros(len(chosen), dtype=np.bool_)
    few[order[np.arange(len(order)) - first < A_WINDOW]] = True
    return few

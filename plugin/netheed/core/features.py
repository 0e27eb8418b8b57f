"""Window -> vector, for training and serving alike.

What a window says by itself is in window_features.py, here is what needs memory; vector.py says
what each number means.

What the sensors do not say is encoded on purpose: missing byte and packet counts count as nothing
in sums and are left out of medians; a missing duration is left out of medians and is no maximum.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core import novelties
from netheed.core.acts import Raised
from netheed.core.grouped import Grouped
from netheed.core.hour_features import added, hour_looks, inside_features, pair_features
from netheed.core.hour_vector import HourLooks
from netheed.core.hours import Hours
from netheed.core.life_features import pair_looks
from netheed.core.life_vector import PairLooks
from netheed.core.lives import Connections, Lives, Looks
from netheed.core.names import Called
from netheed.core.novelties import Met, Novelties, port_words
from netheed.core.pairs import LONG, RECENT, Pairs, PairView
from netheed.core.rows import HostRows
from netheed.core.segments import Floats, Ints, Words, combine
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

PAIRS_A_WINDOW: Final = 256
"""Pairs of one host that are remembered of one window, the busiest; all are counted."""
QUIET: Final = min(PAIRS_A_WINDOW, novelties.A_WINDOW) // 2
"""Connections of a tick in which no host can come to these bounds, though it be at both ends."""


@dataclass(frozen=True, slots=True)
class HostWindows:
    """The scored unit: every host of one tick, one row a host."""

    tick: Tick
    rows: HostRows
    names: list[str]
    sites: list[str]
    """Empty where none is configured."""
    connections: Floats
    """With those that a sample stands for."""
    sampled: Floats
    """The share of them that was taken in, by expectation; 1 where all were."""
    values: NDArray[np.float32]
    """(hosts, len(FEATURES)) in the units of FEATURES."""
    vectors: NDArray[np.float32]
    """The same, transformed."""
    beat_row: Ints
    """Per host the host-row of its most regular pair, -1 without one; likewise the next two."""
    upload_row: Ints
    busiest_row: Ints
    lives: PairLooks
    """The pairs' lives that are looked at with this tick; what names say of them: `named.py`."""
    hours: HourLooks
    """The hosts whose hours are looked at with this tick; what acts say of them: `acted.py`."""
    called: Called = field(default_factory=Called.none)
    """The peers that a notice could name."""
    raised: Raised = field(default_factory=Raised.none)
    """The alerts at these hosts and at those peers."""

    @property
    def peer_rows(self) -> Ints:
        """Host-rows of all peers that a notice could name, ascending."""
        own = (self.beat_row, self.upload_row, self.busiest_row, self.lives.row)
        rows = np.unique(np.concatenate(own))
        return rows[rows >= 0]

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
    max_lives: int = 200_000
    _hosts: Table = field(init=False)
    _pairs: Pairs = field(init=False)
    _novelties: Novelties = field(init=False)
    _lives: Lives = field(init=False)
    _hours: Hours = field(init=False)
    _shed_windows: int = 0
    _shed_pairs: int = 0

    def __post_init__(self) -> None:
        columns: Layout = dict.fromkeys(("seen", *FADING, "first"), ("f8", 0))
        self._hosts = Table(columns, self.max_hosts)
        self._pairs = Pairs(self.max_pairs)
        self._novelties = Novelties(self.max_novelties, self.max_pairs)
        self._lives = Lives(self.max_lives)
        self._hours = Hours(self.max_hosts)

    @property
    def shed(self) -> dict[str, int]:
        """What the caps left out, by cause.

        Windows of hosts because more than `max_hosts` were active at once, and new things and pairs
        that were counted but not remembered.
        """
        return {
            "host_windows": self._shed_windows,
            "novelties": self._novelties.shed,
            "pairs": self._shed_pairs,
            "lives": self._lives.shed,
        }

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
        self._shed_windows, self._novelties.shed, self._shed_pairs, self._lives.shed = state[
            "shed"
        ].tolist()

    def _parts(self) -> dict[str, Table | Pairs | Novelties | Lives | Hours]:
        return {
            "hosts": self._hosts,
            "pairs": self._pairs,
            "novelties": self._novelties,
            "lives": self._lives,
            "hours": self._hours,
        }

    def weigh(self, keys: Words, score: NDArray[np.float32]) -> NDArray[np.float32]:
        """What looks at pairs say together with the earlier ones; see Lives.weigh."""
        return self._lives.weigh(keys, score)

    def forget_evidence(self) -> None:
        """See Lives.forget_evidence."""
        self._lives.forget_evidence()

    def has_room(self, connections: int) -> bool:
        """Whether so many connections make no table forget anything."""
        ends = 2 * connections
        return (
            len(self._hosts) + ends <= self.max_hosts
            and len(self._pairs) + ends <= self.max_pairs
            and self._novelties.has_room(ends)
            and self._lives.has_room(ends)
            and self._hours.has_room(ends)
        )

    def of(self, ticks: Sequence[Tick]) -> list[HostWindows]:
        """The vectors of all hosts of each tick, but of ticks that no host has a part in.

        Several ticks in one call give what they give one by one, if none has more connections than
        QUIET and there is room for all.
        """
        rows, shed = HostRows.of(ticks, self.max_hosts)
        self._shed_windows += shed
        if not len(rows.row):
            return []
        ends = np.array([tick.end for tick in ticks])[rows.tick]
        columns = window_features(rows)
        novelty, met, used = self._novelties.learn(rows, ends)
        columns |= novelty
        columns |= inside_features(rows)
        columns |= self._memory(rows, columns, ends)
        pairs, stand_out, lives = self._stand_out(rows, ends, (met, used), columns)
        columns |= pairs
        looked = self._hours.update(rows.hosts, rows.tick, added(columns), ends)
        values = np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float32)
        looks = (lives, hour_looks(looked, ends))
        return list(_each_tick(ticks, rows, values, stand_out, looks))

    def _memory(self, rows: HostRows, values: dict[str, Floats], ends: Floats) -> dict[str, Floats]:
        """Fading sums per host, and how long the host is known and was silent."""
        hosts = Grouped.by(rows.hosts)
        begins = ends[hosts.order[hosts.firsts]]
        at, known = found = self._hosts.find(hosts.keys)
        seen = np.where(known, self._hosts["seen"][at], begins)
        at, fresh = self._hosts.admit(hosts.keys, ends[hosts.order[hosts.lasts]], found)
        self._hosts["first"][at[fresh]] = begins[fresh]
        first = np.empty(len(ends))
        first[hosts.order] = self._hosts["first"][at][hosts.group]
        idle = ends - hosts.before(ends, seen)
        external = rows.by_host.sum(np.where(rows.external, np.nan_to_num(rows.sent), 0.0))
        dns = (rows.service == DNS) & rows.out
        added = {
            "new_destinations_recent": values["new_destinations"],
            "failures_recent": values["failures_out"],
            "dns_bytes_recent": rows.by_host.sum(np.where(dns, np.nan_to_num(rows.sent), 0.0)),
            "external_sent_long": external,
        }
        result = {"age": (ends - first) / 3600.0, "idle": idle, "external_sent": external}
        for name, constant in FADING.items():
            held = self._hosts[name][at]
            result[name] = hosts.carried(held, added[name], idle, constant)
            self._hosts[name][at] = held
        return result

    def _stand_out(
        self, rows: HostRows, ends: Floats, met: tuple[Met, Met], known: dict[str, Floats]
    ) -> tuple[dict[str, Floats], tuple[Ints, Ints, Ints], PairLooks]:
        """The host's most regular pair, its largest upload and its busiest destination.

        And the pairs' lives that are looked at; `known` are the features of each window so far.
        """
        ours = np.flatnonzero(rows.out & ~rows.to_group)
        ids = rows.by_host.ids[ours]
        port = rows.port[ours].astype(np.uint64) << np.uint64(8)
        key = combine(rows.hosts[ids], rows.peer[ours], port | rows.proto[ours].astype(np.uint64))
        everything = Grouped.by(key, rows.tick[ids])
        pairs = _thinned(everything, ids, self.max_pairs)
        self._shed_pairs += len(everything.keys) - len(pairs.keys)
        first_row = ours[pairs.order[pairs.firsts]]
        pair_host = rows.by_host.ids[first_row]
        view = self._pairs.update(
            pairs,
            rows.start[ours],
            np.nan_to_num(rows.sent[ours]),
            np.nan_to_num(rows.received[ours]),
            ends[pair_host],
        )
        size = rows.by_host.size
        of_host = Grouped.by(pair_host.astype(np.uint64))
        beat = _best(of_host, _beat_strength(view), size)
        upload = _best(of_host, np.where(rows.external[first_row], view.sent, 0.0), size)
        busiest = _best(of_host, pairs.counts().astype(np.float64), size)
        tried = _best(of_host, view.tries, size)
        both = view.sent + view.received
        share = np.divide(view.sent, both, out=np.zeros_like(both), where=both > 0)
        tick = rows.tick[pair_host]
        peer_hosts = self._novelties.knowing(rows.peer[first_row], tick, met[0])
        values = {
            "beat_regularity": _pick(view.regularity, beat),
            "beat_period": _pick(view.period, beat),
            "beats": _pick(view.beats, beat),
            "beat_size_spread": _pick(view.size_spread, beat),
            "beat_peer_hosts": _pick(peer_hosts, beat),
            "upload_long": _pick(view.sent, upload),
            "upload_share": _pick(share, upload),
            "tries_recent": _pick(view.tries, tried),
        } | pair_features(rows, first_row[view.begins])
        lives = self._lived(pairs, ours, view, rows, ends[pair_host])
        beside = {
            "now": ends[pair_host],
            "peer_hosts": peer_hosts,
            "port_hosts": self._novelties.using(port_words(rows, first_row), tick, met[1]),
            "host_age": known["age"][pair_host],
            "host_pairs": np.bincount(pair_host, minlength=size).astype(np.float64)[pair_host],
            "host_connections": known["connections_out"][pair_host],
        }
        return (
            values,
            (_row(first_row, beat), _row(first_row, upload), _row(first_row, busiest)),
            pair_looks(lives, pairs.keys, view, rows, first_row, beside),
        )

    def _lived(
        self, pairs: Grouped, ours: Ints, view: PairView, rows: HostRows, ends: Floats
    ) -> Looks:
        """Learn the pairs' connections one by one; the lives to look at."""
        connections = Connections(
            rows.sent[ours], rows.received[ours], rows.duration[ours], rows.outcome[ours]
        )
        return self._lives.update(pairs, connections, view, ends)


def _thinned(pairs: Grouped, ids: Ints, limit: int) -> Grouped:
    """At most PAIRS_A_WINDOW pairs of each host, the busiest first, and `limit` in all."""
    hosts = ids[pairs.order[pairs.firsts]]
    if len(pairs.keys) <= min(PAIRS_A_WINDOW, limit):
        return pairs
    order = np.lexsort((pairs.keys, -pairs.counts(), hosts))
    starts = np.searchsorted(hosts[order], np.arange(hosts.max() + 1))
    rank = np.arange(len(order)) - starts[hosts[order]]
    chosen = np.zeros(len(order), dtype=np.bool_)
    chosen[order[rank < PAIRS_A_WINDOW][:limit]] = True
    return pairs.select(chosen)


def _beat_strength(view: PairView) -> Floats:
    """How much a pair looks like a beacon: regular, seen often, of one size."""
    enough = np.minimum(view.beats / 12.0, 1.0)
    return view.regularity * (0.5 + 0.5 * enough) * (0.5 + 0.5 * np.exp(-view.size_spread))


def _best(pairs: Grouped, strength: Floats, size: int) -> Ints:
    """Per host the number of its strongest pair, the last of equals; -1 where none is above 0."""
    best = np.full(size, -1, dtype=np.int64)
    if len(pairs.order):
        ordered = strength[pairs.order]
        most = np.maximum.reduceat(ordered, pairs.firsts)[pairs.group]
        strongest = np.flatnonzero((ordered == most) & (ordered > 0))
        best[pairs.keys[pairs.group[strongest]]] = pairs.order[strongest]
    return best


def _pick(values: Floats, index: Ints) -> Floats:
    picked = np.zeros(len(index))
    picked[index >= 0] = values[index[index >= 0]]
    return picked


def _row(first_row: Ints, index: Ints) -> Ints:
    rows = np.full(len(index), -1, dtype=np.int64)
    rows[index >= 0] = first_row[index[index >= 0]]
    return rows


def _each_tick(
    ticks: Sequence[Tick],
    rows: HostRows,
    values: NDArray[np.float32],
    stand_out: tuple[Ints, Ints, Ints],
    looks: tuple[PairLooks, HourLooks],
) -> Iterator[HostWindows]:
    """What was worked out together, tick by tick."""
    connections = rows.by_host.count(np.ones(len(rows.row), dtype=np.bool_))
    sampled = np.bincount(rows.by_host.ids, minlength=rows.by_host.size) / connections
    vectors = transform(values)
    begins = np.searchsorted(rows.by_host.ids, np.arange(rows.by_host.size))
    before, (lives, hours) = 0, looks
    for number, tick in enumerate(ticks):
        windows = slice(*np.searchsorted(rows.tick, (number, number + 1)).tolist())
        if windows.start < windows.stop:
            own = rows if len(ticks) == 1 else rows.of_tick(number, before)
            first = begins[windows.start]
            names, sites = _names(tick, own)
            places = (np.where(row[windows] < 0, -1, row[windows] - first) for row in stand_out)
            beat, upload, busiest = places
            yield HostWindows(
                tick=tick,
                rows=own,
                names=names,
                sites=sites,
                connections=connections[windows],
                sampled=sampled[windows],
                values=values[windows],
                vectors=vectors[windows],
                beat_row=beat,
                upload_row=upload,
                busiest_row=busiest,
                lives=lives.of_tick(windows, first),
                hours=hours.of_tick(windows),
            )
        before += len(tick.rows)


def _names(tick: Tick, rows: HostRows) -> tuple[list[str], list[str]]:
    """The address and the site of each host, as its first row tells them."""
    firsts = np.searchsorted(rows.by_host.ids, np.arange(rows.by_host.size))
    columns, at = tick.columns, tick.order[rows.row[firsts]]
    names = np.where(rows.out[firsts], columns.orig[at], columns.resp[at])
    return names.tolist(), [said.site for said in columns.said[at]]

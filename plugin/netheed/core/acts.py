"""Memory of acts: what each host did at its peers, and what the sensor has raised alerts of.

Event time decides, as for names: an act waits until the window of its time closes, so that what is
known in a window does not depend on how far ahead a log was read. One that comes later helps later
windows.

An alert is no feature, because no recording says what it is worth; it is told beside a notice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from netheed.core import namings
from netheed.core.act_rows import (
    ADMIN_SHARE,
    ALERT,
    FAILED_LOGON,
    KINDS,
    NONE,
    REMOTE_CALL,
    SHOWN,
    ActRows,
    site_word,
)
from netheed.core.grouped import Grouped
from netheed.core.networks import GROUP, LOCAL
from netheed.core.pairs import LONG
from netheed.core.segments import Floats, Ints, Mask, Words, combine
from netheed.core.state import State, joined, part
from netheed.core.table import Layout, Table
from netheed.core.waiting import Waiting

RAISED: Final = 3
"""Alerts that are kept of each host and of each pair, the last ones, each signature once."""

_HOSTS: Final[Layout] = {
    "at": ("f8", 0),
    "acts": ("f4", (len(KINDS),)),
    "peers": ("f4", (len(KINDS),)),
}
"""The time up to which the sums of a host have faded, acts of each kind, and peers at which it did
each kind for the first time."""
_PAIRS: Final[Layout] = {"acts": ("u4", (len(KINDS),))}
"""Acts of each kind in all."""
_ALERTS: Final[Layout] = {"what": ("u8", (RAISED,)), "time": ("f8", (RAISED,))}
"""The signatures, as words, and when each was last raised; the newest first, 0 for none."""
_TEXTS: Final[Layout] = {"text": (f"S{SHOWN}", 0)}
_MOST: Final = 2**32 - 1


class ActFacts(NamedTuple):
    """What acts say of some hosts, an entry each: columns of `hour_vector.ACTS`."""

    admin_peers: Floats
    call_peers: Floats
    failed_logons: Floats
    acts_logged: Floats


@dataclass(frozen=True, slots=True)
class Raised:
    """The alerts at a tick's hosts within eight hours before its end."""

    rows: Ints
    """Host-rows of pairs that have some, ascending."""
    of_pairs: Words
    """(rows, RAISED) words for `Acts.text`, the newest first; 0 for none."""
    hosts: Ints
    """Windows of hosts that have some, ascending."""
    of_hosts: Words
    """(hosts, RAISED), likewise."""

    @classmethod
    def none(cls) -> Self:
        """Nowhere any."""
        numbers, nothing = np.zeros(0, dtype=np.int64), np.zeros((0, RAISED), dtype=np.uint64)
        return cls(numbers, nothing, numbers, nothing)

    def at(self, host: int, row: int) -> list[int]:
        """Words of a host's window, or of the pair of a host-row where that is not negative."""
        asked, known, words = (
            (row, self.rows, self.of_pairs) if row >= 0 else (host, self.hosts, self.of_hosts)
        )
        place = int(known.searchsorted(asked))
        there = place < len(known) and known[place] == asked
        return [word for word in words[place].tolist() if word] if there else []


@dataclass(slots=True, kw_only=True)
class Acts:
    """Acts of hosts and pairs, at most `limit` of each table; the longest unseen go first.

    It takes under 550 bytes for each of `limit`, those that wait included.
    """

    limit: int = 100_000
    hurried: int = 0
    """Acts that were learned before their window closed, because too many waited."""
    _hosts: Table = field(init=False)
    _pairs: Table = field(init=False)
    _at_hosts: Table = field(init=False)
    """Alerts by host."""
    _at_pairs: Table = field(init=False)
    """Alerts by pair."""
    _texts: Table = field(init=False)
    """Signatures by their words."""
    _sites: Words = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    """Whose sensors have logged any act but alerts, ascending; as many as are configured."""
    _waiting: Waiting = field(
        default_factory=lambda: Waiting(NONE, ("host", "peer", "site", "kind", "what"))
    )
    _now: float = 0.0
    """The end of the newest window that was learned for."""

    def __post_init__(self) -> None:
        self._hosts = Table(_HOSTS, self.limit)
        self._pairs = Table(_PAIRS, self.limit)
        self._at_hosts = Table(_ALERTS, self.limit)
        self._at_pairs = Table(_ALERTS, self.limit)
        self._texts = Table(_TEXTS, self.limit)

    def __bool__(self) -> bool:
        """Whether anybody has done anything."""
        return len(self._hosts) > 0

    @property
    def nbytes(self) -> int:
        """Bytes of what is remembered and of what waits."""
        return self._waiting.nbytes + sum(kept.nbytes for kept in self._parts().values())

    @property
    def has_room(self) -> bool:
        """Whether what waits makes no signature forgotten."""
        return len(self._texts) + len(self._waiting) <= self.limit

    def take(self, rows: ActRows) -> None:
        """Let acts wait for the windows of their times."""
        self._waiting.add(rows)
        if len(self._waiting) > self.limit:
            waiting = self._waiting.until(np.inf)
            self.hurried += len(waiting)
            self._learn(waiting, self._now or np.inf)

    def learn(self, end: float) -> None:
        """Take up all acts before the end of a window, which closes now."""
        self._now = max(self._now, end)
        if len(rows := self._waiting.until(end)):
            self._learn(rows, end)

    def of(self, hosts: Words, sites: Sequence[str], now: float) -> ActFacts:
        """What is known of some hosts, address words, and of their sites at a time in seconds."""
        at, known = self._hosts.find(hosts)
        faded = np.where(known, _faded(now - self._hosts["at"][at]), 0.0)[:, None]
        acts, peers = (self._hosts[name][at] * faded for name in ("acts", "peers"))
        logged = np.isin(np.array([site_word(site) for site in sites], np.uint64), self._sites)
        return ActFacts(
            admin_peers=peers[:, ADMIN_SHARE],
            call_peers=peers[:, REMOTE_CALL],
            failed_logons=acts[:, FAILED_LOGON],
            acts_logged=logged.astype(np.float64),
        )

    def raised(self, hosts: Words, rows: Ints, pairs: tuple[Words, Words], now: float) -> Raised:
        """The alerts at the hosts of a tick, and at `pairs` (hosts, peers) of some host-rows."""
        if not len(self._at_hosts):
            return Raised.none()
        of_hosts = _lately(self._at_hosts, hosts, now)
        of_pairs = _lately(self._at_pairs, combine(*pairs), now)
        at_hosts, at_pairs = (np.flatnonzero(each.any(axis=1)) for each in (of_hosts, of_pairs))
        return Raised(rows[at_pairs], of_pairs[at_pairs], at_hosts, of_hosts[at_hosts])

    def text(self, word: int) -> str | None:
        """What a word of `Raised` stands for, None where it was forgotten; hostile text."""
        at, known = self._texts.find(np.array([word], dtype=np.uint64))
        return namings.read(self._texts["text"][at[0]]) if known[0] else None

    def snapshot(self) -> State:
        """All tables, what waits and the counters."""
        parts = {name: kept.snapshot() for name, kept in self._parts().items()}
        return joined(parts) | {
            "sites": self._sites,
            "waiting": self._waiting.all(),
            "hurried": np.array(self.hurried),
            "now": np.array(self._now),
        }

    def restore(self, state: State) -> None:
        """Take up what another instance of the same limit gave. Raises ValueError or KeyError."""
        for name, kept in self._parts().items():
            kept.restore(part(state, name))
        self._waiting.restore(state["waiting"])
        self._sites = state["sites"].astype(np.uint64)
        self.hurried, self._now = int(state["hurried"]), float(state["now"])

    def _parts(self) -> dict[str, Table]:
        return {
            "hosts": self._hosts,
            "pairs": self._pairs,
            "at_hosts": self._at_hosts,
            "at_pairs": self._at_pairs,
            "texts": self._texts,
        }

    def _learn(self, rows: ActRows, now: float) -> None:
        """In pieces that no table is too small for; what says to be later than now is of now."""
        rows = rows.copy()
        rows["time"] = np.minimum(rows["time"], now)
        self._sites = np.union1d(self._sites, rows["site"][rows["kind"] != ALERT])
        step = max(1, self.limit // 2)
        for begin in range(0, len(rows), step):
            piece = _from_local_ends(rows[begin : begin + step])
            self._count(piece)
            self._raise(piece[piece["kind"] == ALERT])

    def _count(self, rows: ActRows) -> None:
        """Acts of each pair and host, and the peers at which a host does a kind first."""
        pairs = Grouped.by(combine(rows["host"], rows["peer"]))
        rows = rows[pairs.order]
        at, _ = self._pairs.admit(pairs.keys, rows["time"][pairs.lasts])
        acts = np.zeros((len(at), len(KINDS)), dtype=np.int64)
        np.add.at(acts, (pairs.group, rows["kind"]), 1)
        held = self._pairs["acts"][at].astype(np.int64)
        self._pairs["acts"][at] = np.minimum(held + acts, _MOST)
        first = np.zeros(len(rows), dtype=np.bool_)
        for kind in range(len(KINDS)):
            own = np.flatnonzero(rows["kind"] == kind)
            group, places = np.unique(pairs.group[own], return_index=True)
            first[own[places[held[group, kind] == 0]]] = True
        self._add(rows, first)

    def _add(self, rows: ActRows, first: Mask) -> None:
        """Add acts to the fading sums of their hosts; `first` are those at a new peer."""
        hosts = Grouped.by(rows["host"])
        rows, first = rows[hosts.order], first[hosts.order]
        latest = np.maximum.reduceat(rows["time"], hosts.firsts)
        at, _ = self._hosts.admit(hosts.keys, latest)
        held = self._hosts["at"][at]
        latest = np.maximum(latest, held)
        worth = _faded(latest[hosts.group] - rows["time"])
        for name, each in (("acts", worth), ("peers", np.where(first, worth, 0.0))):
            sums = self._hosts[name][at] * _faded(latest - held)[:, None]
            np.add.at(sums, (hosts.group, rows["kind"]), each)
            self._hosts[name][at] = sums
        self._hosts["at"][at] = latest

    def _raise(self, rows: ActRows) -> None:
        """Keep the signatures of alerts, and which were raised last at each host and pair."""
        if len(rows):
            texts = Grouped.by(rows["what"])
            last = texts.order[texts.lasts]
            at, _ = self._texts.admit(texts.keys, rows["time"][last])
            self._texts["text"][at] = rows["text"][last]
            _keep(self._at_hosts, rows["host"], rows)
            _keep(self._at_pairs, combine(rows["host"], rows["peer"]), rows)


def _faded(elapsed: Floats) -> Floats:
    """What is left of one after so many seconds."""
    left: Floats = np.exp(-np.maximum(elapsed, 0.0) / LONG)
    return left


def _from_local_ends(rows: ActRows) -> ActRows:
    """Alerts as each local end sees them, or the first where neither is; others as they are."""
    alerts = rows["kind"] == ALERT
    back = rows[alerts & _is_local(rows["peer"])]
    back["host"], back["peer"] = back["peer"].copy(), back["host"].copy()
    from_host = ~alerts | _is_local(rows["host"]) | ~_is_local(rows["peer"])
    rows = np.concatenate([rows[from_host], back])
    return rows[np.argsort(rows["time"], kind="stable")]


def _is_local(words: Words) -> Mask:
    local: Mask = (words & np.uint64(LOCAL | GROUP)) == LOCAL
    return local


def _keep(table: Table, keys: Words, rows: ActRows) -> None:
    """The last RAISED signatures of each key, of those that it has and those that come."""
    own = Grouped.by(keys)
    at, _ = table.admit(own.keys, rows["time"][own.order[own.lasts]])
    group = np.concatenate([np.repeat(np.arange(len(at)), RAISED), own.group])
    what = np.concatenate([table["what"][at].ravel(), rows["what"][own.order]])
    time = np.concatenate([table["time"][at].ravel(), rows["time"][own.order]])
    order = np.lexsort((time, what, group))
    group, what, time = group[order], what[order], time[order]
    last = np.ones(len(order), dtype=np.bool_)
    last[:-1] = (group[1:] != group[:-1]) | (what[1:] != what[:-1])
    chosen = np.flatnonzero(last & (what > 0))
    chosen = chosen[np.lexsort((what[chosen], -time[chosen], group[chosen]))]
    rank = np.arange(len(chosen)) - group[chosen].searchsorted(group[chosen])
    chosen, rank = chosen[rank < RAISED], rank[rank < RAISED]
    for name, values in (("what", what), ("time", time)):
        newest: NDArray[np.generic] = np.zeros((len(at), RAISED), dtype=values.dtype)
        newest[group[chosen], rank] = values[chosen]
        table[name][at] = newest


def _lately(table: Table, keys: Words, now: float) -> Words:
    """(keys, RAISED): what was raised within LONG before a time, the newest first."""
    at, known = table.find(keys)
    time = table["time"][at]
    there = known[:, None] & (time >= now - LONG) & (time < now)
    lately: Words = np.where(there, table["what"][at], np.uint64(0))
    return lately

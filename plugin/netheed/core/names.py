"""Memory of names: what each host calls its peers, and how many hosts know a name or a mark.

Zeek's uid and Suricata's flow_id join a record of names to its connection; here the pair of client
and server does, which is the same join for all that is asked. It survives records that come late or
never, and it holds for DNS, whose answers belong to a connection that has not begun.

Event time decides: a naming waits until the window of its time closes, so that what is known in a
window does not depend on how far ahead a log was read. One that comes later helps later windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

import numpy as np

from netheed.core import namings
from netheed.core.grouped import Grouped
from netheed.core.keys import Keys
from netheed.core.namings import DNS, FACTS, NONE, SHOWN, Namings
from netheed.core.segments import Floats, Ints, Mask, Words, combine
from netheed.core.state import State, joined, part
from netheed.core.table import Layout, Table
from netheed.core.waiting import Waiting

_PAIRS: Final[Layout] = {
    "name": ("u8", 0),
    "first": ("f8", 0),
    "worth": ("f8", 0),
    "resolved": ("f8", 0),
    "kind": ("i1", 0),
}
"""The name of a pair and its kind, when the pair was first named, how much the name is worth, and
when a DNS answer first gave one, infinity for never."""
_SHOWN: Final[Layout] = {"mark": ("u8", 0), "issuer": ("u8", 0)}
"""What the host of a pair showed itself as, and who vouches for the peer; 0 for nothing."""
SPOKEN: Final = 3600.0
"""Seconds for which a name that was spoken to a server stands against answers of DNS, which give
one address to many names."""
_KNOWN: Final[Layout] = {"hosts": ("u4", 0), "first": ("f8", 0)}
_NAMES: Final[Layout] = {**_KNOWN, "generated": ("f4", 0), "text": (f"S{SHOWN}", 0)}


class NameFacts(NamedTuple):
    """What names say of some pairs, an entry each: the columns of `life_vector.NAMED`."""

    host_names: Floats
    """Peers for which the host has a name."""
    named: Floats
    """1 where the host has a name for the peer, else 0."""
    resolved: Floats
    """1 where DNS has given the host this peer's address, else 0."""
    name_hosts: Floats
    """Hosts that know the pair's name, 0 without one."""
    name_age: Floats
    """Hours since anybody first knew that name; 0 without one."""
    generated: Floats
    """How much that name looks made up, from 0 to 1; 0 without one."""
    mark_hosts: Floats
    """Hosts that show the fingerprint, or else the agent, that this one showed the peer; 0 without
    one."""
    mark_age: Floats
    """Hours since anybody first showed it; 0 without one."""
    issuer_hosts: Floats
    """Hosts that met a certificate of the issuer of the peer's; 0 without one."""


@dataclass(frozen=True, slots=True)
class Called:
    """What some peers of a tick's hosts are called at its end."""

    rows: Ints
    """Host-rows, ascending."""
    names: Words
    """A word for each, see `Names.text`; 0 without a name."""

    @classmethod
    def none(cls) -> Self:
        """Nobody has a name."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64))

    def __getitem__(self, row: int) -> int:
        """The word of one host-row; 0 for one that was not asked for."""
        at = int(self.rows.searchsorted(row))
        there = at < len(self.rows) and self.rows[at] == row
        return int(self.names[at]) if there else 0


class Knowing(NamedTuple):
    """Who knows some texts, an entry each."""

    hosts: Floats
    """How many hosts, 0 for none."""
    first: Floats
    """Since when, seconds since the epoch; NaN for never."""


@dataclass(slots=True, kw_only=True)
class Names:
    """Names of pairs, at most `limit` of each table; the longest unseen go first.

    It takes under 550 bytes for each of `limit`, those that wait included.
    """

    limit: int = 100_000
    hurried: int = 0
    """Namings that were learned before their window closed, because too many waited."""
    _pairs: Table = field(init=False)
    _names: Table = field(init=False)
    _marks: Table = field(init=False)
    """Fingerprints, issuers and agents."""
    _shown: Table = field(init=False)
    """By pair, as `_pairs`."""
    _hosts: Table = field(init=False)
    """Who has names for peers."""
    _met: Keys = field(init=False)
    """Which host knows which name or mark."""
    _waiting: Waiting = field(
        default_factory=lambda: Waiting(NONE, ("host", "peer", "name", "kind"))
    )
    _now: float = 0.0
    """The end of the newest window that was learned for."""

    def __post_init__(self) -> None:
        self._pairs = Table(_PAIRS, self.limit)
        self._names = Table(_NAMES, self.limit)
        self._marks = Table(_KNOWN, self.limit)
        self._shown = Table(_SHOWN, self.limit)
        self._hosts = Table({"names": ("u4", 0)}, self.limit)
        self._met = Keys(4 * self.limit)

    @property
    def nbytes(self) -> int:
        """Bytes of what is remembered and of what waits."""
        return self._waiting.nbytes + sum(kept.nbytes for kept in self._parts().values())

    def take(self, rows: Namings) -> None:
        """Let namings wait for the windows of their times."""
        self._waiting.add(rows)
        if len(self._waiting) > self.limit:
            waiting = self._waiting.until(np.inf)
            self.hurried += len(waiting)
            self._learn(waiting, self._now or np.inf)

    def learn(self, end: float) -> None:
        """Take up all namings before the end of a window, which closes now."""
        self._now = max(self._now, end)
        if len(rows := self._waiting.until(end)):
            self._learn(rows, end)

    def __bool__(self) -> bool:
        """Whether anybody has named or shown anything."""
        return len(self._names) + len(self._marks) > 0

    @property
    def has_room(self) -> bool:
        """Whether what waits makes no name forgotten."""
        return len(self._names) + len(self._waiting) <= self.limit

    def of(self, hosts: Words, peers: Words, now: float) -> NameFacts:
        """What is known of some pairs of address words at a time in seconds."""
        pairs = combine(hosts, peers)
        at, known = self._pairs.find(pairs)
        known = known & (self._pairs["first"][at] < now)
        name = np.where(known, self._pairs["name"][at], 0)
        shown, marked = self._shown.find(pairs)
        mark, issuer = (np.where(marked, self._shown[column][shown], 0) for column in _SHOWN)
        host, counted = self._hosts.find(hosts)
        name_at, name_known = self._names.find(name)
        (name_hosts, name_age), (mark_hosts, mark_age), (issuer_hosts, _) = (
            _known_by(table, words, now)
            for table, words in ((self._names, name), (self._marks, mark), (self._marks, issuer))
        )
        return NameFacts(
            host_names=np.where(counted, self._hosts["names"][host], 0).astype(np.float64),
            named=known.astype(np.float64),
            resolved=(known & (self._pairs["resolved"][at] < now)).astype(np.float64),
            name_hosts=name_hosts,
            name_age=name_age,
            generated=np.where(name_known, self._names["generated"][name_at], 0).astype(float),
            mark_hosts=mark_hosts,
            mark_age=mark_age,
            issuer_hosts=issuer_hosts,
        )

    def called(self, hosts: Words, peers: Words) -> Words:
        """A word for the name of each of some pairs of address words; 0 for none."""
        at, known = self._pairs.find(combine(hosts, peers))
        return np.where(known, self._pairs["name"][at], np.uint64(0))

    def text(self, name: int) -> str | None:
        """What a word of `called` stands for; hostile text."""
        at, known = self._names.find(np.array([name], dtype=np.uint64))
        return namings.read(self._names["text"][at[0]]) or None if known[0] else None

    def told(self, host: int, peer: int) -> str | None:
        """What a host calls a peer, both address words; hostile text."""
        words = np.array([host, peer], dtype=np.uint64)
        return self.text(int(self.called(words[:1], words[1:])[0]))

    def knowing(self, what: str, texts: Sequence[str]) -> Knowing:
        """How many hosts know each name, or show each mark; `what` is `name` or one of FACTS."""
        table = self._names if what == "name" else self._marks
        words = np.array([namings.word(what, text) for text in texts], dtype=np.uint64)
        at, known = table.find(words)
        first = np.where(known, table["first"][at], np.nan)
        return Knowing(np.where(known, table["hosts"][at], 0).astype(np.float64), first)

    def snapshot(self) -> State:
        """All tables, what waits and the counters."""
        parts = {name: kept.snapshot() for name, kept in self._parts().items()}
        return joined(parts) | {
            "waiting": self._waiting.all(),
            "hurried": np.array(self.hurried),
            "now": np.array(self._now),
        }

    def restore(self, state: State) -> None:
        """Take up what another instance of the same limit gave. Raises ValueError or KeyError."""
        for name, kept in self._parts().items():
            kept.restore(part(state, name))
        self._waiting.restore(state["waiting"])
        self.hurried, self._now = int(state["hurried"]), float(state["now"])

    def _parts(self) -> dict[str, Table | Keys]:
        return {
            "pairs": self._pairs,
            "names": self._names,
            "marks": self._marks,
            "shown": self._shown,
            "hosts": self._hosts,
            "met": self._met,
        }

    def _learn(self, rows: Namings, now: float) -> None:
        """In pieces that no table is too small for; what says to be later than now is of now."""
        rows = rows.copy()
        rows["time"] = np.minimum(rows["time"], now)
        step = max(1, self.limit // len(FACTS))
        for begin in range(0, len(rows), step):
            piece = rows[begin : begin + step]
            self._name_pairs(piece[(piece["peer"] > 0) & (piece["name"] > 0)])
            self._meet_names(piece[piece["name"] > 0])
            self._meet_marks(piece)
            self._show(piece[piece["peer"] > 0])

    def _name_pairs(self, rows: Namings) -> None:
        """The name of each pair, and when it was first named."""
        resolved = np.where(rows["kind"] == DNS, rows["time"], np.inf)
        worth = np.where(rows["kind"] == DNS, rows["time"], rows["time"] + SPOKEN)
        by_worth = np.argsort(worth, kind="stable")
        rows, worth, resolved = rows[by_worth], worth[by_worth], resolved[by_worth]
        pairs = Grouped.by(combine(rows["host"], rows["peer"]))
        if not len(pairs.keys):
            return
        table, last = self._pairs, pairs.order[pairs.lasts]
        times = rows["time"][pairs.order]
        at, fresh = table.admit(pairs.keys, np.maximum.reduceat(times, pairs.firsts))
        self._count(rows["host"][last][fresh], rows["time"][last][fresh])
        table["first"][at[fresh]] = table["resolved"][at[fresh]] = np.inf
        for name, values in (("first", times), ("resolved", resolved[pairs.order])):
            earliest = np.minimum.reduceat(values, pairs.firsts)
            table[name][at] = np.minimum(table[name][at], earliest)
        better = worth[last] >= table["worth"][at]
        table["worth"][at[better]] = worth[last][better]
        for name in ("name", "kind"):
            table[name][at[better]] = rows[name][last][better]

    def _count(self, hosts: Words, times: Floats) -> None:
        """Hosts that have named one more peer each."""
        each = Grouped.by(hosts)
        if len(each.keys):
            at, _ = self._hosts.admit(
                each.keys, np.maximum.reduceat(times[each.order], each.firsts)
            )
            self._hosts["names"][at] += each.counts().astype(np.uint32)

    def _show(self, rows: Namings) -> None:
        """What hosts showed each peer, and who vouches for it: the last of each."""
        mark = np.where(rows["ja4"] > 0, rows["ja4"], rows["ja3"])
        mark = np.where(mark > 0, mark, rows["agent"])
        for column, words in (("mark", mark), ("issuer", rows["issuer"])):
            said = np.flatnonzero(words)
            pairs = Grouped.by(combine(rows["host"][said], rows["peer"][said]))
            last = said[pairs.order[pairs.lasts]]
            at, _ = self._shown.admit(pairs.keys, rows["time"][last])
            self._shown[column][at] = words[last]

    def _meet_names(self, rows: Namings) -> None:
        at, firsts = self._meet(self._names, rows["host"], rows["name"], rows["time"])
        for name in ("generated", "text"):
            self._names[name][at] = rows[name][firsts]

    def _meet_marks(self, rows: Namings) -> None:
        marks = np.concatenate([rows[fact] for fact in FACTS])
        shown = np.flatnonzero(marks)
        row = shown % max(1, len(rows))
        self._meet(self._marks, rows["host"][row], marks[shown], rows["time"][row])

    def _meet(self, table: Table, hosts: Words, words: Words, times: Floats) -> tuple[Ints, Ints]:
        """Count the hosts of each word; its place in the table, and the first row that has it."""
        each = Grouped.by(words)
        if not len(each.keys):
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        first = np.minimum.reduceat(times[each.order], each.firsts)
        at, fresh = table.admit(each.keys, np.maximum.reduceat(times[each.order], each.firsts))
        table["first"][at[fresh]] = np.inf
        table["first"][at] = np.minimum(table["first"][at], first)
        new = self._new(hosts, words, times, each.keys[fresh])
        table["hosts"][at] += np.bincount(
            each.keys.searchsorted(new), minlength=len(each.keys)
        ).astype(np.uint32)
        return at, each.order[each.firsts]

    def _new(self, hosts: Words, words: Words, times: Floats, forgotten: Words) -> Words:
        """The word of each host and word that were not met; of one forgotten, all are new."""
        things = Grouped.by(combine(hosts, words))
        row = things.order[things.firsts]
        found = self._met.find(things.keys)
        again: Mask = np.isin(words[row], forgotten)
        self._met.admit(things.keys, times[things.order[things.lasts]], found)
        return words[row][~found.known | again]


def _known_by(table: Table, words: Words, now: float) -> tuple[Floats, Floats]:
    """How many hosts know each word, and for how many hours; 0 where nobody does."""
    at, known = table.find(words)
    age = np.maximum(now - table["first"][at], 0.0) / 3600.0
    hosts = np.where(known, table["hosts"][at], 0).astype(np.float64)
    return hosts, np.where(known, age, 0.0)

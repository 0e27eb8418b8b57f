"""Memory of names: what each host calls its peers, and how many hosts know a name or a mark.

Zeek's uid and Suricata's flow_id join a record of names to its connection; here the pair of client
and server does, which is the same join for all that is asked. It survives records that come late or
never, and it holds for DNS, whose answers belong to a connection that has not begun.

Event time decides: a naming waits until the window of its time closes, so that what is known in a
window does not depend on how far ahead a log was read. One that comes later helps later windows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from netheed.core import namings
from netheed.core.grouped import Grouped
from netheed.core.keys import Keys
from netheed.core.namings import DNS, FACTS, NAMING, NONE, SHOWN, Namings
from netheed.core.segments import Floats, Ints, Mask, Words, combine
from netheed.core.state import State, joined, part
from netheed.core.table import Layout, Table

_PAIRS: Final[Layout] = {
    "name": ("u8", 0),
    "first": ("f8", 0),
    "worth": ("f8", 0),
    "resolved": ("f8", 0),
    "kind": ("i1", 0),
}
"""The name of a pair and its kind, when the pair was first named, how much the name is worth, and
when a DNS answer first gave one, infinity for never."""
SPOKEN: Final = 3600.0
"""Seconds for which a name that was spoken to a server stands against answers of DNS, which give
one address to many names."""
_KNOWN: Final[Layout] = {"hosts": ("u4", 0), "first": ("f8", 0)}
_NAMES: Final[Layout] = {**_KNOWN, "generated": ("f4", 0), "text": (f"S{SHOWN}", 0)}


class NameFacts(NamedTuple):
    """What names say of some pairs, an entry each."""

    named: Floats
    """1 where the host has a name for the peer, else 0."""
    resolved_before: Floats
    """Seconds since DNS first gave the host this peer's address, NaN where it never did."""
    name_hosts: Floats
    """Hosts that know the pair's name, 0 without one."""
    generated: Floats
    """How much that name looks made up, from 0 to 1; 0 without one."""


class Knowing(NamedTuple):
    """Who knows some texts, an entry each."""

    hosts: Floats
    """How many hosts, 0 for none."""
    first: Floats
    """Since when, seconds since the epoch; NaN for never."""


@dataclass(slots=True, kw_only=True)
class Names:
    """Names of pairs, at most `limit` of each table; the longest unseen go first.

    It takes under 500 bytes for each of `limit`, those that wait included.
    """

    limit: int = 100_000
    hurried: int = 0
    """Namings that were learned before their window closed, because too many waited."""
    _pairs: Table = field(init=False)
    _names: Table = field(init=False)
    _marks: Table = field(init=False)
    """Fingerprints, issuers and agents."""
    _met: Keys = field(init=False)
    """Which host knows which name or mark."""
    _waiting: Namings = field(default_factory=lambda: NONE)
    """In the order of `_in_order`."""
    _came: list[Namings] = field(default_factory=list)
    """What came since; it waits too."""
    _now: float = 0.0
    """The end of the newest window that was learned for."""

    def __post_init__(self) -> None:
        self._pairs = Table(_PAIRS, self.limit)
        self._names = Table(_NAMES, self.limit)
        self._marks = Table(_KNOWN, self.limit)
        self._met = Keys(4 * self.limit)

    @property
    def nbytes(self) -> int:
        """Bytes of what is remembered and of what waits."""
        waiting = sum(rows.nbytes for rows in (self._waiting, *self._came))
        return waiting + sum(kept.nbytes for kept in self._parts().values())

    def take(self, rows: Namings) -> None:
        """Let namings wait for the windows of their times."""
        if len(rows):
            self._came.append(rows)
            if len(self._waiting) + sum(map(len, self._came)) > self.limit:
                waiting, self._waiting = self._in_order(), NONE
                self.hurried += len(waiting)
                self._learn(waiting, self._now or np.inf)

    def learn(self, end: float) -> None:
        """Take up all namings before the end of a window, which closes now."""
        self._now = max(self._now, end)
        rows = self._in_order()
        first_later = int(np.searchsorted(rows["time"], end))
        if first_later:
            self._waiting = rows[first_later:]
            self._learn(rows[:first_later], end)

    def of(self, hosts: Words, peers: Words, now: Floats) -> NameFacts:
        """What is known of some pairs of address words, each at a time in seconds."""
        at, known = self._pairs.find(combine(hosts, peers))
        known = known & (self._pairs["first"][at] < now)
        name, name_known = self._names.find(self._pairs["name"][at])
        name_known = name_known & known
        resolved = self._pairs["resolved"][at]
        before = known & (resolved < now)
        return NameFacts(
            named=known.astype(np.float64),
            resolved_before=np.subtract(now, resolved, out=_nothing(len(at)), where=before),
            name_hosts=np.where(name_known, self._names["hosts"][name], 0).astype(np.float64),
            generated=np.where(name_known, self._names["generated"][name], 0.0).astype(np.float64),
        )

    def told(self, host: int, peer: int) -> str | None:
        """What a host calls a peer, both address words; hostile text."""
        words = np.array([host, peer], dtype=np.uint64)
        at, known = self._pairs.find(combine(words[:1], words[1:]))
        name, name_known = self._names.find(self._pairs["name"][at])
        if not (known & name_known).all():
            return None
        return namings.read(self._names["text"][name[0]]) or None

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
            "waiting": self._in_order(),
            "hurried": np.array(self.hurried),
            "now": np.array(self._now),
        }

    def restore(self, state: State) -> None:
        """Take up what another instance of the same limit gave. Raises ValueError or KeyError."""
        for name, kept in self._parts().items():
            kept.restore(part(state, name))
        if state["waiting"].dtype != NAMING:
            raise ValueError("namings of another shape")
        self._waiting, self._came = state["waiting"], []
        self.hurried, self._now = int(state["hurried"]), float(state["now"])

    def _parts(self) -> dict[str, Table | Keys]:
        return {
            "pairs": self._pairs,
            "names": self._names,
            "marks": self._marks,
            "met": self._met,
        }

    def _in_order(self) -> Namings:
        """All that waits, in the order of time, and equal times in one that no reading decides."""
        if self._came:
            rows = np.concatenate([self._waiting, *self._came])
            keys = [rows[name] for name in ("kind", "name", "peer", "host", "time")]
            self._waiting, self._came = rows[np.lexsort(keys)], []
        return self._waiting

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
        table["first"][at[fresh]] = table["resolved"][at[fresh]] = np.inf
        for name, values in (("first", times), ("resolved", resolved[pairs.order])):
            earliest = np.minimum.reduceat(values, pairs.firsts)
            table[name][at] = np.minimum(table[name][at], earliest)
        better = worth[last] >= table["worth"][at]
        table["worth"][at[better]] = worth[last][better]
        for name in ("name", "kind"):
            table[name][at[better]] = rows[name][last][better]

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


def _nothing(size: int) -> Floats:
    return np.full(size, np.nan)

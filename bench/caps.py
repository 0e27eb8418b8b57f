"""What full tables cost: CPU milliseconds a tick and peak memory.

    python -m bench.caps        the default limits
    make bench-caps             a million hosts, ten million pairs, four million lives of pairs,
                                twenty million novelties

Tables are filled in large ticks, then small ticks of mostly new keys go through the same calls that
Features and Sequences make. Only the tables are timed, not the arithmetic of windows.
"""

import argparse
import resource
import time
from dataclasses import dataclass, field, replace

import numpy as np

from netheed.core.grouped import Grouped
from netheed.core.hour_vector import HOURS
from netheed.core.hours import Hours
from netheed.core.keys import Keys
from netheed.core.lives import LONG, Connections, Lives
from netheed.core.pairs import Pairs
from netheed.core.segments import Words, combine
from netheed.core.sequences import Sequences
from netheed.core.table import Table
from netheed.core.vector import STEPS

FILL = 50_000
"""Keys of a tick while filling, where the tables are not smaller."""


@dataclass(slots=True, kw_only=True)
class Caps:
    """Every table that is kept between windows, at given limits."""

    max_hosts: int
    max_pairs: int
    max_lives: int
    max_novelties: int
    hosts: Table = field(init=False)
    peers: Table = field(init=False)
    hours: Hours = field(init=False)
    pairs: Pairs = field(init=False)
    lives: Lives = field(init=False)
    novelties: Keys = field(init=False)
    sequences: Sequences = field(init=False)
    spent: dict[str, float] = field(default_factory=dict)
    """Seconds of this tick, by table."""

    def __post_init__(self) -> None:
        self.hosts = Table({"seen": ("f8", 0), "sums": ("f8", 5)}, self.max_hosts)
        self.peers = Table({"hosts": ("u4", 0)}, self.max_pairs)
        self.hours = Hours(self.max_hosts)
        self.pairs = Pairs(self.max_pairs)
        self.lives = Lives(self.max_lives)
        self.novelties = Keys(self.max_novelties)
        self.sequences = Sequences(width=len(STEPS), max_hosts=self.max_hosts, steps=STEPS)

    def tick(self, hosts: Words, keys: Words, now: float) -> None:
        """Hosts active, and as many connections as keys, each with a pair of its own."""
        size = len(keys)
        # New peers and destinations; ports and services are known.
        met = ((keys, 0), (keys, 1), (keys[:8] % 64, 2), (keys[:8] % 64, 3))
        words = np.unique(np.concatenate([combine(k, np.full(1, kind, "u8")) for k, kind in met]))
        began = time.process_time()
        self.novelties.admit(words, np.full(len(words), now), self.novelties.find(words))
        began = self._spend("novelties", began)
        peers = np.unique(combine(keys))
        began = time.process_time()
        self.peers.admit(peers, now)
        self.peers.find(peers)
        began = self._spend("peers", began)
        self.hosts.admit(hosts, now, self.hosts.find(hosts))
        began = self._spend("hosts", began)
        minute = np.ones((len(hosts), len(HOURS)), dtype=np.float32)
        self.hours.update(hosts, np.zeros(len(hosts), dtype="i8"), minute, np.full(len(hosts), now))
        self._spend("hours", began)
        # Half of the pairs have two connections and so a ring, and half have a long one and a life.
        grouped = Grouped.by(np.concatenate((keys, keys[: size // 2])))
        starts = now - 60.0 + np.arange(len(grouped.order)) * 1e-3
        sent = np.full(len(starts), 1e3)
        duration = np.where(np.arange(len(starts)) < size // 2, LONG, 1.0)
        connections = Connections(sent, sent, duration, np.zeros(len(starts), dtype="i1"))
        ends = np.full(len(grouped.keys), now)
        began = time.process_time()
        view = self.pairs.update(grouped, starts, sent, sent, ends)
        began = self._spend("pairs", began)
        self.lives.update(grouped, connections, view, ends)
        began = self._spend("lives", began)
        self.sequences.push(hosts, np.ones((len(hosts), len(STEPS)), dtype=np.float32), now)
        self._spend("sequences", began)

    @property
    def nbytes(self) -> int:
        """Bytes of all tables."""
        told = (self.hosts, self.hours, self.peers, self.pairs, self.lives)
        return sum(part.nbytes for part in (*told, self.novelties, self.sequences))

    def _spend(self, name: str, began: float) -> float:
        ended = time.process_time()
        self.spent[name] = self.spent.get(name, 0.0) + ended - began
        return ended


def main() -> None:
    """Fill, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, default=50_000)
    parser.add_argument("--pairs", type=int, default=500_000)
    parser.add_argument("--lives", type=int, default=200_000)
    parser.add_argument("--novelties", type=int, default=2_000_000)
    parser.add_argument("--ticks", type=int, default=2_000)
    arguments = parser.parse_args()
    caps = Caps(
        max_hosts=arguments.hosts,
        max_pairs=arguments.pairs,
        max_lives=arguments.lives,
        max_novelties=arguments.novelties,
    )
    empty, parts = fullness(caps, arguments.ticks)
    whole = parts.sum(axis=1)
    _tell(caps, whole, parts)
    print(f"with empty tables: mean {empty.mean():.2f} ms, median {np.median(empty):.2f};", end=" ")
    print(f"full tables add {whole.mean() - empty.mean():.2f} ms a tick (goal 1)")


def fullness(caps: Caps, ticks: int) -> tuple[np.ndarray, np.ndarray]:
    """Milliseconds of ticks with empty tables, and of each table once all are full."""
    few, fill = min(ticks, 500), min(FILL, caps.max_novelties // 4, caps.max_pairs // 2)
    empty = _ticks(replace(caps, spent={}), np.random.default_rng(2), 1.6e9, few).sum(axis=1)
    rng, now, filled = np.random.default_rng(1), 1.7e9, 0
    while min(filled - caps.max_pairs, 2 * filled - caps.max_novelties) < fill:
        now, filled = now + 60, filled + fill
        hosts = np.unique(rng.integers(0, 2**63, min(fill, caps.max_hosts // 8), dtype="u8"))
        caps.tick(hosts, _fresh(rng, fill), now)
    return empty, _ticks(caps, rng, now, ticks)


def _ticks(caps: Caps, rng: np.random.Generator, now: float, count: int) -> np.ndarray:
    """Milliseconds of ticks of 50 hosts and 100 new keys, (ticks, tables)."""
    hosts, parts = _fresh(rng, 50), []
    for _ in range(count):
        now, caps.spent = now + 60, {}
        hosts = np.unique(np.concatenate((hosts[:40], _fresh(rng, 10))))
        caps.tick(hosts, _fresh(rng, 100), now)
        parts.append(list(caps.spent.values()))
    return np.array(parts) * 1e3


def _fresh(rng: np.random.Generator, size: int) -> Words:
    return np.unique(rng.integers(0, 2**63, size, dtype=np.uint64))


def _tell(caps: Caps, whole: np.ndarray, parts: np.ndarray) -> None:
    tables = {
        "hosts": (len(caps.hosts), caps.max_hosts),
        "sequences": (caps.sequences.hosts, caps.max_hosts),
        "hours": (len(caps.hours), caps.max_hosts),
        "pairs": (len(caps.pairs.table), caps.max_pairs),
        "lives": (len(caps.lives), caps.max_lives),
        "peers": (len(caps.peers), caps.max_pairs),
        "novelties": (len(caps.novelties), caps.max_novelties),
    }
    for column, name in enumerate(caps.spent):
        rows, limit = tables[name]
        if rows > limit:
            raise SystemExit(f"{name}: {rows} rows in a table of {limit}")
        mean, worst = parts[:, column].mean(), parts[:, column].max()
        print(f"{name:10} {rows:9} of {limit:9} rows  {mean:6.3f} ms a tick, worst {worst:6.1f}")
    median, high = np.quantile(whole, (0.5, 0.99))
    print(f"a tick: mean {whole.mean():.2f} ms, median {median:.2f}, 99 % {high:.2f},", end=" ")
    print(f"worst {whole.max():.0f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"tables {caps.nbytes / 2**20:.0f} MiB, peak memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()

"""Every pair that was looked at, ranked: for hunters, whatever the threshold of notices is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from netheed.core.life_vector import CONTEXT, plain
from netheed.core.names import Names
from netheed.pipeline import ScoredTick
from netheed.records import Beacon

MOST: Final = 100_000
"""Pairs that are kept for a list."""
_AT: Final = {name: at for at, name in enumerate(CONTEXT)}


@dataclass(slots=True)
class Ranking:
    """The pairs of a run: what was last seen of each, with the highest score of its looks."""

    most: int
    """Pairs that are kept; past it the last ones are left out."""
    names: Names
    """What hosts call their peers."""
    external: bool = False
    """Only pairs with a peer outside."""
    hosts: frozenset[str] = frozenset()
    """Only pairs of these addresses; of all where there are none."""
    _left: NDArray[np.uint64] = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    """Keys of pairs that were left out once, ascending; some may have come again."""
    _pairs: dict[int, Beacon] = field(default_factory=dict)
    """By the key of the pair."""

    @property
    def left_out(self) -> int:
        """Pairs that are not kept, each counted once however often it was seen."""
        return int(np.count_nonzero(~np.isin(self._left, self._keys())))

    def take(self, ticks: Iterable[ScoredTick]) -> None:
        """Take in the looks of some ticks, in the order of time."""
        for tick in ticks:
            keys = tick.windows.lives.key.tolist()
            for at in self._wanted(tick):
                self._pairs[keys[at]] = self._beacon(tick, at, self._pairs.get(keys[at]))
            if len(self._pairs) > 2 * self.most:
                self._shorten()

    def ranked(self) -> list[Beacon]:
        """The least p-value first, then the highest score; equal ones by host and peer."""
        self._shorten()
        return sorted(self._pairs.values(), key=_rank)

    def _shorten(self) -> None:
        if len(self._pairs) > self.most:
            self._left = np.union1d(self._left, self._keys())
            kept = sorted(self._pairs.items(), key=lambda pair: _rank(pair[1]))[: self.most]
            self._pairs = dict(kept)

    def _keys(self) -> NDArray[np.uint64]:
        return np.fromiter(self._pairs, dtype=np.uint64, count=len(self._pairs))

    def _wanted(self, tick: ScoredTick) -> list[int]:
        """The looks of a tick that are asked for."""
        lives, names = tick.windows.lives, tick.windows.names
        wanted = np.ones(len(lives), dtype=np.bool_)
        if self.external:
            wanted &= lives.context[:, _AT["external"]] > 0.5
        if self.hosts:
            wanted &= np.array([names[host] in self.hosts for host in lives.host], dtype=np.bool_)
        return np.flatnonzero(wanted).tolist()

    def _beacon(self, tick: ScoredTick, at: int, before: Beacon | None) -> Beacon:
        windows, pairs = tick.windows, tick.scores.pairs
        lives, rows = windows.lives, windows.rows
        host, row = int(lives.host[at]), int(lives.row[at])
        facts = plain(lives.context[at], CONTEXT)
        said = {name: float(facts[place]) for name, place in _AT.items()}
        now = windows.tick.end
        [last] = windows.tick.connections(rows.row[[row]])
        found = Beacon(
            host=windows.names[host],
            site=windows.sites[host] or None,
            peer=windows.peer_at(row),
            peer_name=self.names.told(int(rows.hosts[host]), int(rows.peer[row])),
            port=int(rows.port[row]),
            proto=last.proto,
            service=last.service,
            connections=round(said["connections"]),
            first_seen=now - 3600.0 * said["span"],
            last_seen=now,
            period=said["period"] or None,
            jitter=1.0 - said["regularity"] if said["period"] else None,
            size_sameness=float(np.exp(-said["size_spread"])),
            persistence=said["persistence"],
            peer_hosts=round(said["peer_hosts"]),
            score=float(pairs.score[at]),
            p_value=float(pairs.p_value[at]),
            kind=pairs.names[int(pairs.kinds[at].argmax())],
        )
        if before is None or np.isnan(before.score) or before.score <= found.score:
            return found
        kept = {name: getattr(before, name) for name in ("score", "p_value", "kind")}
        return structs.replace(found, **kept)


def _rank(beacon: Beacon) -> tuple[float, float, str, str, int]:
    """What the model could not say anything of comes last."""
    p_value, below = (
        np.inf if np.isnan(value) else value for value in (beacon.p_value, -beacon.score)
    )
    return p_value, below, beacon.host, beacon.peer, beacon.port

"""Every pair that was looked at, ranked: for hunters, whatever the threshold of notices is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from msgspec import structs

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
    """Pairs that are kept; past it those of the lowest scores are left out."""
    names: Names
    """What hosts call their peers."""
    left_out: int = 0
    _pairs: dict[int, Beacon] = field(default_factory=dict)
    """By the key of the pair."""

    def take(self, ticks: Iterable[ScoredTick]) -> None:
        """Take in the looks of some ticks, in the order of time."""
        for tick in ticks:
            for at, key in enumerate(tick.windows.lives.key.tolist()):
                self._pairs[key] = self._beacon(tick, at, self._pairs.get(key))
            if len(self._pairs) > 2 * self.most:
                self._shorten()

    def ranked(self) -> list[Beacon]:
        """The oddest first; equal ones by host and peer."""
        self._shorten()
        return sorted(self._pairs.values(), key=_rank)

    def _shorten(self) -> None:
        excess = len(self._pairs) - self.most
        if excess > 0:
            kept = sorted(self._pairs.items(), key=lambda pair: _rank(pair[1]))[: self.most]
            self._pairs = dict(kept)
            self.left_out += excess

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
        if before is None or before.score <= found.score:
            return found
        kept = {name: getattr(before, name) for name in ("score", "p_value", "kind")}
        return structs.replace(found, **kept)


def _rank(beacon: Beacon) -> tuple[float, str, str, int]:
    return -beacon.score, beacon.host, beacon.peer, beacon.port

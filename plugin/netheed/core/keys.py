"""Keys of which nothing is remembered but when each was last seen."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from netheed.core.index import LAST_SECOND, Index, Indexes
from netheed.core.segments import Floats, Ints, Mask, Words
from netheed.core.state import State


class Found(NamedTuple):
    """Where keys stand, each in one index at the most."""

    main: Ints
    late: Ints
    in_main: Mask
    in_late: Mask

    @property
    def known(self) -> Mask:
        """Which keys are there."""
        return self.in_main | self.in_late

    def take(self, some: Ints) -> "Found":
        """Of some of the keys."""
        return Found(self.main[some], self.late[some], self.in_main[some], self.in_late[some])


@dataclass(slots=True)
class Keys:
    """Keys alone, at most `limit`, 12 bytes each; the longest unseen go first."""

    limit: int
    _index: Indexes = field(default_factory=Indexes)
    """Keys and when each was last seen, in whole seconds."""

    def __len__(self) -> int:
        return len(self._index)

    @property
    def nbytes(self) -> int:
        """Bytes of all keys."""
        return 12 * len(self)

    def snapshot(self) -> State:
        """Keys, ascending, and when they were seen."""
        self._index.merge()
        return {"keys": self._index.main.keys, "seen": self._index.main.numbers}

    def restore(self, state: State) -> None:
        """Take up the keys of another instance of the same limit. Raises ValueError."""
        keys, seen = state["keys"].astype(np.uint64), state["seen"].astype(np.uint32)
        self._index = Indexes(Index.restored(keys, seen, self.limit))

    def find(self, keys: Words) -> Found:
        """Where each key is."""
        main, in_main = self._index.main.place(keys)
        late, in_late = self._index.late.place(keys)
        return Found(main, late, in_main, in_late)

    def admit(self, keys: Words, now: Floats, found: Found) -> None:
        """Remember distinct, sorted keys as seen now, after making room.

        `now` has a time for each key; `found` is what `find` has just said of them. Raises
        ValueError when more keys than the limit come at once.
        """
        if len(keys) > self.limit:
            raise ValueError(f"{len(keys)} keys at once for a table of {self.limit}")
        seen = np.clip(now, 0.0, LAST_SECOND).astype(np.uint32)
        index = self._index
        index.main.numbers[found.main[found.in_main]] = seen[found.in_main]
        index.late.numbers[found.late[found.in_late]] = seen[found.in_late]
        fresh = np.flatnonzero(~found.known)
        if len(fresh):
            self._make_room(len(fresh), keys)
            self._index.insert(keys[fresh], seen[fresh])

    def _make_room(self, wanted: int, needed: Words) -> None:
        """Drop the longest unseen, but none of those that are needed, however many must go."""
        excess = len(self) + wanted - self.limit
        if excess <= 0:
            return
        self._index.merge()
        main = self._index.main
        at, there = main.place(needed)
        offered = np.ones(len(main.keys), dtype=np.bool_)
        offered[at[there]] = False
        places = np.flatnonzero(offered)
        excess = min(len(places), excess + self.limit // 16)
        kept = np.ones(len(main.keys), dtype=np.bool_)
        kept[places[np.argpartition(main.numbers[places], excess - 1)[:excess]]] = False
        self._index.main = main.only(kept)

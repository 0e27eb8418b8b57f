"""The last windows of every host, as the model reads them."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.memory import Table
from netheed.core.segments import Words
from netheed.core.state import State, joined, part

LENGTH: Final = 32
"""Windows in a sequence, the newest last; only windows in which the host was active count."""


@dataclass(slots=True, kw_only=True)
class Sequences:
    """A ring of transformed vectors for each host; the hosts longest unseen make room.

    Vectors are kept as float16 (64 bytes per 32 features): after `vector.transform` all values
    are below 64, where float16 resolves better than one part in a thousand.
    """

    width: int
    """Features in a vector."""
    length: int = LENGTH
    max_hosts: int = 50_000
    _hosts: Table = field(init=False)
    _rings: NDArray[np.float16] = field(init=False)
    _free: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._hosts = Table({"slot": ("i4", 0), "count": ("i8", 0)}, self.max_hosts)
        self._rings = np.zeros((0, self.length, self.width), dtype=np.float16)

    @property
    def nbytes(self) -> int:
        """Bytes of all rings and of what finds them."""
        return self._rings.nbytes + self._hosts.nbytes

    @property
    def hosts(self) -> int:
        """Hosts that have a ring."""
        return len(self._hosts)

    def push(self, hosts: Words, vectors: NDArray[np.float32], now: float) -> None:
        """Append one transformed vector to each host; `hosts` are distinct and ascending."""
        at, fresh = self._hosts.admit(hosts, now)
        self._hosts["slot"][at[fresh]] = self._slots(int(np.count_nonzero(fresh)))
        slot, count = self._hosts["slot"][at], self._hosts["count"][at]
        self._rings[slot, count % self.length] = vectors
        self._hosts["count"][at] = count + 1

    def read(self, hosts: Words) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """What the model reads of known hosts.

        Returns sequences (hosts, length, width), oldest first, padded with zeros in front, and
        their mask (hosts, length), True where a window is. The caller takes few hosts at once: a
        host's sequence is 8 KB.
        """
        at, _ = self._hosts.find(hosts)
        slot, count = self._hosts["slot"][at], self._hosts["count"][at]
        back = np.arange(self.length - 1, -1, -1)
        position = (count[:, None] - 1 - back) % self.length
        mask = back < count[:, None]
        rings: NDArray[np.float32] = self._rings[slot[:, None], position].astype(np.float32)
        rings[~mask] = 0.0
        return rings, mask

    def snapshot(self) -> State:
        """The hosts with their rings, each host's ring at its place among the hosts."""
        return joined({"hosts": self._hosts.snapshot()}) | {
            "rings": self._rings[self._hosts["slot"]]
        }

    def restore(self, state: State) -> None:
        """Take up what another instance of the same width and length gave."""
        self._hosts.restore(part(state, "hosts"))
        self._hosts["slot"][:] = np.arange(len(self._hosts))
        self._rings = state["rings"].astype(np.float16)
        self._free = []

    def past(self, hosts: Words) -> NDArray[np.float32]:
        """All kept vectors of known hosts but their newest, as one (n, width) table."""
        at, known = self._hosts.find(hosts)
        slot, count = self._hosts["slot"][at[known]], self._hosts["count"][at[known]]
        order = np.arange(self.length)
        newest = (count[:, None] - 1) % self.length
        kept = (order < count[:, None]) & (order != newest)
        past: NDArray[np.float32] = self._rings[slot][kept].astype(np.float32)
        return past

    def newest(self, limit: int) -> tuple[Words, NDArray[np.float32]]:
        """The newest vector of up to `limit` hosts, those seen last first: (hosts, vectors)."""
        order = np.argsort(-self._hosts["seen"].astype(np.float64), kind="stable")[:limit]
        slot, count = self._hosts["slot"][order], self._hosts["count"][order]
        vectors = self._rings[slot, (count - 1) % self.length]
        return self._hosts.keys[order], vectors.astype(np.float32)

    def _slots(self, wanted: int) -> NDArray[np.int64]:
        """Rings that belong to no host; those of hosts that were dropped come back here."""
        if len(self._free) < wanted:
            taken = self._hosts["slot"][self._hosts["count"] > 0]
            self._grow(len(taken) + wanted)
            everything = np.arange(len(self._rings))
            self._free = np.setdiff1d(everything, taken)[::-1].tolist()
        return np.array([self._free.pop() for _ in range(wanted)], dtype=np.int64)

    def _grow(self, needed: int) -> None:
        if needed <= len(self._rings):
            return
        size = max(needed, len(self._rings) * 5 // 4, 64)
        larger = np.zeros((size, *self._rings.shape[1:]), dtype=np.float16)
        larger[: len(self._rings)] = self._rings
        self._rings = larger

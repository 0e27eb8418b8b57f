"""The last windows of every host, as the model reads them."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.grouped import Grouped
from netheed.core.segments import Ints, Words
from netheed.core.state import State
from netheed.core.table import Layout, Table

LENGTH: Final = 16
"""Windows in a sequence, the newest last; only windows in which the host was active count."""
_MOST: Final = 4095


@dataclass(slots=True, kw_only=True)
class Sequences:
    """A ring of transformed vectors for each host; the hosts longest unseen make room.

    A value is kept in twelve bits, as the number of steps from zero: first the upper eight bits of
    every feature, then the lower four, those of a feature of the first half beside those of one of
    the second. A vector of 63 features is 95 bytes.
    """

    width: int
    """Features in a vector."""
    length: int = LENGTH
    max_hosts: int = 50_000
    steps: NDArray[np.float32] | float = 1 / 128
    """What a step of each feature is worth; values beyond 4,095 steps are kept as that."""
    _hosts: Table = field(init=False)

    def __post_init__(self) -> None:
        shape = (self.length, self.width + self._half)
        layout: Layout = {"count": ("u4", 0), "rings": ("u1", shape)}
        self._hosts = Table(layout, self.max_hosts)

    @property
    def nbytes(self) -> int:
        """Bytes of all rows and of what finds them."""
        return self._hosts.nbytes

    @property
    def hosts(self) -> int:
        """Hosts that have a ring."""
        return len(self._hosts)

    def push(self, hosts: Words, vectors: NDArray[np.float32], now: float) -> None:
        """Append one transformed vector to each host; `hosts` are distinct and ascending."""
        at, _ = self._hosts.admit(hosts, now)
        count = self._hosts["count"][at]
        self._hosts["rings"][at, count % self.length] = self._packed(vectors)
        self._hosts["count"][at] = count + 1

    def has_room(self, hosts: int) -> bool:
        """Whether so many hosts make no other one forgotten."""
        return len(self._hosts) + hosts <= self.max_hosts

    def ahead(self, hosts: Words, vectors: NDArray[np.float32]) -> "Ahead":
        """What `read` would give after each of these vectors was pushed, one after the other.

        A host may come several times. Nothing is kept.
        """
        windows = Grouped.by(hosts)
        at, known = self._hosts.find(windows.keys)
        held = np.where(known, self._hosts["count"][at], 0).astype(np.int64)
        entry = np.argsort(windows.order)
        return Ahead(self, windows, at, held, self._packed(vectors), entry)

    def read(self, hosts: Words) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """What the model reads of known hosts.

        Returns sequences (hosts, length, width), oldest first, padded with zeros in front, and
        their mask (hosts, length), True where a window is. The caller takes few hosts at once: a
        host's sequence is 4 KB.
        """
        at, _ = self._hosts.find(hosts)
        count = self._hosts["count"][at].astype(np.int64)
        back = np.arange(self.length - 1, -1, -1)
        position = (count[:, None] - 1 - back) % self.length
        mask = back < count[:, None]
        # Rows of a fresh host are zero, and so are the vectors in front of its first.
        return self.unpacked(self._hosts["rings"][at[:, None], position]), mask

    @property
    def rings(self) -> NDArray[np.uint8]:
        """The packed vectors of all hosts, by their places."""
        return self._hosts["rings"]

    def snapshot(self) -> State:
        """The hosts with their rings."""
        return self._hosts.snapshot()

    def restore(self, state: State) -> None:
        """Take up what another instance of the same width, length and steps gave.

        Raises ValueError where they are others.
        """
        if state["rings"].shape[1:] != self._hosts["rings"].shape[1:]:
            raise ValueError("sequences of another length or width")
        self._hosts.restore(state)

    def past(self, hosts: Words) -> NDArray[np.float32]:
        """All kept vectors of known hosts but their newest, as one (n, width) table."""
        at, known = self._hosts.find(hosts)
        count = self._hosts["count"][at[known]].astype(np.int64)
        order = np.arange(self.length)
        newest = (count[:, None] - 1) % self.length
        kept = (order < count[:, None]) & (order != newest)
        return self.unpacked(self._hosts["rings"][at[known]][kept])

    def newest(self, limit: int) -> tuple[Words, NDArray[np.float32]]:
        """The newest vector of up to `limit` hosts, those seen last first: (hosts, vectors)."""
        hosts, at = self._hosts.ascending()
        order = np.argsort(-self._hosts["seen"][at].astype(np.int64), kind="stable")[:limit]
        count = self._hosts["count"][at[order]].astype(np.int64)
        vectors = self._hosts["rings"][at[order], (count - 1) % self.length]
        return hosts[order], self.unpacked(vectors)

    @property
    def _half(self) -> int:
        return (self.width + 1) // 2

    def _packed(self, vectors: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Vectors (..., width) as bytes (..., width + half)."""
        steps = np.clip(np.rint(vectors / self.steps), 0, _MOST).astype(np.uint16)
        lower = (steps & 15).astype(np.uint8)
        lower[..., : self.width - self._half] |= lower[..., self._half :] << 4
        upper = (steps >> 4).astype(np.uint8)
        return np.concatenate((upper, lower[..., : self._half]), axis=-1)

    def unpacked(self, packed: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The inverse of `_packed`."""
        both = packed[..., self.width :]
        lower = np.concatenate((both & 15, both >> 4), axis=-1)[..., : self.width]
        values = packed[..., : self.width].astype(np.float32)
        values *= 16
        values += lower.astype(np.float32)
        values *= self.steps
        return values


@dataclass(frozen=True, slots=True)
class Ahead:
    """Sequences as they will be."""

    sequences: Sequences
    windows: Grouped
    """By host."""
    at: Ints
    """Where each host's ring is; anywhere where it has none yet."""
    held: Ints
    """How many windows each host has had."""
    packed: NDArray[np.uint8]
    """One vector a window."""
    entry: Ints
    """The place of each window among those of all hosts, host by host."""

    def read(self, first: int, last: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Of some of the windows, those from one number up to another; see Sequences.read."""
        windows, length = self.windows, self.sequences.length
        entry = self.entry[first:last]
        host = windows.group[entry]
        held, begin = self.held[host][:, None], windows.firsts[host][:, None]
        # The number of the window that stands at each place of the sequence.
        number = held + (entry[:, None] - begin) - np.arange(length - 1, -1, -1)
        rings = self.sequences.rings[self.at[host][:, None], number % length]
        new, mask = number >= held, number >= 0
        rings[new] = self.packed[windows.order[(begin + number - held)[new]]]
        if not mask.all():
            rings[~mask] = 0
        return self.sequences.unpacked(rings), mask

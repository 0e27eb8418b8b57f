"""What a node of Zeek has told so far, and what of it never came.

Each batch of a node has a number, and says how many connections the node had published before it:
what lies between that and what came is lost, to the connection.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

from netheed.errors import StateError
from netheed.zeek.wire import Batch

REMEMBERED: Final = 64
"""Batches by which one that comes again is known."""


class Arrival(NamedTuple):
    """What a batch says of those before it."""

    is_new: bool = True
    """Else it came before."""
    restarted: bool = False
    """The node's Zeek has begun anew."""
    batches: int = 0
    """That never came."""
    connections: int | None = 0
    """In them; None where the node does not say."""
    dropped: int = 0
    """Connections that the node dropped itself since the last batch."""


AGAIN: Final = Arrival(is_new=False)


class _Face(NamedTuple):
    """Equal for the same batch."""

    sent: int | None
    size: int
    first: str


@dataclass(slots=True)
class Node:
    """How far a node has come: its position is `seq:count:dropped`, `-` for what it did not say."""

    seq: int
    """Of its last batch."""
    count: int | None
    """Connections that it has published, with its last batch."""
    dropped: int | None
    _recent: deque[tuple[int, _Face]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    @classmethod
    def joined_at(cls, batch: Batch) -> Self:
        """A node that is heard of for the first time: what it said before is no loss."""
        if batch.seq == 0:
            return cls.begun()
        return cls(batch.seq - 1, batch.sent, batch.dropped)

    @classmethod
    def begun(cls) -> Self:
        """A Zeek that has said nothing yet."""
        return cls(-1, 0, 0)

    @classmethod
    def at(cls, position: str) -> Self:
        """Raises StateError for what is no position."""
        parts = position.split(":")
        try:
            seq, count, dropped = [None if part == "-" else int(part) for part in parts]
        except ValueError:
            raise StateError(f"{position!r} is no position of a Zeek node") from None
        if seq is None:
            raise StateError(f"{position!r} is no position of a Zeek node")
        return cls(seq, count, dropped)

    @property
    def position(self) -> str:
        """Where it goes on."""
        told = (self.seq, self.count, self.dropped)
        return ":".join("-" if value is None else str(value) for value in told)

    def take(self, batch: Batch) -> Arrival:
        """The next batch that came."""
        face = _face(batch)
        if self._came_before(batch, face):
            return AGAIN
        restarted = self._is_of_a_new_zeek(batch)
        if restarted:
            self.seq, self.count, self.dropped = -1, 0, 0
            self._recent.clear()
        arrival = Arrival(
            restarted=restarted,
            batches=batch.seq - self.seq - 1,
            connections=self._missed(batch),
            dropped=max(0, batch.dropped - (self.dropped or 0)) if batch.dropped else 0,
        )
        self._recent.append((batch.seq, face))
        self.seq, self.dropped = batch.seq, batch.dropped
        self.count = None if batch.sent is None else batch.sent + batch.size
        return arrival

    def _came_before(self, batch: Batch, face: _Face) -> bool:
        if batch.seq > self.seq:
            return False
        if (batch.seq, face) in self._recent:
            return True
        # After a restart of ours only the position tells.
        same = batch.sent is not None and batch.sent + batch.size == self.count
        return batch.seq == self.seq and same and not self._recent

    def _is_of_a_new_zeek(self, batch: Batch) -> bool:
        """Its number or its count of connections goes back."""
        if batch.seq <= self.seq:
            return True
        return batch.sent is not None and self.count is not None and batch.sent < self.count

    def _missed(self, batch: Batch) -> int | None:
        if batch.seq == self.seq + 1 and None in (batch.sent, self.count):
            return 0
        if batch.sent is None or self.count is None:
            return None
        return batch.sent - self.count


def _face(batch: Batch) -> _Face:
    first = batch.conns[0].uid.data if batch.conns else ""
    return _Face(batch.sent, batch.size, first)

"""Lines between the thread that receives them and the one that decodes them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Final

from netheed.sources.lines import BLOCK

ROOM: Final = 64 << 20
"""Bytes that wait at most: at 30,000 flows a second some four seconds."""
FLOW: Final = b'"event_type":"flow"'

Lines = list[bytes | None]
"""None stands for a line that is too long to be held."""


@dataclass(slots=True)
class Received:
    """Bounded: past the bound the oldest lines are dropped, and the flows among them counted."""

    room: int = ROOM
    clock: Callable[[], float] = monotonic
    """Seconds."""
    _waiting: deque[tuple[float, int, Lines]] = field(default_factory=deque)
    """When they came, and their bytes."""
    _size: int = 0
    _lost: int = 0
    _lock: Lock = field(default_factory=Lock)

    def put(self, lines: Lines) -> None:
        """At the end. The newest are always kept, whatever their size."""
        if not lines:
            return
        size = sum(len(line) for line in lines if line)
        with self._lock:
            self._waiting.append((self.clock(), size, lines))
            self._size += size
            while self._size > self.room and len(self._waiting) > 1:
                _, dropped, oldest = self._waiting.popleft()
                self._size -= dropped
                self._lost += _flows(oldest)

    def take(self, most: int = BLOCK) -> Lines:
        """The oldest lines, about so many bytes of them, without waiting."""
        taken: Lines = []
        with self._lock:
            while self._waiting and most > 0:
                _, size, lines = self._waiting.popleft()
                self._size -= size
                most -= size
                taken.extend(lines)
        return taken

    def lost(self) -> int:
        """Flows that were dropped since this was asked last."""
        with self._lock:
            lost, self._lost = self._lost, 0
        return lost

    def age(self) -> float:
        """Seconds for which the oldest line has waited; 0 for none."""
        with self._lock:
            return self.clock() - self._waiting[0][0] if self._waiting else 0.0

    def __len__(self) -> int:
        """Bytes that wait."""
        return self._size


def _flows(lines: Lines) -> int:
    return sum(FLOW in line for line in lines if line)

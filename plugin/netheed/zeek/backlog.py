"""Frames between the thread that reads a line and the one that decodes them."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Backlog:
    """Bounded in frames and in bytes; past a bound the oldest frames are dropped and counted."""

    most: int = 4096
    """Frames."""
    most_bytes: int = 64 << 20
    weigh: Callable[[bytes], int] = lambda _: 1
    """What a frame counts for when it is dropped."""
    dropped: int = 0
    clock: Callable[[], float] = time.monotonic
    """Seconds."""
    _waiting: deque[bytes] = field(default_factory=deque)
    _came: deque[float] = field(default_factory=deque)
    """When each of them came."""
    _size: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def put(self, frame: bytes) -> None:
        """At the end. The newest is always kept, whatever its size."""
        with self._changed:
            self._waiting.append(frame)
            self._came.append(self.clock())
            self._size += len(frame)
            while len(self._waiting) > 1 and self._is_over():
                oldest = self._waiting.popleft()
                self._came.popleft()
                self._size -= len(oldest)
                self.dropped += self.weigh(oldest)
            self._changed.notify_all()

    def take(self, count: int) -> tuple[list[bytes], int]:
        """The oldest frames, without waiting, and how many had been dropped in all by then."""
        with self._changed:
            taken = [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]
            self._size -= sum(map(len, taken))
            for _ in taken:
                self._came.popleft()
            return taken, self.dropped

    def wait(self, count: int, timeout: float) -> bool:
        """Whether so many frames are waiting, after at most so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._waiting) >= count, timeout)

    @property
    def lag(self) -> float:
        """Seconds for which the oldest frame has waited."""
        with self._changed:
            return self.clock() - self._came[0] if self._came else 0.0

    def __len__(self) -> int:
        return len(self._waiting)

    def _is_over(self) -> bool:
        return len(self._waiting) > self.most or self._size > self.most_bytes

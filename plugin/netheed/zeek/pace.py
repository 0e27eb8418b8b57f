"""When to do something again: how long to wait before a new attempt, how many in a second."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FIRST: Final = 0.2
LONGEST: Final = 30.0


@dataclass(slots=True)
class Backoff:
    """Waits that double, each drawn between half of it and all, so that clients come one by one."""

    random: Callable[[], float]
    """From 0 to 1."""
    first: float = FIRST
    """Seconds."""
    longest: float = LONGEST
    _attempts: int = 0

    def next(self) -> float:
        """Seconds to wait before the next attempt."""
        full = min(self.longest, self.first * 2.0 ** min(self._attempts, 32))
        self._attempts += 1
        return full * (0.5 + 0.5 * self.random())

    def reset(self) -> None:
        """It went well."""
        self._attempts = 0


@dataclass(slots=True)
class Pace:
    """At most so many in a second, evenly."""

    per_second: float
    _next: float = 0.0

    def wait(self, now: float) -> float:
        """Seconds until the one that is asked for may go; it is taken to go then."""
        at = max(now, self._next)
        self._next = at + 1.0 / self.per_second
        return at - now


@dataclass(slots=True)
class Sparse:
    """Whether to tell of something again: the 1st, 2nd, 4th, 8th ... time of each kind."""

    seen: dict[str, int]

    def __call__(self, kind: str) -> bool:
        """Count one; whether it is to be told."""
        count = self.seen[kind] = self.seen.get(kind, 0) + 1
        return count & (count - 1) == 0

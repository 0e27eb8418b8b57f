"""How long the oldest bytes of a growing log have waited to be read, by looks at its size."""

from collections import deque
from dataclasses import dataclass, field
from typing import Final, NamedTuple

APART: Final = 0.02
"""Seconds between two looks that are kept, at least."""


class _Look(NamedTuple):
    time: float
    size: int


@dataclass(slots=True)
class Waited:
    """Of one open file. What stood in it when it was opened has waited for nobody here."""

    opened: float
    """When that was, monotonic seconds."""
    found: int
    """Bytes that were there already."""
    _looks: deque[_Look] = field(init=False)

    def __post_init__(self) -> None:
        self._looks = deque([_Look(self.opened, self.found)])

    def look(self, now: float, size: int) -> None:
        """The file is so large now."""
        looks = self._looks
        is_near = len(looks) > 1 and now < looks[-2].time + APART
        if looks[-1].size == size or is_near:
            looks.pop()
        looks.append(_Look(now, size))

    def seconds(self, now: float, read_to: int) -> float | None:
        """At most so long; None as long as what was found there is not read."""
        if read_to < self.found:
            return None
        while len(self._looks) > 1 and self._looks[1].size <= read_to:
            self._looks.popleft()
        # Unread bytes came after the last look at which there were none, also those not seen yet.
        return now - self._looks[0].time

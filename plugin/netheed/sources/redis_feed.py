"""What a thread that holds a connection to a Redis does with it, and what a source takes."""

from dataclasses import dataclass, field
from typing import Final, Protocol

from redis import Redis

from netheed.ports import Position

RECORDS: Final = 512
"""Taken at once."""
BLOCK: Final = 1 << 18
"""Bytes of them, unless one alone is larger: what is decoded of more falls out of the cache."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some records, in the order in which Suricata gave them."""

    lines: list[bytes | None]
    """None is one longer than lines.LONGEST_LINE."""
    position: Position
    number: int = 0
    """Of the first record; they count from 0."""
    lost: dict[str, int] = field(default_factory=dict)
    """Causes, with what never came before this."""


class Feed(Protocol):
    """The ways in which a Redis gives records. `begin`, `turn` and `end` are the thread's."""

    def begin(self, redis: Redis) -> None:
        """A new connection, perhaps to a Redis that was restarted."""
        ...

    def turn(self) -> float:
        """Take what there is; then so many seconds may pass. Raises what the client raises."""
        ...

    def end(self) -> None:
        """The connection is given up by us."""
        ...

    def resume(self, position: Position) -> None:
        """Where to go on, before the thread begins. Raises ValueError where that cannot be."""
        ...

    def forget(self, position: Position) -> None:
        """What came before is safe."""
        ...

    def take(self, most: int) -> Piece | None:
        """What has come, at most about so many records; never waits."""
        ...

    @property
    def lag(self) -> float | None:
        """See live.LiveSource."""
        ...

    @property
    def left(self) -> int:
        """Records that have come and would be lost if they were not taken any more."""
        ...

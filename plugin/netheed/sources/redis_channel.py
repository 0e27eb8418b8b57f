"""Records that a Redis publishes (Suricata's mode `channel`).

Nobody keeps them: what comes while nobody listens is lost, and nobody knows how much that was.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from redis import Redis

from netheed.ports import Position
from netheed.sources.lines import LONGEST_LINE
from netheed.sources.redis_feed import Piece
from netheed.zeek.backlog import Backlog

WAITING: Final = 100_000
"""Records that wait to be decoded."""
LISTEN: Final = 0.1
"""Seconds for which a turn waits for a record."""
FLOW: Final = b'"event_type":"flow"'
"""As Suricata writes it."""


def flows(record: bytes) -> int:
    """How many connections are lost with a record."""
    return int(FLOW in record)


@dataclass(slots=True, kw_only=True, eq=False)
class ChannelFeed:
    """One channel. See redis_feed.Feed."""

    key: str
    backlog: Backlog = field(default_factory=lambda: Backlog(most=WAITING, weigh=flows))
    _channel: Any = None
    _number: int = 0
    _dropped: int = 0
    """Connections that the backlog had dropped when it was asked last."""

    def begin(self, redis: Redis) -> None:
        """See redis_feed.Feed."""
        untyped: Any = redis
        self._channel = untyped.pubsub(ignore_subscribe_messages=True)
        self._channel.subscribe(self.key)

    def turn(self) -> float:
        """One record; it is waited for here."""
        message = self._channel.get_message(timeout=LISTEN)
        if message is not None and isinstance(record := message["data"], bytes):
            # One byte more than may be is enough to know it.
            self.backlog.put(record[: LONGEST_LINE + 1])
        return 0.0

    def end(self) -> None:
        """See redis_feed.Feed."""
        self._channel.close()

    def resume(self, position: Position) -> None:
        """There is nothing to go on with."""

    def forget(self, position: Position) -> None:
        """Nobody keeps anything."""

    def take(self, most: int) -> Piece | None:
        """See redis_feed.Feed."""
        records, dropped = self.backlog.take(most)
        lost, self._dropped = dropped - self._dropped, dropped
        if not records and not lost:
            return None
        number, self._number = self._number, self._number + len(records)
        lines = [None if len(record) > LONGEST_LINE else record for record in records]
        return Piece(lines, "", number, {"queue": lost} if lost else {})

    @property
    def lag(self) -> float | None:
        """Of the oldest record that waits here."""
        return self.backlog.lag

    @property
    def left(self) -> int:
        """All that waits."""
        return len(self.backlog)

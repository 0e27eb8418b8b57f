"""A thread that holds a connection to a Redis, and makes it again for as long as it takes.

Events of the log: `redis_connected` (where), `redis_failed` (where, reason).
"""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Final

from redis import Redis

from netheed.logs import info, warn
from netheed.sources.redis_client import FAILURES, TIMEOUT
from netheed.sources.redis_feed import Feed
from netheed.zeek.frames import shown
from netheed.zeek.pace import Backoff, Sparse

LEAVING: Final = TIMEOUT + 1.0
"""Seconds that the thread may take to end."""
WELL: Final = frozenset(["redis_connected"])


def logged(event: str, **fields: Any) -> None:
    """A warning, unless all is well."""
    tell = info if event in WELL else warn
    tell(event, **fields)


@dataclass(slots=True)
class Told:
    """Tells of a place, and seldom of what happens often. Only one thread may have it."""

    where: str
    tell: Callable[..., Any] = logged
    """Takes an event and its fields."""
    sparse: Sparse = field(default_factory=lambda: Sparse({}))

    def __call__(self, event: str, **fields: str | int) -> None:
        """Whatever stands in the fields, a terminal may show it."""
        if self.sparse(event):
            safe = {n: shown(text) if isinstance(text, str) else text for n, text in fields.items()}
            self.tell(event, where=self.where, **safe)


@dataclass(slots=True, kw_only=True, eq=False)
class RedisLine:
    """Lets a feed work from `start` to `stop`."""

    connect: Callable[[], Redis]
    feed: Feed
    tell: Told
    backoff: Backoff = field(default_factory=lambda: Backoff(random.random))
    stopped: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        """Begin to connect."""
        self._thread = Thread(target=self._run, name=self.tell.where, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the connection and the thread."""
        self.stopped.set()
        if self._thread is not None:
            self._thread.join(LEAVING)

    def _run(self) -> None:
        while not self.stopped.is_set():
            try:
                with self.connect() as redis:
                    self._serve(redis)
            except FAILURES as error:
                self.tell("redis_failed", reason=str(error) or type(error).__name__)
                self.stopped.wait(self.backoff.next())

    def _serve(self, redis: Redis) -> None:
        self.feed.begin(redis)
        pause = self.feed.turn()
        self.backoff.reset()
        self.tell("redis_connected")
        while not self.stopped.wait(pause):
            pause = self.feed.turn()
        # One that does not answer any more need not know.
        with suppress(*FAILURES):
            self.feed.end()

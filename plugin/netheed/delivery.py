"""Notices to their sinks: each sink in a thread of its own, so that a dead one delays itself alone.

What is to be delivered waits in the store, on disk; a thread only ever takes the oldest, gives them
to its sink and says that they were taken. Whatever fails is tried again, later and later.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from typing import Final

from netheed.errors import NetheedError
from netheed.logs import log
from netheed.records import Notice
from netheed.sinks import LiveSink, Tended
from netheed.store import Store

AT_ONCE: Final = 32
"""Notices given to a sink in one call."""
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 60.0
"""Seconds between two tries at a sink that does not take anything."""
TENDED_EVERY: Final = 1.0
"""Seconds between two turns of a sink that is tended."""
LOOK_UP: Final = 0.1
"""Seconds between two looks at whether a sink has finished."""


@dataclass(slots=True, kw_only=True)
class Delivery:
    """One sink and what is on its way there."""

    name: str
    sink: LiveSink
    store: Store
    failures: int = 0
    delivered: int = 0
    _more: Event = field(default_factory=Event)
    _stopping: Event = field(default_factory=Event)
    _left: bool = False
    _thread: Thread | None = None

    def start(self) -> None:
        """Begin with what an earlier run has left."""
        self._more.set()
        self._thread = Thread(target=self._run, name=f"sink {self.name}", daemon=True)
        self._thread.start()

    def tell(self) -> None:
        """There are more notices in the store."""
        self._more.set()

    def finish(self) -> None:
        """Deliver what can be delivered at once, and end."""
        self._stopping.set()
        self._more.set()

    def leave(self) -> None:
        """Hear no more of it."""
        self._left = True

    def ended(self, timeout: float) -> bool:
        """Whether it has, after at most so many seconds."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        pause, last = FIRST_PAUSE, False
        patience = TENDED_EVERY if isinstance(self.sink, Tended) else None
        while not last:
            self._more.wait(patience)
            self._more.clear()
            last, before = self._stopping.is_set(), self.delivered
            try:
                self._deliver()
                pause = FIRST_PAUSE
            except NetheedError as error:
                self.failures += 1
                pause = pause if self.delivered == before else FIRST_PAUSE  # it lives
                if not self._left:
                    again = {} if last else {"again_in": pause}
                    log.warning("sink_failed", sink=self.name, reason=str(error), **again)
                if not last:
                    self._stopping.wait(pause)  # whoever stops cuts it short, for a last try
                    pause = min(2 * pause, LONGEST_PAUSE)
                    self._more.set()
        self.sink.close()

    def _deliver(self) -> None:
        """All that waits, and what is due without. Raises NetheedError where one refuses."""
        while waiting := self.store.pending(self.name, AT_ONCE):
            self.sink.write(waiting)
            self.store.delivered(self.name, waiting)
            self.delivered += len(waiting)
        if isinstance(self.sink, Tended):
            self.sink.tend()


@dataclass(frozen=True, slots=True)
class Deliveries:
    """All sinks of a daemon."""

    store: Store
    to: Sequence[Delivery]

    def take(self, notices: Sequence[Notice]) -> list[Notice]:
        """Make notices durable and send them on their way; gives those that are no repeats.

        Raises NetheedError where the store cannot take them.
        """
        if not notices:
            return []
        new = self.store.add(notices, [delivery.name for delivery in self.to])
        for delivery in self.to:
            delivery.tell()
        return new

    def end(self, patience: float, meanwhile: Callable[[], None] = lambda: None) -> list[str]:
        """Let all finish at the same time; names those that have not after so many seconds.

        `meanwhile` is called now and then.
        """
        for delivery in self.to:
            delivery.finish()
        deadline = monotonic() + patience
        for delivery in self.to:
            while not delivery.ended(LOOK_UP) and monotonic() < deadline:
                meanwhile()
        left = [delivery for delivery in self.to if not delivery.ended(0.0)]
        for delivery in left:
            delivery.leave()
        return [delivery.name for delivery in left]

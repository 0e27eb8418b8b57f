"""A way to a Zeek and back: what source and sink need of it, whatever protocol it speaks.

Whatever came is a frame of Zeek's WebSocket: what reads it, and guards against it, is there once.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event, Lock, Thread, current_thread
from time import monotonic
from typing import Any, Final

from netheed.errors import NetheedError
from netheed.logs import info, warn
from netheed.ports import Problem
from netheed.zeek.backlog import Backlog
from netheed.zeek.encode import Verdict
from netheed.zeek.frames import shown
from netheed.zeek.pace import Backoff, Pace, Sparse

CONN_TOPIC: Final = "netheed/conn/"
SEEN_TOPIC: Final = "netheed/seen/"
TOPICS: Final = (CONN_TOPIC, SEEN_TOPIC)
PER_SECOND: Final = 20.0
"""Events to Zeek, which queues 32."""
LEAVING: Final = 11.0
"""Seconds that a thread may take to end."""


@dataclass(slots=True)
class Counts:
    """What went over a line."""

    frames: int = 0
    size: int = 0
    """Bytes of the frames."""
    connects: int = 0
    """Connections that Zeek acknowledged."""
    failures: int = 0
    """Attempts and connections that came to an end."""
    errors: int = 0
    """Errors that Zeek, or the library that talks to it, told of."""
    unknown: int = 0
    """Frames that are neither an event of our topics nor a known word of the server."""
    oversized: int = 0
    """Frames over the limit; each ended its connection."""
    published: int = 0


WELL: Final = frozenset(["zeek_connected", "zeek_node_joined"])


def logged(event: str, **fields: Any) -> None:
    """A warning, unless all is well."""
    tell = info if event in WELL else warn
    tell(event, **fields)


@dataclass(slots=True, kw_only=True, eq=False)
class Line(ABC):
    """Reads from `start` to `stop`, and publishes while it is connected. Safe from any thread.

    One thread reads; what it reads waits for whoever decodes it.
    """

    backlog: Backlog = field(default_factory=Backlog)
    """Frames of CONN_TOPIC, in their order."""
    backoff: Backoff = field(default_factory=lambda: Backoff(random.random))
    pace: Pace = field(default_factory=lambda: Pace(PER_SECOND))
    tell: Callable[..., Any] = logged
    """Takes an event and its fields."""
    clock: Callable[[], float] = monotonic
    """Seconds."""
    counts: Counts = field(default_factory=Counts)
    stopped: Event = field(default_factory=Event)
    last_error: str = ""
    """What Zeek said last, when it refused something."""
    on_seen: Callable[[bytes], None] | None = None
    """Takes the frames of SEEN_TOPIC, in the reader's thread."""
    _told: Sparse = field(default_factory=lambda: Sparse({}))
    _ready: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)
    _thread: Thread | None = None

    @property
    @abstractmethod
    def where(self) -> str:
        """What its records and errors are told to come from."""

    @abstractmethod
    def problems(self) -> Iterator[Problem]:
        """Why Zeek cannot be talked to at this moment."""

    @abstractmethod
    def encoded(self, verdict: Verdict, /) -> Any:
        """What `publish` takes. Raises ValueError where Zeek could not take it."""

    @property
    def connected(self) -> bool:
        """Whether Zeek answers."""
        return self._ready.is_set()

    def wait_until_connected(self, timeout: float) -> bool:
        """Whether it is, after at most so many seconds."""
        return self._ready.wait(timeout)

    def start(self) -> None:
        """Begin to connect and read, once; a stopped line stays stopped.

        Raises NetheedError where that can never be.
        """
        with self._lock:
            if self._thread is None and not self.stopped.is_set():
                self._prepare()
                self._thread = Thread(target=self._run, name=self.where, daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End the connection and the thread; what waits in the backlog may still be taken."""
        self.stopped.set()
        self._interrupt()
        if self._thread is not None:
            self._thread.join(LEAVING)

    def publish(self, frame: Any, /) -> None:
        """Send an event, when the pace allows. Raises NetheedError where it cannot be sent."""
        if current_thread() is self._thread:
            raise RuntimeError("the thread that reads must not wait")
        with self._lock:
            wait = self.pace.wait(self.clock())
        self.stopped.wait(wait)
        if not self.connected:
            raise NetheedError(f"{self.where}: not connected")
        self._send(frame)
        self.counts.published += 1

    def _prepare(self) -> None:  # noqa: B027 - most need nothing
        """What the thread wants to find."""

    def _interrupt(self) -> None:  # noqa: B027 - a thread may look by itself
        """Wake the thread, which is to end."""

    @abstractmethod
    def _run(self) -> None:
        """The thread, until `stopped`."""

    @abstractmethod
    def _send(self, frame: Any, /) -> None:
        """Raises NetheedError."""

    def _tell(self, event: str, **fields: str) -> None:
        if self._told(event):
            safe = {name: shown(text) for name, text in fields.items()}
            self.tell(event, where=self.where, **safe)

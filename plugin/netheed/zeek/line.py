"""A way to a Zeek and back: what source and sink need of it, whatever protocol it speaks.

Whatever came is a frame of Zeek's WebSocket: what reads it, and guards against it, is there once.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from netheed.ports import Problem
from netheed.zeek.backlog import Backlog
from netheed.zeek.encode import Verdict

CONN_TOPIC: Final = "netheed/conn/"
SEEN_TOPIC: Final = "netheed/seen/"
TOPICS: Final = (CONN_TOPIC, SEEN_TOPIC)


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


class Line(Protocol):
    """Reads from `start` to `stop`, and publishes while it is connected. Safe from any thread."""

    backlog: Backlog
    """Frames of CONN_TOPIC, in their order."""
    stopped: threading.Event
    last_error: str
    """What Zeek said last, when it refused something."""
    on_seen: Callable[[bytes], None] | None
    """Takes the frames of SEEN_TOPIC, in the reader's thread."""

    @property
    def where(self) -> str:
        """What its records and errors are told to come from."""
        ...

    def start(self) -> None:
        """Begin to connect and read, once; a stopped line stays stopped."""
        ...

    def stop(self) -> None:
        """End the connection; what waits in the backlog may still be taken."""
        ...

    def problems(self) -> Iterator[Problem]:
        """Why Zeek cannot be talked to at this moment."""
        ...

    def encoded(self, verdict: Verdict, /) -> Any:
        """What `publish` takes. Raises ValueError where Zeek could not take it."""
        ...

    def publish(self, frame: Any, /) -> None:
        """Send an event, when the pace allows. Raises NetheedError where it cannot be sent."""
        ...

"""The one connection to a Zeek, shared by source and sink: it stays open, or is opened again.

A thread only reads the socket: Zeek cuts off whoever does not read for five seconds, and grows
while somebody reads slowly. What it reads waits in a bounded backlog for whoever decodes it.

Events of the log: `zeek_connected` (where, endpoint, version), `zeek_disconnected` (where, reason),
`zeek_error` (where, code, context), `zeek_unknown_frame` (where, kind). Each is told at its 1st,
2nd, 4th, 8th ... time.
"""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from netheed.errors import NetheedError
from netheed.logs import info, warn
from netheed.ports import Problem
from netheed.zeek.backlog import Backlog
from netheed.zeek.connecting import LARGEST_FRAME, Patience, connected, refusal, subscribe
from netheed.zeek.encode import Verdict, verdict_event
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.frames import Control, control_of, shown, topic_of
from netheed.zeek.line import CONN_TOPIC, SEEN_TOPIC, TOPICS, Counts
from netheed.zeek.pace import Backoff, Pace, Sparse

PER_SECOND: Final = 20.0
"""Events to Zeek, which queues 32."""
_TOO_BIG: Final = 1009
"""The close code for a message over the limit."""


def _log(event: str, **fields: str) -> None:
    tell = info if event == "zeek_connected" else warn
    tell(event, **fields)


@dataclass(slots=True, kw_only=True)
class Link:
    """Reads from `start` to `stop`, and publishes while it is connected. Safe from any thread."""

    endpoint: Endpoint
    topics: tuple[str, ...] = TOPICS
    """Subscribed to for the life of a connection."""
    patience: Patience = field(default_factory=Patience)
    backlog: Backlog = field(default_factory=Backlog)
    largest: int = LARGEST_FRAME
    """Bytes of a frame."""
    backoff: Backoff = field(default_factory=lambda: Backoff(random.random))
    pace: Pace = field(default_factory=lambda: Pace(PER_SECOND))
    tell: Callable[..., Any] = _log
    """Takes an event and its fields."""
    clock: Callable[[], float] = monotonic
    """Seconds, for the pace."""
    counts: Counts = field(default_factory=Counts)
    stopped: threading.Event = field(default_factory=threading.Event)
    last_error: str = ""
    """What Zeek's last error frame said."""
    on_seen: Callable[[bytes], None] | None = None
    """Takes the frames of SEEN_TOPIC, in the reader's thread."""
    _told: Sparse = field(default_factory=lambda: Sparse({}))
    _connection: ClientConnection | None = None
    _running: asyncio.Task[None] | None = None
    _ready: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    @property
    def where(self) -> str:
        """What its records and errors are told to come from."""
        return f"zeek_websocket {self.endpoint.url}"

    @property
    def connected(self) -> bool:
        """Whether Zeek has acknowledged the subscriptions of a connection that is open."""
        return self._ready.is_set()

    def wait_until_connected(self, timeout: float) -> bool:
        """Whether it is, after at most so many seconds."""
        return self._ready.wait(timeout)

    def start(self) -> None:
        """Begin to connect and read, once; a stopped link stays stopped."""
        with self._lock:
            if self._thread is None and not self.stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="zeek-link", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Close the connection and end the thread; what waits in the backlog may still be taken."""
        self.stopped.set()
        if self._running is not None:
            with suppress(RuntimeError):  # it has ended already
                self._running.get_loop().call_soon_threadsafe(self._running.cancel)
        if self._thread is not None:
            self._thread.join(self.patience.opening + self.patience.closing)

    def problems(self) -> Iterator[Problem]:
        """See line.Line."""
        reason = refusal(self.endpoint)
        if reason is not None:
            yield Problem("url", reason)

    def encoded(self, verdict: Verdict, /) -> bytes:
        """See line.Line."""
        return verdict_event(verdict)

    def publish(self, frame: bytes, /) -> None:
        """Send an event, when the pace allows. Raises NetheedError where it cannot be sent."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("the thread that reads must not wait")
        with self._lock:
            wait = self.pace.wait(self.clock())
        self.stopped.wait(wait)
        connection = self._connection
        if connection is None or not self.connected:
            raise NetheedError(f"{self.where}: not connected")
        sending = connection.send(frame, text=True)
        sent = asyncio.run_coroutine_threadsafe(sending, connection.loop)
        try:
            sent.result(self.patience.ping)
        except TimeoutError:
            sent.cancel()
            waited = f"{self.patience.ping:g} s"
            raise NetheedError(f"{self.where}: no room for more within {waited}") from None
        except (OSError, WebSocketException, CancelledError) as error:
            raise NetheedError(f"{self.where}: {_reason(error)}") from None
        self.counts.published += 1

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            asyncio.run(self._stay())

    async def _stay(self) -> None:
        """Connect again and again, until it is cancelled."""
        self._running = asyncio.current_task()
        while not self.stopped.is_set():
            try:
                await self._session()
            except (OSError, WebSocketException, NetheedError, ValueError) as error:
                self._failed(error)  # ValueError: a server that redirects elsewhere
            await asyncio.sleep(self.backoff.next())

    async def _session(self) -> None:
        """One connection, from its opening to its end, which is an error."""
        async with connected(self.endpoint, self.patience, self.largest) as connection:
            self._connection = connection
            try:
                ack = await subscribe(connection, self.topics, self.patience, self._sort)
                self._begun(ack)
                while True:
                    self._sort(await connection.recv(decode=False))
                    self.backoff.reset()
            finally:
                self._ready.clear()
                self._connection = None

    def _begun(self, ack: Control) -> None:
        self.counts.connects += 1
        self._ready.set()
        self._tell("zeek_connected", endpoint=ack.endpoint, version=ack.version)

    def _failed(self, error: Exception) -> None:
        if self.stopped.is_set():
            return
        self.counts.failures += 1
        sent = error.sent if isinstance(error, ConnectionClosed) else None
        self.counts.oversized += sent is not None and sent.code == _TOO_BIG
        self._tell("zeek_disconnected", reason=_reason(error))

    def _sort(self, frame: bytes) -> None:
        """Where a frame goes, decided by its first bytes."""
        self.counts.frames += 1
        self.counts.size += len(frame)
        topic = topic_of(frame)
        if topic is None:
            self._control(control_of(frame))
        elif topic.startswith(CONN_TOPIC):
            self.backlog.put(frame)
        elif topic.startswith(SEEN_TOPIC) and self.on_seen is not None:
            self.on_seen(frame)
        else:
            self._unknown(topic)

    def _control(self, control: Control) -> None:
        if control.type != "error":
            self._unknown(control.type)
            return
        self.counts.errors += 1
        self.last_error = shown(f"{control.code}: {control.context}")
        self._tell("zeek_error", code=control.code, context=control.context)

    def _unknown(self, kind: str) -> None:
        self.counts.unknown += 1
        self._tell("zeek_unknown_frame", kind=kind)

    def _tell(self, event: str, **fields: str) -> None:
        if self._told(event):
            safe = {name: shown(text) for name, text in fields.items()}
            self.tell(event, where=self.where, **safe)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__

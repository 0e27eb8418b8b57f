"""The one connection to a Zeek, shared by source and sink: it stays open, or is opened again.

A thread only reads the socket: Zeek cuts off whoever does not read for five seconds, and grows
while somebody reads slowly. What it reads waits in a bounded backlog for whoever decodes it.

Events of the log: `zeek_connected` (where, endpoint, version), `zeek_disconnected` (where, reason),
`zeek_error` (where, code, context), `zeek_unknown_frame` (where, kind). Each is told at its 1st,
2nd, 4th, 8th ... time.
"""

import asyncio
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, WebSocketException

from netheed.errors import NetheedError
from netheed.ports import Problem
from netheed.zeek.connecting import LARGEST_FRAME, Patience, connected, reason, refusal, subscribe
from netheed.zeek.encode import Verdict, verdict_event
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.frames import Control, control_of, shown, topic_of
from netheed.zeek.line import CONN_TOPIC, SEEN_TOPIC, TOPICS, Line

_TOO_BIG: Final = 1009
"""The close code for a message over the limit."""


@dataclass(slots=True, kw_only=True, eq=False)
class Link(Line):
    """See line.Line."""

    endpoint: Endpoint
    topics: tuple[str, ...] = TOPICS
    """Subscribed to for the life of a connection."""
    patience: Patience = field(default_factory=Patience)
    largest: int = LARGEST_FRAME
    """Bytes of a frame."""
    _connection: ClientConnection | None = None
    _running: asyncio.Task[None] | None = None

    @property
    def where(self) -> str:
        """See line.Line."""
        return f"zeek_websocket {self.endpoint.url}"

    def problems(self) -> Iterator[Problem]:
        """See line.Line."""
        refused = refusal(self.endpoint)
        if refused is not None:
            yield Problem("url", refused)

    def encoded(self, verdict: Verdict, /) -> bytes:
        """See line.Line."""
        return verdict_event(verdict)

    def _send(self, frame: bytes, /) -> None:
        connection = self._connection
        if connection is None:
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
            raise NetheedError(f"{self.where}: {reason(error)}") from None

    def _interrupt(self) -> None:
        if self._running is not None:
            with suppress(RuntimeError):  # it has ended already
                self._running.get_loop().call_soon_threadsafe(self._running.cancel)

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
        self._tell("zeek_disconnected", reason=reason(error))

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

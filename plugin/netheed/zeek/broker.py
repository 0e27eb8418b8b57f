"""The one peering with a Zeek by Broker's own protocol: it stays, or is begun again.

The module lets no other thread run while one of its calls waits, so nothing here ever waits in it:
a thread sleeps until a descriptor of Broker's is ready, and then takes what is there.

Events of the log: `zeek_connected` (where, endpoint), `zeek_disconnected` (where, reason). Each is
told at its 1st, 2nd, 4th, 8th ... time.
"""

import ctypes
import select
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from netheed.errors import NetheedError
from netheed.ports import Problem
from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.encode import VERDICT_TOPIC, Verdict
from netheed.zeek.frames import shown
from netheed.zeek.line import CONN_TOPIC, SEEN_TOPIC, Line
from netheed.zeek.native import BROKEN, Native

QUEUE: Final = 1024
"""Messages that Broker holds for us; then Zeek holds them, up to Broker::peer_buffer_size."""
LOOK_UP: Final = 0.1
"""Seconds after which the thread looks whether it is to end or to try again."""
OPENING: Final = 10.0
"""Seconds that an attempt may take: Broker does not tell of each that failed."""
QUICK: Final = 3.0
"""For one who waits at a terminal."""
_UNTELLABLE: Final = (TypeError, ValueError, ArithmeticError, OSError, RecursionError)
"""What the module raises for a message that has no counterpart in Python."""


@dataclass(slots=True)
class _Peer:
    """What the module gives for one peering."""

    endpoint: Any
    statuses: Any
    conns: Any
    seen: Any

    def end(self, host: str, port: int) -> None:
        """Leave the peer.

        Broker 1.4's `shutdown` never returned in a daemon that had received, and lets nothing else
        run: what it holds is left to the end of the process.
        """
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))
        self.endpoint.unpeer_nosync(host, port)


@dataclass(slots=True, kw_only=True, eq=False)
class BrokerLink(Line):
    """See line.Line."""

    endpoint: BrokerEndpoint
    opening: float = OPENING
    _native: Native | None = None
    _peer: _Peer | None = None
    _again: float = 0.0
    """When to try to connect, where nothing is heard of the last attempt."""

    @property
    def where(self) -> str:
        """See line.Line."""
        return f"zeek_broker {self.endpoint.where}"

    def problems(self) -> Iterator[Problem]:
        """See line.Line."""
        probe = BrokerLink(endpoint=self.endpoint, tell=lambda *_, **__: None)
        try:
            probe.start()
        except NetheedError as error:
            yield Problem("python_path", str(error))
            return
        try:
            if not probe.wait_until_connected(QUICK):
                reason = probe.last_error or "does not answer in Broker's protocol"
                yield Problem("host", f"{self.endpoint.where}: {reason}")
        finally:
            probe.stop()

    def encoded(self, verdict: Verdict, /) -> Any:
        """See line.Line."""
        return self._types().verdict(verdict)

    def _send(self, frame: Any, /) -> None:
        """Broker takes it at once and says nothing of what became of it."""
        peer = self._peer
        if peer is None:
            raise NetheedError(f"{self.where}: not connected")
        try:
            peer.endpoint.publish(VERDICT_TOPIC, frame)
        except (RuntimeError, *_UNTELLABLE) as error:
            raise NetheedError(f"{self.where}: {error}") from None

    def _prepare(self) -> None:
        self._peer = self._begun()

    def _types(self) -> Native:
        if self._native is None:
            self._native = Native(self.endpoint.module())
        return self._native

    def _begun(self) -> _Peer:
        module = self._types().module
        try:
            endpoint = module.Endpoint(self.endpoint.configuration(module))
        except RuntimeError as error:
            raise NetheedError(f"{self.where}: {error}") from None
        # One topic each: a list of them fails in Python 3.10 and later.
        return _Peer(
            endpoint,
            endpoint.make_status_subscriber(True),
            endpoint.make_subscriber(CONN_TOPIC, QUEUE),
            endpoint.make_subscriber(SEEN_TOPIC, QUEUE),
        )

    def _run(self) -> None:
        peer = self._peer
        if peer is None:
            return
        doors = select.poll()  # select itself refuses descriptors from 1024 on
        for subscriber in (peer.statuses, peer.conns, peer.seen):
            doors.register(subscriber.fd(), select.POLLIN)
        while not self.stopped.is_set():
            self._dial(peer)
            doors.poll(LOOK_UP * 1000.0)
            for status in peer.statuses.poll():
                self._status(status)
            self._drain(CONN_TOPIC, peer.conns)
            self._drain(SEEN_TOPIC, peer.seen)
        self._ready.clear()
        self._peer = None
        peer.end(self.endpoint.host, self.endpoint.port)

    def _dial(self, peer: _Peer) -> None:
        now = self.clock()
        if not self.connected and now >= self._again:
            self._again = now + self.opening
            peer.endpoint.peer_nosync(self.endpoint.host, self.endpoint.port, 0)

    def _status(self, status: Any) -> None:
        """Broker tells of a peer that came or went, and of what failed.

        An error is an attempt that failed, but one that is told late may come while Zeek is a peer.
        One peer that goes may be told as lost and as removed.
        """
        words = self._types().module
        if not isinstance(status, words.Status):
            self.counts.errors += 1
            self.last_error = shown(str(status))
            if not self.connected:
                self._lost(str(status))
        elif status.code() == words.SC.PeerAdded:
            self.counts.connects += 1
            self._ready.set()
            self._tell("zeek_connected", endpoint=str(status))
        elif status.code() in (words.SC.PeerLost, words.SC.PeerRemoved) and self.connected:
            self._lost(str(status))

    def _lost(self, reason: str) -> None:
        self.counts.failures += 1
        self._ready.clear()
        self._again = self.clock() + self.backoff.next()
        self._tell("zeek_disconnected", reason=reason)

    def _drain(self, topic: str, subscriber: Any) -> None:
        """One by one: what cannot be told in Python costs no other.

        A queue at a time, so that a flood of connections holds up neither answers nor statuses.
        """
        for _ in range(QUEUE):
            if self.stopped.is_set() or not subscriber.available():
                return
            try:
                _, message = subscriber.get()
                frame = self._types().frame(topic, message)
            except _UNTELLABLE:
                frame = BROKEN
            self.backoff.reset()
            self._sort(topic, frame)

    def _sort(self, topic: str, frame: bytes) -> None:
        self.counts.frames += 1
        self.counts.size += len(frame)
        if topic == CONN_TOPIC:
            self.backlog.put(frame)
        elif self.on_seen is not None:
            self.on_seen(frame)

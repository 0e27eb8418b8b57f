"""One client of the server: its handshake, its pings, and how it is cut off."""

import contextlib
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection

from tests.fake_zeek import wire
from tests.fake_zeek.wire import UndecodableError

PATH: Final = "/v1/messages/json"
_NAME: Final = re.compile(r"[-/_.=:*@a-zA-Z0-9]*")


@dataclass(frozen=True)
class Lost:
    """What Zeek's cluster.log says of a client that is gone."""

    endpoint: str
    code: int
    reason: str


@dataclass(frozen=True)
class Refusal:
    """Why a client is sent away at once."""

    code: str
    context: str


def refusal(websocket: ServerConnection) -> Refusal | None:
    """What is wrong with how the client came, if anything."""
    request = websocket.request
    if request is None or request.path != PATH:
        return Refusal("invalid_uri", f"Invalid URI - use {PATH}")
    if not _NAME.fullmatch(request.headers.get("X-Application-Name", "unknown")):
        return Refusal("invalid_application_name", "Invalid X-Application-Name")
    return None


class Client:
    """What a client said of itself, and the only ways to write to it."""

    def __init__(self, websocket: ServerConnection, endpoint: str) -> None:
        self.endpoint = endpoint
        headers = websocket.request.headers if websocket.request else {}
        self.application_name: str | None = headers.get("X-Application-Name")
        self.subscriptions: tuple[str, ...] = ()
        self.acked = False
        self.heard = 0
        self.gone = threading.Event()
        self._sending_since: float | None = None
        self._websocket = websocket
        self._end: tuple[int, str] | None = None

    def limit_sends(self, seconds: float, buffer: int | None) -> None:
        """Cut the client off when for so long it accepts no byte."""
        limit = struct.pack("ll", int(seconds), int(seconds % 1 * 1e6))
        self._websocket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        if buffer is not None:
            self._websocket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)

    def subscribe(self, message: bytes) -> str | None:
        """Take the first frame; what is wrong with it, if anything."""
        try:
            topics = wire.parsed(message)
        except UndecodableError:
            topics = None
        if not isinstance(topics, list):
            return "subscriptions not an array"
        if not all(isinstance(topic, str) for topic in topics):
            return "individual subscription not a string"
        self.subscriptions = tuple(topics)
        return None

    def wants(self, topic: str) -> bool:
        """Before the ack Zeek throws away what it would have sent."""
        return self.acked and not self.gone.is_set() and topic.startswith(self.subscriptions)

    def send(self, frame: bytes) -> None:
        """Send as text, be it UTF-8 or not; block until the socket took it."""
        self._sending_since = time.monotonic()
        with contextlib.suppress(ConnectionClosed):  # the thread that reads tells of it
            self._websocket.send(frame, text=True)
        self._sending_since = None

    def read(self, take: Callable[[bytes], None]) -> None:
        """Give what the client sends, until it is gone."""
        try:
            for message in self._websocket:
                take(message.encode() if isinstance(message, str) else message)
        except ConnectionClosed as closed:
            # websockets closes without a word when a send is cut short by the kernel's limit.
            if isinstance(closed.__cause__, BlockingIOError):
                self._end = self._end or (1006, "Send timeout")

    def answer(self, context: str) -> None:
        """Send an error; the connection stays open."""
        self.send(wire.control(type="error", code="deserialization_failed", context=context))

    def close(self, code: int, reason: str) -> None:
        """Say so and close, or cut off a client that takes nothing."""
        self._end = self._end or (code, reason)
        if not self._websocket.protocol_mutex.acquire(timeout=0.1):
            return self.drop()
        self._websocket.protocol_mutex.release()
        return self._websocket.close(code, reason)

    def drop(self) -> None:
        """Cut the TCP connection."""
        self._end = self._end or (1006, "")
        with contextlib.suppress(OSError):
            self._websocket.socket.shutdown(socket.SHUT_RDWR)

    def lost(self) -> Lost:
        """How it ended, once it has."""
        code, reason = self._end or (self._websocket.close_code, self._websocket.close_reason)
        return Lost(self.endpoint, 1006 if code is None else code, reason or "")

    def hold(self) -> None:
        """Neither read nor write, nor answer a ping."""
        self._websocket.protocol_mutex.acquire()

    def release(self) -> None:
        """Undo `hold`."""
        self._websocket.protocol_mutex.release()

    def ping_until_gone(self, interval: float, running: Callable[[], bool]) -> None:
        """Ping; close when the answer to a ping is not there at the time of the next."""
        pong: threading.Event | None = None
        with contextlib.suppress(ConnectionClosed):
            while not self.gone.wait(interval):
                if self._sending_since is not None or not running():
                    self._end_stuck_tls(interval)
                    continue  # a send that is stuck has its own limit
                if pong is not None and not pong.is_set():
                    return self.close(1011, "Ping timeout")
                pong = self._websocket.ping()
        return None

    def _end_stuck_tls(self, interval: float) -> None:
        # Python's ssl goes on after the kernel's time limit, so whole frames are timed here.
        since = self._sending_since
        tls = isinstance(self._websocket.socket, ssl.SSLSocket)
        if tls and since is not None and time.monotonic() - since > interval:
            self._end = self._end or (1006, "Send timeout")
            self.drop()

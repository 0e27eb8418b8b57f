"""Servers that stand in for Zeek's WebSocket, each doing what its test says."""

import base64
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from netheed.zeek.connecting import Patience
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.pace import Backoff, Pace
from netheed.zeek.websocket import Link
from tests.zeek_frames import ACK

SOON = 10.0
"""Seconds that no test needs; it fails after them."""
PATH = "/v1/messages/json"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

Script = Callable[[ServerConnection], None]


@contextmanager
def serving(*scripts: Script, **given: Any) -> Iterator[str]:
    """The URL of a server that gives each connection the next script, and the last ever after."""
    waiting = list(scripts)

    def handler(connection: ServerConnection) -> None:
        script = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        with suppress(ConnectionClosed):
            script(connection)

    with serve(handler, "127.0.0.1", 0, compression=None, close_timeout=0.1, **given) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}{PATH}"
        finally:
            server.shutdown()
            thread.join()


def sends(*frames: str | bytes) -> Script:
    """Acknowledge the subscriptions, send some frames and stay."""

    def script(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(ACK)
        for frame in frames:
            connection.send(frame, text=True)
        stay(connection)

    return script


def stay(connection: ServerConnection) -> None:
    """Until the client goes."""
    for _ in connection:
        pass


@contextmanager
def half_open() -> Iterator[str]:
    """The URL of a server that acknowledges and then does nothing, not even answer a ping."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve_one() -> None:
        line, _ = listener.accept()
        with line:
            line.sendall(_upgrade(line.recv(65536)))
            line.recv(65536)
            line.sendall(bytes([0x81, len(ACK)]) + ACK.encode())
            done.wait(SOON)

    thread = threading.Thread(target=serve_one)
    thread.start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}{PATH}"
    finally:
        done.set()
        thread.join()
        listener.close()


def _upgrade(request: bytes) -> bytes:
    (key,) = (
        line.split(b": ")[1]
        for line in request.split(b"\r\n")
        if line.startswith(b"Sec-WebSocket-Key")
    )
    accept = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


class Told:
    """Takes the events of a log, for a test to wait for."""

    def __init__(self) -> None:
        self.events: SimpleQueue[tuple[str, dict[str, Any]]] = SimpleQueue()

    def __call__(self, event: str, **fields: Any) -> None:
        self.events.put((event, fields))

    def next(self, event: str) -> dict[str, Any]:
        """The fields of the next one of this name; fails where it does not come soon."""
        while True:
            name, fields = self.events.get(timeout=SOON)
            if name == event:
                return fields


@contextmanager
def link_to(url: str, told: Told | None = None, **given: Any) -> Iterator[Link]:
    """A link that has begun, hurries, and is stopped in the end."""
    fields: dict[str, Any] = {
        "endpoint": Endpoint(url=url),
        "tell": told or Told(),
        "patience": Patience(opening=SOON, acknowledging=SOON, closing=0.1),
        "backoff": Backoff(lambda: 0.0, first=0.001, longest=0.01),
        "pace": Pace(1e6),
    }
    link = Link(**fields | given)
    link.start()
    try:
        yield link
    finally:
        link.stop()

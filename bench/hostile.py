"""Servers that stand where a Zeek is expected, and are none."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_PAGE: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/html\r\n\r\nhello"
_GARBAGE: Final = bytes(range(256)) * 64


@dataclass
class Met:
    """Clients that have come."""

    count: int = 0


@contextmanager
def http(port: int) -> Iterator[Met]:
    """A web server that upgrades nothing."""
    with _answering(port, _PAGE) as met:
        yield met


@contextmanager
def garbage(port: int) -> Iterator[Met]:
    """A server that speaks at once, and no protocol."""
    with _answering(port, _GARBAGE) as met:
        yield met


@contextmanager
def _answering(port: int, answer: bytes) -> Iterator[Met]:
    met = Met()
    with socket.create_server(("127.0.0.1", port)) as server:
        thread = threading.Thread(target=_serve, args=(server, answer, met))
        thread.start()
        try:
            yield met
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, answer: bytes, met: Met) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = server.accept()
            with client, contextlib.suppress(OSError):
                client.settimeout(1.0)
                client.recv(4096)
                client.sendall(answer)
                met.count += 1

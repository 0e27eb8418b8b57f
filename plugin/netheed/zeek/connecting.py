"""One connection to Zeek's WebSocket: opened, subscribed and acknowledged."""

import logging
import socket
import struct
from collections.abc import Callable
from contextlib import closing, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from netheed.errors import NetheedError
from netheed.zeek.encode import subscriptions
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.frames import Control, control_of, shown, topic_of

if TYPE_CHECKING:
    from collections.abc import Iterator

APPLICATION: Final = "netheed"
LARGEST_FRAME: Final = 16 << 20
"""Bytes: 20,000 connections."""
_LOGGER: Final = logging.getLogger("netheed.websockets")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False  # what it says comes as an exception too
_RECEIVE_BUFFER: Final = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds that each thing may take."""

    opening: float = 10.0
    acknowledging: float = 15.0
    """Zeek answers when all its nodes have heard of the subscriptions."""
    ping_interval: float = 5.0
    ping: float = 10.0
    """Without an answer for so long the connection is dead."""
    closing: float = 1.0


QUICK: Final = Patience(opening=3.0, acknowledging=3.0)
"""For one who waits at a terminal."""


class _Connection(ClientConnection):
    """Reads a burst of frames at once: each read waits for the threads that compute."""

    recv_bufsize = 1 << 18


@contextmanager
def connected(
    endpoint: Endpoint, patience: Patience, largest: int = LARGEST_FRAME
) -> "Iterator[ClientConnection]":
    """A connection, closed in the end. Raises OSError or websockets' WebSocketException."""
    with (
        closing(_dialled(endpoint, patience)) as line,
        connect(
            endpoint.url,
            sock=line,
            ssl=endpoint.tls(),
            compression=None,
            additional_headers={"X-Application-Name": APPLICATION},
            proxy=None,
            open_timeout=patience.opening,
            ping_interval=patience.ping_interval,
            ping_timeout=patience.ping,
            close_timeout=patience.closing,
            max_size=largest,
            logger=_LOGGER,
            create_connection=_Connection,
        ) as connection,
    ):
        yield connection


def subscribe(
    connection: ClientConnection,
    topics: tuple[str, ...],
    patience: Patience,
    early: Callable[[bytes], None],
) -> Control:
    """Zeek's ack; what comes before it goes to `early`.

    Raises NetheedError where Zeek refuses, TimeoutError where it does not answer in time.
    """
    connection.send(subscriptions(topics), text=True)
    deadline = monotonic() + patience.acknowledging
    while True:
        frame = connection.recv(timeout=max(0.0, deadline - monotonic()), decode=False)
        control = control_of(frame) if topic_of(frame) is None else None
        if control is None:
            early(frame)
        elif control.type == "ack":
            return control
        else:
            raise NetheedError(f"Zeek refused: {shown(f'{control.code} {control.context}')}")


def refusal(endpoint: Endpoint, patience: Patience = QUICK) -> str | None:
    """Why Zeek cannot be talked to at this moment; None where it acknowledges."""
    try:
        with connected(endpoint, patience) as connection:
            subscribe(connection, (), patience, lambda _: None)
    except (OSError, WebSocketException, NetheedError) as error:
        return f"{endpoint.url}: {str(error) or type(error).__name__}"
    return None


def _dialled(endpoint: Endpoint, patience: Patience) -> socket.socket:
    """A TCP connection on which no write can wait for ever, and no proxy is asked."""
    line = socket.create_connection(endpoint.address, timeout=patience.opening)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    whole, part = divmod(patience.ping, 1.0)
    limit = struct.pack("ll", int(whole), int(part * 1e6))
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    return line

"""One connection to Zeek's WebSocket: opened, subscribed and acknowledged."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from netheed.errors import NetheedError
from netheed.zeek.encode import subscriptions
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.frames import Control, control_of, shown, topic_of

APPLICATION: Final = "netheed"
LARGEST_FRAME: Final = 16 << 20
"""Bytes: 20,000 connections."""
_LOGGER: Final = logging.getLogger("netheed.websockets")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False  # what it says comes as an exception too


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


@asynccontextmanager
async def connected(
    endpoint: Endpoint, patience: Patience, largest: int = LARGEST_FRAME
) -> AsyncIterator[ClientConnection]:
    """A connection, closed in the end. Raises OSError, ValueError or websockets' exceptions.

    No proxy is asked, and no redirection to somewhere else is followed.
    """
    host, port = endpoint.address
    async with connect(
        endpoint.url,
        host=host,
        port=port,
        ssl=endpoint.tls(),
        compression=None,
        additional_headers={"X-Application-Name": APPLICATION},
        proxy=None,
        open_timeout=patience.opening,
        ping_interval=patience.ping_interval,
        ping_timeout=patience.ping,
        close_timeout=patience.closing,
        max_size=largest,
        max_queue=None,  # whoever receives does nothing else
        logger=_LOGGER,
    ) as connection:
        yield connection


async def subscribe(
    connection: ClientConnection,
    topics: tuple[str, ...],
    patience: Patience,
    early: Callable[[bytes], None],
) -> Control:
    """Zeek's ack; what comes before it goes to `early`.

    Raises NetheedError where Zeek refuses, TimeoutError where it does not answer in time.
    """
    try:
        async with asyncio.timeout(patience.acknowledging):
            await connection.send(subscriptions(topics), text=True)
            return await _acknowledged(connection, early)
    except TimeoutError:
        waited = f"{patience.acknowledging:g} s"
        raise TimeoutError(f"connected, and no acknowledgement within {waited}") from None


async def _acknowledged(connection: ClientConnection, early: Callable[[bytes], None]) -> Control:
    while True:
        frame = await connection.recv(decode=False)
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
        asyncio.run(_probe(endpoint, patience))
    except (OSError, ValueError, WebSocketException, NetheedError) as error:
        return f"{endpoint.url}: {reason(error)}"
    return None


def reason(error: Exception) -> str:
    """In the system's words where it is the system's: asyncio has its own."""
    if type(error) is OSError or isinstance(error, ConnectionError):
        return os.strerror(error.errno) if error.errno else str(error)
    return str(error) or type(error).__name__


async def _probe(endpoint: Endpoint, patience: Patience) -> None:
    async with connected(endpoint, patience) as connection:
        await subscribe(connection, (), patience, lambda _: None)

"""The bounded queue between the clients' threads and Zeek's main thread."""

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Final

from tests.fake_zeek.clients import Client

LOOK_UP: Final = 0.02
"""Seconds after which a waiting thread looks whether it is to end."""


class EventQueue:
    """`size` events at most; `rate` is how many are taken a second, None for all at once."""

    def __init__(self, size: int, rate: float | None, stopping: threading.Event) -> None:
        self.rate = rate
        self.stopping = stopping
        self._waiting: queue.Queue[tuple[Client, bytes]] = queue.Queue(size)

    def put(self, client: Client, message: bytes, on_full: Callable[[], None]) -> None:
        """Wait for room, however long it takes: meanwhile nothing is read from this client."""
        try:
            self._waiting.put_nowait((client, message))
        except queue.Full:
            on_full()
            self._put_patiently(client, message)

    def _put_patiently(self, client: Client, message: bytes) -> None:
        while not self.stopping.is_set():
            with contextlib.suppress(queue.Full):
                return self._waiting.put((client, message), timeout=LOOK_UP)
        return None

    def take(self, handle: Callable[[Client, bytes], None]) -> None:
        """Handle one event if there is one soon, and be busy with it as long as `rate` says."""
        try:
            client, message = self._waiting.get(timeout=LOOK_UP)
        except queue.Empty:
            return
        handle(client, message)
        if self.rate is not None:
            self.stopping.wait(1.0 / self.rate)

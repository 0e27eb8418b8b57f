"""What systemd wants to hear of a service: sd_notify(3), over the socket that it names."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

PATIENCE: Final = 1.0
"""Seconds for a listener whose queue is full: a dead one must not hold up the run."""


@dataclass(slots=True)
class Notifier:
    """Says nothing where nobody listens."""

    address: str | None = None
    """A path, or a name that begins with `@`; None is NOTIFY_SOCKET of the environment."""
    last_beat: float = 0.0

    def __call__(self, *assignments: str) -> None:
        """Tell some `NAME=value`. What cannot be told harms nobody."""
        address = self.address or os.environ.get("NOTIFY_SOCKET", "")
        if not address.startswith(("/", "@")):
            return
        name = f"\0{address[1:]}" if address.startswith("@") else address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.settimeout(PATIENCE)
            channel.sendto("\n".join(assignments).encode(), name)

    def beat(self, now: float) -> None:
        """Alive, once a second; `now` is monotonic."""
        if now >= self.last_beat + 1.0:
            self.last_beat = now
            self("WATCHDOG=1")

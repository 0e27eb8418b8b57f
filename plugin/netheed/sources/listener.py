"""A unix socket at which others say lines; a thread reads them, whatever is done of them."""

import grp
import os
import selectors
import socket
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

from netheed.errors import NetheedError
from netheed.logs import log
from netheed.sources.lines import BLOCK, Cut
from netheed.sources.received import Received

MOST_CLIENTS: Final = 64
LOOK: Final = 0.1
"""Seconds between two looks at whether to stop."""


@dataclass(slots=True, kw_only=True)
class Listener:
    """The socket and whoever has connected; a thread reads, from `start` to `stop`."""

    path: str
    mode: int
    """Rights of the socket."""
    group: str | None
    """Of the socket; None is this process's."""
    received: Received = field(default_factory=Received)
    clients: int = 0
    _inode: int = 0
    _stopped: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        """Listen. Raises NetheedError where that cannot be."""
        reason = in_the_way(self.path)
        if reason is not None:
            raise NetheedError(f"the socket {reason}")
        try:
            listening = self._bound()
        except (OSError, KeyError) as error:
            raise NetheedError(f"the socket {self.path}: {_reason(error)}") from None
        self._inode = Path(self.path).stat().st_ino
        self._thread = Thread(target=self._run, args=(listening,), name=self.path, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hear nobody any more; what waits in the received may still be taken."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()
        with suppress(OSError):
            path = Path(self.path)
            if path.stat().st_ino == self._inode:
                path.unlink()

    def _bound(self) -> socket.socket:
        """Under another name first: nobody connects before the rights are right."""
        new = f"{self.path}.new"
        with suppress(FileNotFoundError):
            os.unlink(new)  # noqa: PTH108 - of text
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listening.bind(new)
            os.chmod(new, self.mode)  # noqa: PTH101
            if self.group is not None:
                os.chown(new, -1, grp.getgrnam(self.group).gr_gid)
            listening.listen()
            listening.setblocking(False)
            os.replace(new, self.path)  # noqa: PTH105
        except (OSError, KeyError):
            listening.close()
            raise
        return listening

    def _run(self, listening: socket.socket) -> None:
        with selectors.DefaultSelector() as selector, listening:
            selector.register(listening, selectors.EVENT_READ)
            while not self._stopped.is_set():
                for key, _ in selector.select(LOOK):
                    if key.data is None:
                        self._accept(listening, selector)
                    else:
                        self._hear(key, selector)
            for key in list(selector.get_map().values()):
                if key.data is not None:
                    self._leave(key, selector)

    def _accept(self, listening: socket.socket, selector: selectors.BaseSelector) -> None:
        try:
            client, _ = listening.accept()
        except OSError:  # it has gone again
            return
        if self.clients >= MOST_CLIENTS:
            client.close()
            return
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ, Cut())
        self.clients += 1
        log.info("suricata_connected", where=self.path, clients=self.clients)

    def _hear(self, key: selectors.SelectorKey, selector: selectors.BaseSelector) -> None:
        client: Any = key.fileobj
        try:
            block = client.recv(BLOCK)
        except BlockingIOError:
            return
        except OSError:
            block = b""
        if block:
            self.received.put(key.data.lines(block))
        else:
            self._leave(key, selector)

    def _leave(self, key: selectors.SelectorKey, selector: selectors.BaseSelector) -> None:
        """A line without an end is none: Suricata was stopped in the middle of it."""
        client: Any = key.fileobj
        selector.unregister(client)
        client.close()
        self.received.put(key.data.end())
        self.clients -= 1
        log.warning("suricata_disconnected", where=self.path, clients=self.clients)


def in_the_way(path: str) -> str | None:
    """Why nobody else may listen there: a file that is no socket, or one that answers."""
    try:
        kind = os.stat(path).st_mode  # noqa: PTH116
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"{path}: {error.strerror}"
    if not stat.S_ISSOCK(kind):
        return f"{path}: is no socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
        tried.settimeout(1.0)
        try:
            tried.connect(path)
        except ConnectionRefusedError:  # left behind by one that was killed
            return None
        except OSError as error:
            return f"{path}: {error.strerror or error}"
    return f"{path}: somebody listens there already"


def _reason(error: OSError | KeyError) -> str:
    if isinstance(error, KeyError):
        return "there is no such group as it is to have"
    return str(error.strerror or error)

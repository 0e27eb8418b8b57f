"""Notices to a syslog, as messages of RFC 5424: datagrams, or over TCP by RFC 6587's octet counts.

No syslog answers: what it has taken, or what is on its way when it dies, may be lost, and after a
failure a message may come again. No message is cut: a notice that is too long for one is told with
less evidence and fewer reasons.

Event of the log: `notice_refused` (where, notice, reason).
"""

import errno
import os
import select
import socket
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from netheed.errors import NetheedError
from netheed.logs import warn
from netheed.ports import Problem
from netheed.records import Notice
from netheed.sinks.formats import FORMATS
from netheed.sinks.formats.clean import clean
from netheed.sinks.formats.syslog import FACILITIES, message, shorter
from netheed.sinks.syslog_settings import LONGEST, Address, SyslogSettings, parsed
from netheed.zeek.door import Lines

PATIENCE: Final = 5.0
"""Seconds for a connection, and for a message to be taken."""


@dataclass(slots=True, kw_only=True)
class Syslog:
    """A sink; `encode` is one of the forms of `formats`."""

    address: Address
    encode: Callable[[Notice], bytes]
    facility: int
    longest: int
    """Bytes of a message."""
    host: str
    """The name of this machine."""
    tell: Callable[..., Any] = warn
    """Takes an event and its fields."""
    _socket: socket.socket | None = None
    _sent: set[str] = field(default_factory=set)
    """Ids of a delivery that failed in its middle."""

    def write(self, notices: Sequence[Notice], /) -> None:
        """Send those that were not sent before a failure. Raises NetheedError."""
        try:
            for notice in notices:
                if notice.id not in self._sent:
                    self._send(notice)
                    self._sent.add(notice.id)
        except (OSError, UnicodeError) as error:
            self.close()
            if self.address.way == "tcp":
                self._sent.clear()  # what the connection took with it is not known
            raise NetheedError(f"{self.address}: {_reason(error)}") from None
        self._sent.clear()

    def problems(self) -> Iterator[Problem]:
        """Whether somebody listens; of a port for UDP nobody can tell."""
        reason = self._no_socket() if self.address.way == "unix" else None
        if reason is None:
            try:
                connected(self.address).close()
            except (OSError, UnicodeError) as error:
                reason = _reason(error)
        if reason is not None:
            yield Problem("address", f"{self.address}: {reason}")

    def close(self) -> None:
        """Let go of the socket; the next write opens it again."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _send(self, notice: Notice) -> None:
        """As much of it as fits. Raises OSError."""
        for less in shorter(notice):
            said = message(less, self.encode(less), self.facility, self.host)
            if len(said) <= self.longest and self._took(said):
                return
        reason = f"longer than {self.longest} bytes, or than the socket takes"
        self.tell("notice_refused", where=str(self.address), notice=clean(notice.id), reason=reason)

    def _took(self, said: bytes) -> bool:
        """False where the socket takes no message of this length."""
        link = self._open()
        if self.address.way == "tcp":
            link.sendall(b"%d %b" % (len(said), said))
            return True
        try:
            link.send(said)
        except OSError as error:
            if error.errno == errno.EMSGSIZE:
                return False
            raise
        # A port that nobody listens at is heard of a moment later.
        if fault := link.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(fault, os.strerror(fault))
        return True

    def _open(self) -> socket.socket:
        if self._socket is not None and self.address.way == "tcp" and _has_ended(self._socket):
            self.close()
        if self._socket is None:
            self._socket = connected(self.address)
        return self._socket

    def _no_socket(self) -> str | None:
        try:
            mode = os.stat(self.address.host).st_mode  # noqa: PTH116 - of text
        except OSError as error:
            return error.strerror
        return None if stat.S_ISSOCK(mode) else "is no socket"


def connected(address: Address) -> socket.socket:
    """A socket whose messages go there. Raises OSError or UnicodeError."""
    if address.way == "tcp":
        return socket.create_connection((address.host, address.port), PATIENCE)
    if address.way == "unix":
        return _joined(socket.AF_UNIX, address.host)
    family, _, _, _, where = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_DGRAM)[
        0
    ]
    return _joined(family, where)


def _joined(family: int, where: Any) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM)
    made.settimeout(PATIENCE)
    try:
        made.connect(where)
    except OSError:
        made.close()
        raise
    return made


def _has_ended(link: socket.socket) -> bool:
    """Whether the other end has closed it; a syslog says nothing."""
    poll = select.poll()
    poll.register(link, select.POLLIN)
    try:
        return bool(poll.poll(0)) and not link.recv(1, socket.MSG_PEEK)
    except OSError:
        return True


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def sink(settings: SyslogSettings, _: Lines) -> Syslog:
    """See sinks.LIVE_SINKS."""
    address = parsed(settings.address)
    return Syslog(
        address=address,
        encode=FORMATS[settings.form],
        facility=FACILITIES[settings.facility],
        longest=settings.longest or LONGEST[address.way],
        host=socket.gethostname(),
    )

"""Messages of RFC 5424, read by its grammar."""

import re
from typing import Final, NamedTuple

MESSAGE: Final = re.compile(
    rb"<(?P<priority>0|[1-9][0-9]{0,2})>"
    rb"(?P<version>[1-9][0-9]{0,2})"
    rb" (?P<timestamp>-|[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    rb"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?"
    rb"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9]))"
    rb" (?P<hostname>[!-~]{1,255})"
    rb" (?P<app>[!-~]{1,48})"
    rb" (?P<process>[!-~]{1,128})"
    rb" (?P<id>[!-~]{1,32})"
    rb' (?P<data>-|(?:\[[!-~]{1,32}(?: [!-~]{1,32}="(?:[^"\\\]]|\\.)*")*\])+)'
    rb"(?: (?P<text>.*))?",
    re.DOTALL,
)
"""SYSLOG-MSG of section 6."""
MARK: Final = b"\xef\xbb\xbf"


class Message(NamedTuple):
    """Its parts."""

    facility: int
    severity: int
    timestamp: str
    hostname: str
    app: str
    id: str
    data: str
    text: bytes
    """Without the mark of UTF-8."""
    is_marked: bool


def read(message: bytes) -> Message:
    """Raises AssertionError for what is no message."""
    found = MESSAGE.fullmatch(message)
    assert found, message
    priority = int(found["priority"])
    assert (priority <= 191, found["version"]) == (True, b"1")
    text = found["text"] or b""
    if not text.startswith(MARK):
        assert text.isascii()
    text.decode("utf-8")
    names = (found[name].decode() for name in ("timestamp", "hostname", "app", "id", "data"))
    facility, severity = divmod(priority, 8)
    is_marked = text.startswith(MARK)
    return Message(facility, severity, *names, text.removeprefix(MARK), is_marked)


def counted(stream: bytes) -> list[bytes]:
    """The messages of a stream by their octet counts, RFC 6587 section 3.4.1."""
    messages = []
    while stream:
        frame = re.match(rb"([1-9][0-9]*) ", stream)
        assert frame, stream
        begin, end = frame.end(), frame.end() + int(frame[1])
        assert len(stream) >= end
        messages.append(stream[begin:end])
        stream = stream[end:]
    return messages

"""Syslog messages of RFC 5424 around the lines of another form.

The structured data is `-`: names of one's own want a number that IANA has given, and the line says
all of it anyway. A line of ASCII stands there as it is (MSG-ANY); before any other stands the mark
that RFC 5424 wants of UTF-8 (MSG-UTF8), which readers of JSON need not meet more often than that.
"""

from collections.abc import Iterator
from typing import Final

from msgspec import structs

from netheed.records import Notice
from netheed.sinks.formats.times import iso

FACILITIES: Final = {
    "user": 1,
    "daemon": 3,
    "auth": 4,
    "authpriv": 10,
    **{f"local{number}": 16 + number for number in range(8)},
}
SEVERITIES: Final = {"critical": 2, "high": 3, "medium": 4, "low": 5}
"""Critical, error, warning and notice: emergencies and alerts are a machine's own."""
NAME: Final = "netheed"
MARK: Final = b"\xef\xbb\xbf"
"""U+FEFF."""
_NIL: Final = "-"


def message(notice: Notice, line: bytes, facility: int, host: str) -> bytes:
    """One message, without a frame; `line` is UTF-8 and may end in its newline."""
    priority = facility * 8 + SEVERITIES[notice.severity]
    kind, here = _word(notice.kind, 32), _word(host, 255)
    header = f"<{priority}>1 {iso(notice.end)} {here} {NAME} {_NIL} {kind} {_NIL} "
    text = line.removesuffix(b"\n")
    return header.encode() + (text if text.isascii() else MARK + text)


def shorter(notice: Notice) -> Iterator[Notice]:
    """The notice, then with less and less: evidence, alerts, reasons and the peer's name."""
    yield notice
    for left in range(len(notice.evidence) - 1, 0, -1):
        yield (notice := structs.replace(notice, evidence=notice.evidence[:left]))
    for left in range(len(notice.alerts) - 1, -1, -1):
        yield (notice := structs.replace(notice, alerts=notice.alerts[:left]))
    for left in range(len(notice.drivers) - 1, -1, -1):
        yield (notice := structs.replace(notice, drivers=notice.drivers[:left]))
    yield structs.replace(notice, evidence=(), peer_name=None)


def _word(text: str, longest: int) -> str:
    """Printable ASCII without spaces, as a header has it."""
    return "".join(one for one in text if "!" <= one <= "~")[:longest] or _NIL

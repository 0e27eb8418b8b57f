"""A verdict -> the event that Zeek's script takes, without a byte that Zeek stumbles over.

Doubles have a decimal point, strings no control characters and so no escapes beyond quotes and
backslashes, and an address has been parsed: a malformed one ends Zeek 8.0.9 and older.
"""

import ipaddress
import math
from typing import Any, Final, NamedTuple

import msgspec

VERDICT_TOPIC: Final = "netheed/verdict/"
VERDICT: Final = "Netheed::verdict"
SCHEMA: Final = 1
LONGEST: Final = 1024
"""Characters of a text."""
LARGEST: Final = 1e15
"""What is beyond is as good as that."""
MOST_UIDS: Final = 64

_encode = msgspec.json.Encoder().encode


class Verdict(NamedTuple):
    """The fields of the script's record, in its order and by its names."""

    ts: float
    """End of the window, seconds since the epoch."""
    notice_id: str
    host: str
    kind: str
    """`class` in the script."""
    score: float
    uids: tuple[str, ...]
    """Zeek's uids of the evidence."""
    msg: str
    sub: str


def cleaned(verdict: Verdict) -> Verdict:
    """What may be sent of it. Raises ValueError where the host is no address."""
    return Verdict(
        ts=_number(verdict.ts),
        notice_id=_printed(verdict.notice_id),
        host=_address(verdict.host),
        kind=_printed(verdict.kind),
        score=_number(verdict.score),
        uids=tuple(_printed(uid) for uid in verdict.uids[:MOST_UIDS]),
        msg=_printed(verdict.msg),
        sub=_printed(verdict.sub),
    )


def verdict_event(verdict: Verdict) -> bytes:
    """A data-message. Raises ValueError where the host is no address."""
    told = cleaned(verdict)
    record = [
        _real(told.ts),
        _text(told.notice_id),
        _value("address", told.host),
        _text(told.kind),
        _real(told.score),
        _vector([_text(uid) for uid in told.uids]),
        _text(told.msg),
        _text(told.sub),
    ]
    event = [_text(VERDICT), _vector([_value("count", SCHEMA), _vector(record)])]
    data = [_value("count", 1), _value("count", 1), _vector(event)]
    return _encode({"type": "data-message", "topic": VERDICT_TOPIC, **_vector(data)})


def subscriptions(topics: tuple[str, ...]) -> bytes:
    """The first frame of a connection."""
    return _encode(topics)


def _value(kind: str, data: Any) -> dict[str, Any]:
    return {"@data-type": kind, "data": data}


def _vector(data: list[Any]) -> dict[str, Any]:
    return _value("vector", data)


def _address(text: str) -> str:
    address = ipaddress.ip_address(text)
    if "%" in text:
        raise ValueError("an address with a zone")
    return str(address)


def _real(number: float) -> dict[str, Any]:
    return _value("real", msgspec.Raw(b"%.6f" % number))


def _text(text: str) -> dict[str, Any]:
    return _value("string", text)


def _number(number: float) -> float:
    """Zero for what is no number."""
    return 0.0 if math.isnan(number) else max(-LARGEST, min(number, LARGEST))


def _printed(text: str) -> str:
    """Only what is printed."""
    return "".join(filter(str.isprintable, text[:LONGEST]))

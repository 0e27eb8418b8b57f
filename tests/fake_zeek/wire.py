"""Broker's JSON format v1, as Zeek writes and reads it, its flaws included.

A value is a pair of its kind, as the wire names it, and its data: `("count", 7)`, `("none", {})`,
`("vector", [("string", "x")])`. Text holds bytes that are no UTF-8 as surrogates.
"""

import ipaddress
import json
import re
import socket
from collections.abc import Callable
from typing import Any, Final

Value = tuple[str, Any]

NONE: Final[Value] = ("none", {})

_ESCAPES: Final = {
    b"\\": b"\\\\",
    b"\b": b"\\b",
    b"\f": b"\\f",
    b"\n": b"\\n",
    b"\r": b"\\r",
    b"\t": b"\\t",
    b"\v": b"\\v",  # no JSON, but what Zeek writes
    b'"': b'\\"',
}
_ESCAPED: Final = re.compile(rb'[\\\x08\f\n\r\t\v"]')
_PORT: Final = re.compile(r"(\d{1,5})/(?:tcp|udp|icmp|\?)")
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_SPAN: Final = re.compile(r"[+-]?\d+(?:\.\d+)?(?:ns|us|ms|s|min|h|d)")


class UndecodableError(ValueError):
    """Zeek answers "failed to decode JSON object"."""


class NoTopicError(ValueError):
    """Zeek answers "no topic in top-level JSON object"."""


class KillerAddressError(Exception):
    """Zeek before Broker's 7c2c2bdd died of this address."""


def quoted(text: str) -> bytes:
    """The text as Zeek escapes it: eight bytes only, all others as they are."""
    raw = text.encode("utf-8", "surrogateescape")
    return b'"%b"' % _ESCAPED.sub(lambda found: _ESCAPES[found[0]], raw)


def encoded(value: Value) -> bytes:
    """One value with its kind."""
    return b"{%b}" % _embedded(value)


def data_message(topic: str, value: Value) -> bytes:
    """A whole frame."""
    return b'{"type":"data-message","topic":%b,%b}' % (quoted(topic), _embedded(value))


def event(topic: str, name: str, *args: Value) -> bytes:
    """The frame of an event, without metadata: Zeek sends them so unless told otherwise."""
    named: Value = ("vector", [("string", name), ("vector", list(args))])
    return data_message(topic, ("vector", [("count", 1), ("count", 1), named]))


def control(**fields: str) -> bytes:
    """The frame of an ack or an error."""
    return b"{%b}" % b",".join(
        quoted(name) + b":" + quoted(field) for name, field in fields.items()
    )


def _embedded(value: Value) -> bytes:
    kind, data = value
    return b'"@data-type":"%b","data":%b' % (kind.encode(), _WRITE.get(kind, quoted)(data))


_WRITE: Final[dict[str, Callable[[Any], bytes]]] = {
    "none": lambda _: b"{}",
    "boolean": lambda data: b"true" if data else b"false",
    "count": b"%d".__mod__,
    "integer": b"%d".__mod__,
    "real": lambda data: b"%f" % data,
    "vector": lambda data: b"[%b]" % b",".join(map(encoded, data)),
    "set": lambda data: b"[%b]" % b",".join(map(encoded, data)),
    "table": lambda data: b"[%b]" % b",".join(map(_pair, data)),
}
"""All others are text."""


def _pair(entry: tuple[Value, Value]) -> bytes:
    return b'{"key":%b,"value":%b}' % (encoded(entry[0]), encoded(entry[1]))


def decoded(frame: bytes) -> tuple[str, Value]:
    """The topic and value of a frame that Zeek would take.

    Raises UndecodableError, NoTopicError or KillerAddressError where it would not.
    """
    message = parsed(frame)
    if not isinstance(message, dict):
        raise UndecodableError("no object")
    value = _value(message)
    topic = message.get("topic")
    if not isinstance(topic, str):
        raise NoTopicError
    return topic, value


def parsed(frame: bytes) -> Any:
    r"""The JSON of a frame that either side sent; raw control bytes and `\v` are taken."""
    escaped = re.sub(rb"\\(.)", lambda found: b"\\u000b" if found[1] == b"v" else found[0], frame)
    text = escaped.decode("utf-8", "surrogateescape")
    try:
        return json.loads(text, strict=False, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UndecodableError(str(error)) from error


def _no_constant(text: str) -> Any:
    raise UndecodableError(text)


def _value(message: Any) -> Value:
    if not isinstance(message, dict):
        raise UndecodableError("a value is an object")
    kind = message.get("@data-type")
    if kind == "none":
        return NONE
    read = _READ.get(kind) if isinstance(kind, str) else None
    if read is None or "data" not in message:
        raise UndecodableError(f"no value of kind {kind}")
    return str(kind), read(message["data"])


def _reads(fits: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(data: Any) -> Any:
        if not fits(data):
            raise UndecodableError(f"{data!r} does not fit its kind")
        return data

    return read


def _is_text(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda data: isinstance(data, str) and pattern.fullmatch(data) is not None


def _is_integer(data: Any) -> bool:
    return type(data) is int and -(2**63) <= data < 2**63


def _is_count(data: Any) -> bool:
    return type(data) is int and 0 <= data < 2**64


def _is_port(data: Any) -> bool:
    found = _PORT.fullmatch(data) if isinstance(data, str) else None
    return found is not None and int(found[1]) < 2**16


def _is_subnet(data: Any) -> bool:
    try:
        return "/" in data and bool(ipaddress.ip_network(data, strict=False))
    except (TypeError, ValueError):
        return False


def _address(data: Any) -> str:
    if not isinstance(data, str):
        raise UndecodableError("an address is text")
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, data)
        except (OSError, ValueError):
            continue
        return data
    raise KillerAddressError(data)


def _values(data: Any) -> list[Value]:
    if not isinstance(data, list):
        raise UndecodableError("no array")
    return [_value(item) for item in data]


def _entries(data: Any) -> list[tuple[Value, Value]]:
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        raise UndecodableError("no array of objects")
    return [(_value(item.get("key")), _value(item.get("value"))) for item in data]


_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "boolean": _reads(lambda data: isinstance(data, bool)),
    "count": _reads(_is_count),
    "integer": _reads(_is_integer),
    "real": _reads(lambda data: isinstance(data, float)),  # 1 is no real, 1.0 is
    "string": _reads(lambda data: isinstance(data, str)),
    "enum-value": _reads(lambda data: isinstance(data, str)),
    "address": _address,
    "subnet": _reads(_is_subnet),
    "port": _reads(_is_port),
    "timestamp": _reads(_is_text(_TIME)),
    "timespan": _reads(_is_text(_SPAN)),
    "vector": _values,
    "set": _values,
    "table": _entries,
}

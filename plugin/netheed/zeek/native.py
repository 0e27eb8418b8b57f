"""Events of Zeek's module `broker` -> the frames of Zeek's WebSocket, and verdicts as its events.

Frames, so that both ways give the same connections to the bit, and one decoder guards against
whatever they hold. A double gets six decimals, as in Zeek's frames and in its logs. What the
decoder has no use for (sets, tables, strings that are no UTF-8) becomes a value of a type that it
refuses.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import NoneType
from typing import Any, Final

import msgspec

from netheed.zeek.encode import SCHEMA, VERDICT, Verdict, cleaned

BROKEN: Final = b"{}"
"""The frame of a message that cannot be told: it is counted as one that cannot be read."""

_encode = msgspec.json.Encoder().encode
_OTHER: Final = {"@data-type": "other", "data": None}


@dataclass(slots=True)
class Native:
    """Reads and makes values with the types of one module."""

    module: Any
    _kinds: dict[type, tuple[str, Callable[[Any], Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """By exact type: a bool is no int here."""
        self._kinds = {
            bool: ("boolean", bool),
            int: ("integer", int),
            float: ("real", _decimal),
            str: ("string", str),
            IPv4Address: ("address", str),
            IPv6Address: ("address", str),
            self.module.Count: ("count", _count),
            self.module.Port: ("port", str),
            tuple: ("vector", lambda values: list(map(self._value, values))),
            NoneType: ("none", lambda _: {}),
        }

    def frame(self, topic: str, message: object) -> bytes:
        """A data-message; BROKEN for what cannot be written as one."""
        try:
            return _encode({"type": "data-message", "topic": topic, **self._value(message)})
        except (RecursionError, UnicodeEncodeError, OverflowError):
            return BROKEN

    def verdict(self, verdict: Verdict) -> Any:
        """The event. Raises ValueError where the host is no address."""
        told = cleaned(verdict)
        fields = told._asdict() | {"host": ip_address(told.host)}
        return self.module.zeek.Event(VERDICT, self.module.Count(SCHEMA), tuple(fields.values()))

    def _value(self, value: object) -> dict[str, Any]:
        kind = self._kinds.get(type(value))
        if kind is None:
            return _OTHER
        return {"@data-type": kind[0], "data": kind[1](value)}


def _decimal(number: float) -> msgspec.Raw:
    """Zeek's WebSocket writes `nan` and `inf` too, which are no JSON."""
    return msgspec.Raw(b"%.6f" % number)


def _count(count: Any) -> int:
    number: int = count.value
    return number

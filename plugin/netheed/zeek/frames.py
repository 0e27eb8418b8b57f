"""What a frame is, without decoding it whole: an event of a topic, or a word of Zeek's server."""

import re
from typing import Final

import msgspec
from msgspec import Struct

_EVENT: Final = re.compile(rb'\{"type":"data-message","topic":"([^"\\]{0,256})"')
"""As Zeek writes it; the same in another order or with spaces is decoded."""


class Control(Struct, gc=False):
    """What is no event: `ack`, `error`, or of a kind to come."""

    type: str = ""
    topic: str = ""
    endpoint: str = ""
    version: str = ""
    code: str = ""
    context: str = ""


_decode = msgspec.json.Decoder(Control).decode


def topic_of(frame: bytes) -> str | None:
    """The topic of an event; None for any other frame."""
    found = _EVENT.match(frame)
    if found:
        return found[1].decode("utf-8", "replace")
    control = control_of(frame)
    return control.topic if control.type == "data-message" else None


def control_of(frame: bytes) -> Control:
    """A frame that is no event; of type "" where it cannot be read at all."""
    try:
        return _decode(frame)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Control()


def shown(text: str) -> str:
    """For a log: short, and nothing in it that a terminal would obey."""
    return text[:200].encode("unicode_escape").decode()

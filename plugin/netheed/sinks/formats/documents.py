"""What every JSON form shares: cleaned text, one line, nothing said about what is missing."""

from typing import Any

import msgspec

from netheed.sinks.formats.clean import clean

_encode = msgspec.json.Encoder().encode


def line(document: dict[str, Any]) -> bytes:
    """A JSON object and its newline; all text in it is cleaned here, so no form can forget to.

    Numbers that JSON cannot say (NaN, infinities) become null, as msgspec has it.
    """
    return _encode(_cleaned(document)) + b"\n"


def present(document: dict[str, Any]) -> dict[str, Any]:
    """The document without the keys whose value is missing (None)."""
    return {name: value for name, value in document.items() if value is not None}


def _cleaned(value: Any) -> Any:
    """Keys are ours and stay."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {name: _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(inner) for inner in value]
    return value

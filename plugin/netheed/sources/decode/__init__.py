"""One record of a sensor -> Connection: one file a format, and which there are."""

from collections.abc import Callable
from typing import Final, NamedTuple

from netheed.records import Connection
from netheed.sources.decode import eve, zeek_json, zeek_tsv

Decode = Callable[[bytes], Connection | None]
"""A line without its newline -> its connection, None for a line that says nothing.

Raises Skipped, Header, UnknownFormatError, msgspec.MsgspecError, ValueError or RecursionError.
"""


class Format(NamedTuple):
    """A form of records in files."""

    recognises: Callable[[bytes], bool]
    """Whether a line is for this format to decode; it is asked for each line, so it is quick."""
    decoder: Callable[[], Decode]
    """Made anew for each file, because a format may have headers."""


FORMATS: Final[dict[str, Format]] = {
    "eve": Format(eve.recognises, lambda: eve.connection),
    "zeek_json": Format(zeek_json.recognises, lambda: zeek_json.connection),
    "zeek_tsv": Format(zeek_tsv.recognises, lambda: zeek_tsv.TsvDecoder().decode),
}
"""No two recognise the same line; the last takes what is left."""

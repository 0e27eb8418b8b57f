"""Records of a sensor -> columns: one file a format, and which there are."""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Protocol

from netheed.core.networks import AddressWords
from netheed.sources.decode import eve, zeek_json, zeek_tsv
from netheed.sources.decode.translate import Translation

Record = Any
"""A format's own; whoever made it takes it again."""


class Decoder(Protocol):
    """Lines of one file in their order, without their newlines."""

    def record(self, line: bytes) -> Record | None:
        """A line's record, `Named` or `Acted` for one beside connections, None for an empty one.

        Raises Skipped, Header, UnknownFormatError, msgspec.MsgspecError, ValueError or
        RecursionError.
        """
        ...

    def records(self, lines: Sequence[bytes]) -> list[Record]:
        """The same for many lines of connections; else any of these errors is raised."""
        ...

    def connections(self, lines: Sequence[bytes | None]) -> list[int]:
        """The places of the lines that surely hold a connection, told without decoding them."""
        ...

    def columns(self, records: Sequence[Record], words: AddressWords) -> Translation:
        """The connections of some records, and why the others are none."""
        ...


class Format(NamedTuple):
    """A form of records in files."""

    recognises: Callable[[bytes], bool]
    """Whether a line is for this format to decode; it is asked for each line, so it is quick."""
    decoder: Callable[[], Decoder]
    """Made anew for each file, because a format may have headers."""


FORMATS: Final[dict[str, Format]] = {
    "eve": Format(eve.recognises, eve.EveDecoder),
    "zeek_json": Format(zeek_json.recognises, zeek_json.JsonDecoder),
    "zeek_tsv": Format(zeek_tsv.recognises, zeek_tsv.TsvDecoder),
}
"""No two recognise the same line; the last takes what is left."""

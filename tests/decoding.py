"""One line through a decoder: what most tests of decoders look at."""

from typing import Any

import numpy as np

from netheed.core.networks import AddressWords
from netheed.records import Connection
from netheed.sources.decode import Decoder
from netheed.sources.decode.eve import EveDecoder
from netheed.sources.decode.zeek_json import JsonDecoder

WORDS = AddressWords()


def connection_of(decoder: Decoder, line: bytes) -> Connection:
    """The connection of a line. Raises what the decoder raises, ValueError where it refuses."""
    return translated(decoder, decoder.record(line))


def translated(decoder: Decoder, record: Any) -> Connection:
    """The connection of a record. Raises ValueError where it is refused."""
    columns, refused = decoder.columns([record], WORDS)
    if refused:
        raise ValueError(refused[0])
    (connection,) = columns.connections(np.arange(1))
    return connection


def eve(line: bytes) -> Connection:
    """Of a line of EVE."""
    return connection_of(EveDecoder(), line.rstrip(b"\n"))


def zeek_json(line: bytes) -> Connection:
    """Of a line of Zeek's JSON."""
    return connection_of(JsonDecoder(), line.rstrip(b"\n"))

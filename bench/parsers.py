"""`python -m bench.parsers FILE`: parsers of JSON lines beside msgspec's typed structures.

Microseconds a line to decode the blocks of a file of EVE or Zeek JSON, as the reader takes them,
and to reach the fields that it reads: Python lists of them, or columns where a parser makes those.
What is not installed is left out: `pip install orjson pysimdjson pyarrow polars`.
"""

import argparse
import io
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from netheed.sources.decode.eve import EveDecoder
from netheed.sources.lines import blocks_of_lines, open_any

BLOCKS: Final = 100
ROUNDS: Final = 5
FIELDS: Final = ("src_ip", "dest_ip", "proto")
"""Read of each record where that is not part of decoding: fewer than the reader wants."""
Lines = list[bytes]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    with open_any(parser.parse_args().file) as file:
        read = islice(blocks_of_lines(file), BLOCKS)
        blocks = [[line for line in block if line] for block in read]
    lines = sum(map(len, blocks))
    print(f"| parser | µs a line, {lines:,} lines of EVE |\n|---|---:|")
    for name, decode in parsers():
        print(f"| {name} | {_best(decode, blocks) / lines * 1e6:.2f} |")


def parsers() -> Iterator[tuple[str, Callable[[Lines], Any]]]:
    """Those that are installed."""
    yield "msgspec, typed structures, fields by attribute", _msgspec
    untyped = msgspec.json.Decoder().decode
    yield "msgspec, dictionaries", lambda lines: _picked(map(untyped, lines))
    whole = msgspec.json.Decoder(msgspec.Raw)
    yield "msgspec, only finding the records", lambda lines: whole.decode_lines(b"\n".join(lines))
    with suppress(ImportError):
        loads = import_module("orjson").loads
        yield "orjson, dictionaries", lambda lines: _picked(map(loads, lines))
    with suppress(ImportError):
        simd = import_module("simdjson").Parser()
        yield "simdjson, fields by name", lambda lines: [_lazily(simd, line) for line in lines]
    with suppress(ImportError):
        arrow = import_module("pyarrow.json")
        options = arrow.ReadOptions(use_threads=False, block_size=1 << 20)
        yield "pyarrow, all columns", lambda lines: arrow.read_json(_file(lines), options)
    with suppress(ImportError):
        polars = import_module("polars")
        yield "polars, all columns", lambda lines: polars.read_ndjson(_file(lines))


def _msgspec(lines: Lines) -> list[tuple[Any, ...]]:
    return [(r.src_ip, r.dest_ip, r.proto) for r in EveDecoder().records(lines)]


def _picked(records: Any) -> list[tuple[Any, ...]]:
    return [tuple(record[name] for name in FIELDS) for record in records]


def _lazily(parser: Any, line: bytes) -> tuple[Any, ...]:
    record = parser.parse(line)
    return tuple(record[name] for name in FIELDS)


def _file(lines: Lines) -> io.BytesIO:
    return io.BytesIO(b"\n".join(lines))


def _best(decode: Callable[[Lines], Any], blocks: list[Lines]) -> float:
    """CPU seconds for all blocks, those of other threads too."""
    found = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for block in blocks:
            decode(block)
        found.append(time.process_time() - began)
    return min(found)


if __name__ == "__main__":
    main()

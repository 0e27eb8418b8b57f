"""Coverage-guided fuzzing of the readers: whatever the bytes, they are read or told, never a crash.

Run by `make fuzz`, or with options of libFuzzer:

    python tests/fuzz/fuzz_readers.py -runs=10000000 -max_len=640

The first byte chooses the way: one line for one of the three decoders, or a piece of a file behind
a TSV header, an EVE record or a conn record, with a good record behind it that must survive.
"""

import sys
from pathlib import Path

import atheris
import numpy as np

with atheris.instrument_imports(include=["netheed.sources"]):
    from netheed.records import Connection, Tally
    from netheed.sources.decode import Decoder
    from netheed.sources.decode.acting import Acted
    from netheed.sources.decode.eve import EveDecoder
    from netheed.sources.decode.naming import Named
    from netheed.sources.decode.zeek_json import JsonDecoder
    from netheed.sources.decode.zeek_tsv import TsvDecoder
    from netheed.sources.reader import _NOT_KEPT as NOT_KEPT
    from netheed.sources.reader import Reader

sys.path.insert(0, str(Path(__file__).parents[2]))
from netheed.core import act_rows, namings
from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from tests.acts import EVE_ALERT, ZEEK_DCE_RPC, ZEEK_SMB_MAPPING
from tests.lines import CONN_JSON, EVE_FLOW, TSV_HEADER, TSV_ROW
from tests.names import EVE_TLS, TSV_DNS_HEADER, TSV_DNS_ROW, ZEEK_DNS, ZEEK_SSL

BEFORE = (b"", TSV_HEADER + TSV_ROW, EVE_FLOW, CONN_JSON, TSV_DNS_HEADER + TSV_DNS_ROW)
WORDS = AddressWords()
TSV = TsvDecoder()
for _line in TSV_HEADER.splitlines():
    TSV.header(_line)
DECODERS: tuple[Decoder, ...] = (EveDecoder(), JsonDecoder(), TSV)
SEEDS = (
    *(EVE_FLOW, CONN_JSON, TSV_HEADER, TSV_ROW, ZEEK_DNS, ZEEK_SSL, EVE_TLS),
    *(EVE_ALERT, ZEEK_DCE_RPC, ZEEK_SMB_MAPPING),
)


def one_input(data: bytes) -> None:
    """One input: two in eight are pieces of a file, the others one line for one decoder."""
    if not data:
        return
    way = data[0] % 8
    if way < 2:
        a_piece_of_a_file(data[1:])
    else:
        a_line(DECODERS[way // 2 - 1], data[1:])


def a_line(decoder: Decoder, line: bytes) -> None:
    """A line is a connection, no connection, or refused by one of the errors that are expected."""
    try:
        record = decoder.record(line)
    except NOT_KEPT:
        return
    if record is None:
        return
    if isinstance(record, Named):
        namings.columns(record.namings, WORDS)
        return
    if isinstance(record, Acted):
        act_rows.columns(record.acts, WORDS)
        return
    columns, refused = decoder.columns([record], WORDS)
    if len(columns) + len(refused) != 1:
        raise AssertionError("a record is neither a connection nor refused")
    for connection in told(columns):
        check(connection)


def a_piece_of_a_file(data: bytes) -> None:
    """What is behind the piece survives, and the tally is right."""
    before = BEFORE[data[0] % len(BEFORE)] if data else b""
    bad: list[Exception] = []
    tally = Tally()
    reader = Reader("fuzz", WORDS, tally, bad.append)
    lines: list[bytes | None] = [*(before + data[1:]).split(b"\n"), EVE_FLOW.rstrip()]
    found = told(reader.columns(lines))
    namings.columns(reader.taken(), WORDS)
    act_rows.columns(reader.taken_acts(), WORDS)
    reader.finish()
    if tally.connections != len(found) or tally.bad != len(bad):
        raise AssertionError("the tally is wrong")
    if not reader.given_up and found[-1].uid != "1396867914677676":
        raise AssertionError("the neighbour is lost")
    for connection in found:
        check(connection)


def told(columns: Columns) -> list[Connection]:
    """Every connection."""
    return columns.connections(np.arange(len(columns)))


def check(connection: Connection) -> None:
    """What windows and sinks rely on."""
    start, duration = connection.start, connection.duration
    if not 0 <= start < 253402300800 or (duration is not None and not 0 <= duration < 1e12):
        raise AssertionError("a time that is none")
    if not (0 <= connection.orig_port <= 65535 and 0 <= connection.resp_port <= 65535):
        raise AssertionError("a port that is none")
    for count in (connection.orig_bytes, connection.resp_bytes, connection.orig_pkts):
        if count is not None and not 0 <= count <= 2**60:
            raise AssertionError("a count that is none")
    for text in (connection.uid, connection.orig, connection.proto, connection.service or ""):
        if len(text) > 64:
            raise AssertionError("a text past its cap")
    (again,) = told(Columns.of([connection], WORDS))
    if (again.uid, again.orig, again.resp) != (connection.uid, connection.orig, connection.resp):
        raise AssertionError("columns tell something else")


def write_seeds(folder: Path) -> None:
    """The corpus begins with good records of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    for way in range(8):
        for number, seed in enumerate(SEEDS):
            (folder / f"seed-{way}-{number}").write_bytes(bytes([way]) + seed.rstrip())


if __name__ == "__main__":
    corpus = Path(".cache/fuzz")
    write_seeds(corpus)
    atheris.Setup([*sys.argv, str(corpus)], one_input)
    atheris.Fuzz()

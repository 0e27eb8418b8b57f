"""Coverage-guided fuzzing of the readers: whatever the bytes, they are read or told, never a crash.

Run by `make fuzz`, or with options of libFuzzer:

    python tests/fuzz/fuzz_readers.py -runs=10000000 -max_len=2048

Each input is a piece of a file. The first byte chooses what stands before it (nothing, a TSV
header, an EVE record, a conn record); a good record stands behind it and must survive.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["netheed.sources"]):
    from netheed.records import Tally
    from netheed.sources.files import _Reader

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.lines import CONN_JSON, EVE_FLOW, TSV_HEADER, TSV_ROW

BEFORE = (b"", TSV_HEADER + TSV_ROW, EVE_FLOW, CONN_JSON)
SEEDS = (EVE_FLOW, CONN_JSON, TSV_HEADER, TSV_ROW)


def one_input(data: bytes) -> None:
    """Read one piece of a file; raises what must not be."""
    if not data:
        return
    before = BEFORE[data[0] % len(BEFORE)]
    bad: list[Exception] = []
    tally = Tally()
    reader = _Reader("fuzz", tally, bad.append)
    lines: list[bytes | None] = [*(before + data[1:]).split(b"\n"), EVE_FLOW.rstrip()]
    found = reader.connections(lines)
    reader.finish()
    if tally.connections != len(found) or tally.bad != len(bad):
        raise AssertionError("the tally is wrong")
    if not reader.given_up and found[-1].uid != "1396867914677676":
        raise AssertionError("the neighbour is lost")
    for connection in found:
        check(connection)


def check(connection: object) -> None:
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


def write_seeds(folder: Path) -> None:
    """The corpus begins with good records of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    for before in range(len(BEFORE)):
        for number, seed in enumerate(SEEDS):
            (folder / f"seed-{before}-{number}").write_bytes(bytes([before]) + seed)


if __name__ == "__main__":
    corpus = Path(".cache/fuzz")
    write_seeds(corpus)
    atheris.Setup([*sys.argv, str(corpus)], one_input)
    atheris.Fuzz()

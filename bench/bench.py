"""`make bench`: connections per CPU-second, file to scored windows, beside bare msgspec decode.

Speeds of one machine mean little; the ratio to bare decode of the same lines, taken in the same
run, travels. The decode it is measured against is the reader's own typed structure.
"""

import argparse
import gc
import resource
import time
import tracemalloc
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import msgspec

from bench import traffic
from netheed import build
from netheed.config import Settings
from netheed.core.windows import Windows
from netheed.pipeline import Pipeline
from netheed.records import Tally
from netheed.sources.archive import Archive
from netheed.sources.decode import eve, zeek_json

GOAL = 100_000
GOAL_RATIO = 12.0


def main() -> None:
    """Write the input once, then measure each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=Path(".cache/bench"))
    arguments = parser.parse_args()
    eve_path, conn_path = traffic.write(arguments.folder, arguments.lines)
    for name, path, wire in (
        ("EVE", eve_path, eve.EveRecord),
        ("Zeek JSON", conn_path, zeek_json.ConnRecord),
    ):
        decode = _decode_seconds(path, wire)
        tally = Tally()
        pipeline = build.pipeline(Settings(), tally)
        whole = _cpu_seconds(lambda p=path, t=tally, through=pipeline: _score(p, t, through))
        _tell(name, tally, decode, whole)
        hosts = pipeline.core.sequences.hosts
        kept = (pipeline.core.features.nbytes + pipeline.core.sequences.nbytes) / hosts
        print(f"  waiting for its window {_waiting_bytes(path):.0f} bytes a connection")
        print(f"  kept between windows {kept / 1024:.1f} KiB for each of {hosts} hosts (goal 6)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MiB")


def _tell(name: str, tally: Tally, decode: float, whole: float) -> None:
    rate, ratio = tally.connections / whole, whole / decode
    print(
        f"{name}: {tally.connections} connections, {tally.windows} windows scored "
        f"({tally.connections / tally.windows:.1f} connections a window)"
    )
    print(f"  bare msgspec decode  {tally.connections / decode:10.0f} lines per CPU-second")
    print(f"  file to scored       {rate:10.0f} connections per CPU-second (goal {GOAL})")
    print(f"  that is 1/{ratio:.1f} of bare decode (goal 1/{GOAL_RATIO:.0f})")


def _cpu_seconds(job: Callable[[], None]) -> float:
    began = time.process_time()
    job()
    return time.process_time() - began


def _decode_seconds(path: Path, wire: type) -> float:
    """CPU seconds to decode all lines, which are read and split beforehand; the best of three."""
    decode = msgspec.json.Decoder(wire).decode
    lines = path.read_bytes().splitlines()

    def each() -> None:
        for line in lines:
            decode(line)

    return min(_cpu_seconds(each) for _ in range(3))


def _waiting_bytes(path: Path) -> float:
    """Of the first connections of a file, in windows that are open."""
    archive = Archive(paths=[path], words=build.words(Settings()), tally=Tally(), on_bad=print)
    reads = archive.reads({})
    next(reads), next(reads)  # what is remembered of addresses and words is no connection's
    windows, count = Windows(lateness=float("inf")), 0
    windows.begin("file")
    tracemalloc.start()
    for read in islice(reads, 5):
        windows.feed("file", read.batch)
        count += len(read.batch)
    del read
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / count


def _score(path: Path, tally: Tally, pipeline: Pipeline) -> None:
    archive = Archive(paths=[path], words=build.words(Settings()), tally=tally, on_bad=print)
    for _ in pipeline.run(archive):
        pass


if __name__ == "__main__":
    main()

"""`make bench-growth`: what a connection costs as traffic grows, as docs/speed.md shows it."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench import apart, page
from bench.measure import machine
from bench.results import RESULTS, Result, Row, written
from bench.traffic import Traffic, write
from netheed import __version__

COMMON: Final = Traffic(lines=60_000, hosts=500, rate=250.0)
"""Four minutes; each axis changes one thing of it, and the windows have twenty."""
FORM: Final = "zeek_tsv"
ONCE_MORE: Final = 300_000
"""Connections up to which the best of two runs counts; above it one run is long enough."""


@dataclass(frozen=True, slots=True)
class Point:
    """One run."""

    axis: str
    at: float
    traffic: Traffic
    width: float | None = None
    """Seconds of a window where it is not the model's."""


def points(largest: int) -> Iterator[Point]:
    """All runs; `largest` is the power of ten of the largest number of connections."""
    for power in range(3, largest + 1):
        yield Point("connections", 10**power, replace(COMMON, lines=10**power))
    for rate in (5, 50, 500, 5_000, 50_000):
        lines = min(COMMON.lines, 10_000 * rate)
        yield Point("rate", rate, replace(COMMON, rate=float(rate), lines=lines))
    for hosts in (10, 100, 1_000, 10_000, 50_000):
        yield Point("hosts", hosts, replace(COMMON, hosts=hosts))
    for peers in (1, 10, 100, 1_000, 10_000):
        yield Point("peers", peers, replace(COMMON, hosts=20, peers=peers))
    for width in (10, 30, 60, 300, 600):
        yield Point("width", width, replace(COMMON, lines=300_000), width=float(width))


def measured(point: Point, folder: Path) -> Row:
    """The best of some runs."""
    path = write(folder, point.traffic, FORM)
    times = 1 if point.traffic.lines > ONCE_MORE else 2
    runs = [apart.whole(path, width=point.width) for _ in range(times)]
    best = min(runs, key=lambda run: run.seconds)
    if point.traffic.lines > 10**6:
        path.unlink()  # gigabytes, and made again when they are wanted
    return Row(
        group=point.axis,
        name=f"{point.at:.0f}",
        value=best.seconds / best.connections,
        unit="us",
        per="connection",
        count=best.connections,
        note=f"{best.connections / max(1, best.windows):.1f} connections a window",
    )


def main() -> None:
    """Measure, keep, draw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=6, help="10 to this power connections")
    parser.add_argument("--folder", type=Path, default=Path(".cache/bench"))
    arguments = parser.parse_args()
    rows = tuple(measured(point, arguments.folder) for point in points(arguments.largest))
    result = Result(version=__version__, lines=COMMON.lines, machine=machine(), rows=rows)
    print("\n".join(page.told_of_growth(result)))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"growth-{result.version}.json").write_bytes(written(result))
    page.write()


if __name__ == "__main__":
    main()

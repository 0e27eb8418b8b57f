"""`make two-sensors`: what is counted when Zeek and Suricata see one network, and what it costs.

Captures that a real Zeek and a real Suricata have read are taken in one by one, both logs together,
and compared with Zeek's alone. The cost is the share of a run in looking for doubles and comparing
the sensors, with one sensor and with two that tell the same.
"""

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.agreement import NEAR, connections_by_key
from bench.traffic import Traffic, write
from netheed import build
from netheed.config import Settings
from netheed.core.columns import Columns
from netheed.core.compared import Compared
from netheed.core.doubles import Doubles
from netheed.core.features import Features
from netheed.core.networks import AddressWords
from netheed.core.windows import Tick, ticks_of
from netheed.pipeline import Pipeline
from netheed.records import Connection, Tally
from netheed.sources.archive import Archive

LINES = 200_000
Vectors = dict[tuple[str, float], np.ndarray]
"""(host, window start) -> transformed vector."""


@dataclass(slots=True)
class Joined:
    """What both logs of some captures give together."""

    zeek: int = 0
    """Connections."""
    suricata: int = 0
    either: int = 0
    """Of each capture and community_id as many as the sensor has that tells more of them."""
    together: int = 0
    """That stand where both logs are read."""
    windows: int = 0
    """Of Zeek's log alone."""
    more: int = 0
    """That both logs have and Zeek's has not."""
    same_windows: int = 0
    """Of Zeek's log alone, with as many connections where both are read."""
    same_vectors: int = 0
    """Of those, with every feature within NEAR."""
    records: int = 0
    """That both logs hold."""


@dataclass(slots=True)
class Cost:
    """CPU seconds of a run, and those of what two sensors need."""

    whole: float
    doubles: float
    compared: float
    windows: int
    seen_twice: int


def joined(shared: Path) -> Joined:
    """Every capture with both logs together."""
    zeek, suricata = connections_by_key(shared)
    found = Joined()
    captures: dict[str, tuple[list[Connection], list[Connection]]] = defaultdict(lambda: ([], []))
    for log, by_key in enumerate((zeek, suricata)):
        for (capture, _), connections in by_key.items():
            captures[capture][log].extend(connections)
    for logs in captures.values():
        _add(found, *logs)
    found.either = sum(
        max(len(zeek.get(key, ())), len(suricata.get(key, ()))) for key in zeek | suricata
    )
    return found


def _add(found: Joined, zeek: list[Connection], suricata: list[Connection]) -> None:
    ticks = list(ticks_of(Columns.of([*zeek, *suricata], AddressWords())))
    doubles = Doubles()
    once = [doubles.without(tick) for tick in ticks]
    found.zeek += len(zeek)
    found.suricata += len(suricata)
    found.records += sum(len(tick.rows) for tick in ticks)
    found.together += sum(len(tick.rows) for tick in once)
    alone, alone_count = _vectors(list(ticks_of(Columns.of(zeek, AddressWords()))))
    both, both_count = _vectors(once)
    found.windows += len(alone)
    found.more += len(both.keys() - alone.keys())
    for key in alone.keys() & both.keys():
        found.same_windows += alone_count[key] == both_count[key]
        found.same_vectors += bool((np.abs(alone[key] - both[key]) <= NEAR).all())


def _vectors(ticks: Sequence[Tick]) -> tuple[Vectors, Counter[tuple[str, float]]]:
    features, vectors, counts = Features(), {}, Counter[tuple[str, float]]()
    for tick in ticks:
        for hosts in features.of([tick]):
            for at, name in enumerate(hosts.names):
                vectors[name, tick.start] = hosts.vectors[at]
                counts[name, tick.start] = int(hosts.connections[at])
    return vectors, counts


def cost(paths: Sequence[Path]) -> Cost:
    """Score files and look at the clock around each search for doubles."""
    tally, settings = Tally(), Settings()
    pipeline = build.pipeline(settings, tally, together=build.TOGETHER)
    doubles, compared = _WatchedDoubles(), _WatchedCompared()
    pipeline.core.doubles, pipeline.core.compared = doubles, compared
    files = list(paths)
    archive = Archive(paths=files, words=build.words(settings), tally=tally, on_bad=_refuse)
    began = time.process_time()
    _exhaust(pipeline, archive)
    whole = time.process_time() - began
    spent = (whole, doubles.seconds, compared.seconds)
    return Cost(*spent, tally.windows, doubles.seen_twice)


class _WatchedDoubles(Doubles):
    """It says how long it takes."""

    seconds = 0.0

    def without(self, tick: Tick) -> Tick:
        began = time.process_time()
        once = super().without(tick)
        self.seconds += time.process_time() - began
        return once


class _WatchedCompared(Compared):
    """Likewise."""

    seconds = 0.0

    def take(self, tick: Tick, *, two_feed: bool) -> None:
        began = time.process_time()
        super().take(tick, two_feed=two_feed)
        self.seconds += time.process_time() - began


def _refuse(error: Exception) -> None:
    raise error


def _exhaust(pipeline: Pipeline, archive: Archive) -> None:
    for _ in pipeline.run(archive):
        pass


def page(shared: Path) -> Iterator[str]:
    """The figures as a page."""
    found = joined(shared)
    yield "| real captures, each read by both sensors | |"
    yield "|---|---:|"
    yield f"| connections of Zeek alone | {found.zeek:,} |"
    yield f"| connections of Suricata alone | {found.suricata:,} |"
    yield f"| both logs, each record counted | {found.records:,} |"
    yield f"| both logs, each connection once | {found.together:,} |"
    yield f"| connections that at least one of them saw | {found.either:,} |"
    yield f"| windows of hosts by Zeek alone | {found.windows:,} |"
    share = found.same_windows / found.windows
    yield f"| of those with as many connections by both | {found.same_windows:,} ({share:.1%}) |"
    share = found.same_vectors / found.windows
    yield f"| of those with the same features by both | {found.same_vectors:,} ({share:.1%}) |"
    yield f"| windows of what only Suricata told | {found.more:,} |"
    yield ""
    of = f"{LINES:,} connections, 1,000 a second"
    yield f"| {of} | CPU s | of it doubles | comparison | share of both | windows | left out |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    traffic = Traffic(lines=LINES, rate=1_000.0)
    with TemporaryDirectory() as folder:
        eve, zeek = (write(Path(folder), traffic, form) for form in ("eve", "zeek_json"))
        for name, paths in (("Zeek", [zeek]), ("Suricata", [eve]), ("both", [zeek, eve])):
            took = cost(paths)
            cells = (
                *(f"{took.whole:.2f}", f"{took.doubles:.4f}", f"{took.compared:.4f}"),
                f"{(took.doubles + took.compared) / took.whole:.3%}",
                *(f"{took.windows:,}", f"{took.seen_twice:,}"),
            )
            yield f"| {name} | {' | '.join(cells)} |"


def main() -> None:
    """Print the page's figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    print("\n".join(page(parser.parse_args().shared)))


if __name__ == "__main__":
    main()

"""`make bench`: what each stage and whole runs take in CPU time, beside bare msgspec decode.

Speeds of one machine mean little; the ratio to bare decode of the same connections, taken in the
same run, travels. The decode it is measured against is the reader's own typed structure.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from bench import apart, beside, page, stages
from bench.caps import Caps, fullness
from bench.measure import Stopwatch, machine
from bench.results import RESULTS, Result, Row, written
from bench.scenarios import FULL, SCENARIOS, Scenario, scenarios
from bench.traffic import FORMS, Traffic, write
from netheed import __version__
from netheed.config import LimitSettings

_NO_BYTECODE: Final = "PYTHONDONTWRITEBYTECODE"
RECORDINGS: Final = ("zeek/ctu-sme-11/*conn.log*", "zeek/stratosphere/*conn*")


@dataclass(slots=True)
class Bench:
    """One run."""

    folder: Path
    """Of the inputs."""
    recordings: Path
    quick: bool
    watch: Stopwatch
    decode: dict[Traffic, dict[str, float]] = field(default_factory=dict)
    """CPU seconds a connection of bare decode, by traffic and form."""

    def rows(self) -> Iterator[Row]:
        """All figures."""
        for scenario in scenarios(quick=self.quick):
            yield from self.whole(scenario)
        yield from self.of_stages()
        yield self.full()
        yield self.fullness()
        yield from self.recorded_days()
        yield self.start()

    def whole(self, scenario: Scenario) -> Iterator[Row]:
        """One line of the table of scenarios."""
        run = scenario.measured(self.folder)
        each = run.seconds / run.connections
        if scenario.per == "run":
            note = f"{run.connections} connections, {run.windows} windows, beyond start-up"
            yield _row(scenario.group, scenario.name, run.seconds, "s", "run", note=note)
            return
        bare = self.bare(scenario) if scenario.wire else None
        yield Row(
            group=scenario.group,
            name=scenario.name,
            value=each,
            unit="us",
            per="connection",
            count=run.connections,
            ratio=each / bare if bare else None,
            note=f"{1 / each:,.0f} connections per CPU-second, "
            f"{run.connections / max(1, run.windows):.1f} connections a window",
        )
        if scenario == first(quick=self.quick):
            waiting = stages.waiting_bytes(scenario.path(self.folder))
            yield _row("memory", "waiting for its window", waiting, "B", "connection")
            note = f"{run.hosts} hosts"
            yield _row("memory", "kept between windows", run.kept, "KiB", "host", note=note)
            note = "a whole history, half of its pairs seen once, peers shared by five"
            kept = stages.host_bytes(26)
            yield _row("memory", "kept of a host with 26 pairs", kept, "KiB", "host", note=note)
            yield _row("memory", "peak of the process", run.peak, "MiB", "run", note=scenario.name)

    def bare(self, scenario: Scenario) -> float:
        """CPU seconds a connection of bare decode, measured once for each traffic and form."""
        known = self.decode.setdefault(scenario.traffic, {})
        form = scenario.wire or scenario.form
        if form not in known:
            path = scenario.path(self.folder, form)
            named = {stage.name: stage for stage in stages.source_stages(path, form)}
            stage = named["bare msgspec decode"]
            name = f"{scenario.name}: bare"
            known[form] = self.watch.seconds(name, stage.prepare) / stage.count
        return known[form]

    def of_stages(self) -> Iterator[Row]:
        """Each stage, and what stands beside them."""
        traffic = first(quick=self.quick).traffic
        for form in FORMS:
            path = write(self.folder, traffic, form)
            for stage in stages.source_stages(path, form):
                yield self.stage(stage, f"{form}: {stage.name}")
        run = stages.recorded(write(self.folder, traffic, "zeek_json"))
        per_connection = run.windows / run.connections
        for stage in stages.core_stages(run):
            row = self.stage(stage, stage.name)
            if row.per == "window":
                yield replace(row, group="beside", name=f"netheed: {row.name}")
                row = _each_connection(row, per_connection)
            yield row
        for stage in stages.sink_stages(stages.some_notices(run)):
            row = self.stage(stage, f"sink {stage.name}")
            yield _each_connection(row, per_connection * stages.TOLD)
        yield from beside.rows(run, self.watch, 500 if self.quick else 3_000)

    def stage(self, stage: stages.Stage, name: str) -> Row:
        """Measure one."""
        seconds = self.watch.seconds(name, stage.prepare) / stage.count
        return _row("stages", name, seconds, "us", stage.per, stage.count)

    def full(self) -> Row:
        """A tick with full tables."""
        share = 0.05 if self.quick else 1.0
        traffic = Traffic(
            lines=int(FULL.lines * share),
            hosts=int(FULL.hosts * share),
            rate=FULL.rate * share,
            peers=FULL.peers,
            exponent=FULL.exponent,
        )
        tick = stages.full_ticks(write(self.folder, traffic, "zeek_tsv"), share)
        return _row(
            "regimes",
            f"full tables ({share:.0%} of the default limits), features and memory",
            tick.seconds,
            "ms",
            "tick",
            tick.ticks,
            f"{traffic.rate * 60:,.0f} connections a tick, emptiest table {tick.full:.0%} full",
        )

    def fullness(self) -> Row:
        """What full tables add to a small tick."""
        limits = LimitSettings()
        share = 20 if self.quick else 1
        caps = Caps(
            max_hosts=limits.hosts // share,
            max_pairs=limits.pairs // share,
            max_lives=limits.lives // share,
            max_novelties=limits.novelties // share,
        )
        empty, parts = fullness(caps, 200 if self.quick else 2_000)
        full = parts.sum(axis=1)
        name = f"what full tables ({1 / share:.0%} of the limits) add to 100 new connections"
        seconds = (full.mean() - empty.mean()) / 1e3
        note = f"{empty.mean():.2f} ms empty, {full.mean():.2f} full, {full.max():.0f} the worst"
        return _row("regimes", name, seconds, "ms", "tick", len(full), note)

    def recorded_days(self) -> Iterator[Row]:
        """Recordings of few hosts, where they are there."""
        found = [path for glob in RECORDINGS for path in sorted(self.recordings.glob(glob))]
        for path in found[:1] if self.quick else found:
            run = apart.whole(path)
            note = f"{run.connections} connections, {run.windows} windows, beyond start-up"
            name = f"recorded, {path.name.split('.')[0]}"
            yield _row("regimes", name, run.seconds, "s", "run", note=note)

    def start(self) -> Row:
        """From the start of the command to the first window, which its only line gives."""
        path = write(self.folder, Traffic(lines=1), "zeek_json")
        command = [sys.executable, "-c", "from netheed.cli import main; main()", "score", str(path)]
        runs = [_child(command) for _ in range(2 if self.quick else 3)]
        cpu, wall = map(min, zip(*runs, strict=True))
        note = f"{wall:.2f} s by the clock"
        return _row("regimes", "start-up to the first window", cpu, "s", "run", note=note)


def first(*, quick: bool) -> Scenario:
    """The scenario whose memory is told."""
    return SCENARIOS[0].smaller() if quick else SCENARIOS[0]


def _each_connection(row: Row, share: float) -> Row:
    """Of what comes only this often for each connection."""
    each = f"{row.value * 1e6:.3g} µs a {row.per}"
    note = f"{each}, one for {1 / share:,.0f} connections"
    return replace(row, value=row.value * share, per="connection", note=note)


def _row(  # noqa: PLR0913, PLR0917 - the cells of a line, in its order
    group: str, name: str, value: float, unit: str, per: str, count: int = 1, note: str = ""
) -> Row:
    return Row(group=group, name=name, value=value, unit=unit, per=per, count=count, note=note)


def _child(command: list[str]) -> tuple[float, float]:
    """CPU seconds and seconds by the clock of a command, with its bytecode as pip makes it."""
    environment = {name: at for name, at in os.environ.items() if name != _NO_BYTECODE}
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)  # noqa: S603 - our own
    after, ended = os.times(), time.perf_counter()
    cpu = after.children_user + after.children_system
    return cpu - before.children_user - before.children_system, ended - began


def main() -> None:
    """Measure, print, and keep where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller inputs, one value each")
    parser.add_argument("--keep", action="store_true", help="keep as this version's result")
    parser.add_argument("--folder", type=Path, default=Path(".cache/bench"))
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    arguments = parser.parse_args()
    watch = Stopwatch(values=1 if arguments.quick else 3)
    bench = Bench(arguments.folder, arguments.shared / "data", arguments.quick, watch)
    lines = first(quick=arguments.quick).traffic.lines
    rows = tuple(bench.rows())
    result = Result(version=__version__, lines=lines, machine=machine(), rows=rows)
    print("\n".join(page.told(result)))
    (arguments.folder / "result.json").write_bytes(written(result))
    if arguments.keep:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{result.version}.json").write_bytes(written(result))
        page.write()


if __name__ == "__main__":
    main()

"""Load `netheed run` for an hour as a busy Suricata would, and watch it each second.

    python -m bench.hour --minutes 60 --output docs/load.md

An eve.json grows at a third of the rate that netheed was measured to take, and is rotated by rename
and by copytruncate. Watched are memory, CPU time and how far netheed is behind; in the end every
line that was written must be accounted for. Exit code 1 where one is not.
"""

import json
import os
import shutil
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from io import FileIO
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import click
import numpy as np

from bench.crashes import Place, running
from bench.looks import MIB, cpu, drained, free_address, memory, metrics, peak
from bench.measure import machine
from bench.pour import Pour
from netheed import __version__

TICK: Final = 0.1
"""Seconds between two writes."""
LATENESS: Final = 150.0
"""Seconds, that which goes with the flow-timeouts of pour.py."""
KEPT: Final = 10
"""Files that rotation leaves: so many minutes may netheed be behind and lose nothing."""
Rotations = tuple[tuple[str, float], ...]
ROTATIONS: Final[Rotations] = (("rename", 60.0), ("rename", 60.0), ("copytruncate", 15.0))
"""In turn: how, and seconds since the one before. A copy is made of a short file."""
SPAN: Final = 180
"""Seconds of event time by which the top rate is measured."""
SETTLES: Final = 120.0
"""Seconds for what is behind when writing ends."""
PARTS: Final = 6
"""Of the time, in which memory is told."""
SHED: Final = ("host_windows", "far_windows")
"""Causes of `shed` that count connections."""


Look = Callable[[], dict[str, float]]
"""At netheed's metrics."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look, `at` seconds after the first line."""

    at: float
    taken: int
    """Connections taken in."""
    behind_lines: int
    behind_bytes: float
    behind_seconds: float
    """Since the oldest line that was not taken in had been written."""
    memory: float
    """MiB, resident."""
    cpu: float
    """Seconds since the process began."""


@dataclass(slots=True)
class Written:
    """What a log has got, and when: one mark a write."""

    lines: int = 0
    size: int = 0
    _at: list[float] = field(default_factory=lambda: [0.0])
    _lines: list[int] = field(default_factory=lambda: [0])
    _sizes: list[int] = field(default_factory=lambda: [0])

    def add(self, now: float, lines: int, size: int) -> None:
        """So many more."""
        self.lines += lines
        self.size += size
        self._at.append(now)
        self._sizes.append(self.size)
        self._lines.append(self.lines)  # last: who looks meanwhile goes by their number

    def behind(self, now: float, taken: int) -> tuple[int, float, float]:
        """Lines, bytes and seconds by which someone is behind who has taken so many lines."""
        known = len(self._lines)
        last, size = self._lines[known - 1], self._sizes[known - 1]
        if taken >= last:
            return 0, 0.0, 0.0
        read = float(np.interp(taken, self._lines[:known], self._sizes[:known]))
        written = self._at[bisect_left(self._lines, taken + 1, hi=known)]
        return last - taken, size - read, now - written


@dataclass(slots=True)
class Rotated:
    """A log that is written on and rotated as logrotate does it, old files numbered."""

    path: Path
    written: Written = field(default_factory=Written)
    rotations: dict[str, int] = field(default_factory=lambda: {"rename": 0, "copytruncate": 0})
    _file: FileIO | None = None

    def write(self, block: bytes, lines: int, now: float) -> None:
        """Append whole lines."""
        if self._file is None:
            self._file = FileIO(self.path, "ab")
        self._file.write(block)
        self.written.add(now, lines, len(block))

    def rotate(self, how: str) -> None:
        """By `rename`, where the next line makes a new file, or by `copytruncate`."""
        for number in range(KEPT - 1, 0, -1):
            if self._numbered(number).exists():
                self._numbered(number).rename(self._numbered(number + 1))
        if how == "rename":
            self.path.rename(self._numbered(1))
            self.close()
        else:
            shutil.copyfile(self.path, self._numbered(1))
            os.truncate(self.path, 0)
        self.rotations[how] += 1

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


@dataclass(frozen=True, slots=True)
class Balance:
    """What became of the lines."""

    written: int
    taken: int
    bad: int
    scored: int
    waiting: int
    late: int
    shed: int
    """Connections that a hard cap left out."""
    sampled: int = 0
    """Connections that a sample left out."""

    @property
    def unread(self) -> int:
        """Lines of which netheed knows nothing: zero."""
        return self.written - self.taken - self.bad - self.sampled

    @property
    def unknown(self) -> int | None:
        """Connections that were taken in and are nowhere: zero.

        None behind a sample: what windows count then is an estimate.
        """
        if self.sampled:
            return None
        return self.taken - self.scored - self.waiting - self.late - self.shed


@dataclass(frozen=True, slots=True)
class Top:
    """What netheed takes of a log that lies there."""

    lines: int
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        """Connections per CPU-second."""
        return self.lines / self.cpu


@dataclass(frozen=True, slots=True)
class Loaded:
    """A run."""

    seconds: float
    rate: float
    """Lines a second that were asked for."""
    hosts: int
    peak: float
    """MiB, resident: a checkpoint is made between two samples."""
    samples: list[Sample]
    balance: Balance
    figures: dict[str, float]
    """The metrics at the end, by name and label."""
    rotations: dict[str, int]


@contextmanager
def netheed(place: Place, rate: float) -> Iterator[tuple[int, Look]]:
    """The number of a process that follows the log, with room for all that waits at this rate."""
    log, address = eve(place), free_address()
    place.prepare(
        sources=[{"type": "eve_file", "path": str(log), "lateness": LATENESS}],
        sinks=[{"type": "eve", "path": str(place.folder / "eve-netheed.json")}],
        limits={"waiting": max(5_000_000, int(1.5 * rate * (LATENESS + 60.0)))},
        daemon={
            "state": str(place.folder / "state"),
            "windows": str(place.windows),
            "metrics": address,
            "idle_after": 3600,
        },
    )
    with running(place) as process, drained(process, SETTLES):
        yield process.pid, partial(metrics, address)


def eve(place: Place) -> Path:
    """Where Suricata would write."""
    return place.folder / "eve.json"


def top_rate(place: Place, lines: int, hosts: int) -> Top:
    """How fast netheed takes in a log that lies there, and scores what of it can be scored."""
    pour = Pour(lines // SPAN, hosts=hosts)
    place.folder.mkdir(parents=True)
    now = int(time.time())
    with eve(place).open("wb") as file:
        file.writelines(pour.at(now - SPAN + second) for second in range(SPAN))
    with netheed(place, pour.lines) as (pid, look):
        began, before = time.monotonic(), cpu(pid)
        while read(look()) < pour.made:
            time.sleep(0.2)
        return Top(pour.made, time.monotonic() - began, cpu(pid) - before)


def loaded(
    place: Place, rate: float, seconds: float, hosts: int, rotations: Rotations = ROTATIONS
) -> Loaded:
    """Write at this rate for so long, and tell what became of it."""
    place.folder.mkdir(parents=True)
    log = Rotated(eve(place))
    log.path.touch()
    samples: list[Sample] = []
    pour = Pour(round(rate * TICK), hosts=hosts)
    with netheed(place, rate) as (pid, look):
        began = time.monotonic()
        with _watched(pid, look, log.written, began, samples):
            write(log, pour, began, seconds, rotations)
            figures = _settled(log.written.lines, look)
        most = peak(pid)
    balance = balanced(log.written.lines, figures, place.said().windows)
    return Loaded(seconds, rate, hosts, most, samples, balance, figures, log.rotations)


def write(log: Rotated, pour: Pour, began: float, seconds: float, rotations: Rotations) -> None:
    """A block each tick, however long the one before has taken; rotated in between."""
    plan, last, tick = cycle(rotations), 0.0, 0
    how, after = next(plan)
    while (now := time.monotonic() - began) < seconds:
        if now >= last + after:
            log.rotate(how)
            (how, after), last = next(plan), now
        block = pour.at(int(time.time()))
        log.write(block, pour.lines, time.monotonic() - began)
        tick += 1
        time.sleep(max(0.0, began + tick * TICK - time.monotonic()))
    log.close()


@contextmanager
def _watched(
    pid: int, look: Look, written: Written, began: float, samples: list[Sample]
) -> Iterator[None]:
    """A look each second."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(1.0):
            taken = int(read(look()))
            now = time.monotonic() - began
            behind = written.behind(now, taken)
            samples.append(Sample(now, taken, *behind, memory(pid), cpu(pid)))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def read(figures: Mapping[str, float]) -> float:
    """Lines that netheed has read, well, in vain or to leave them out."""
    well, bad = figures["netheed_connections_total"], figures["netheed_bad_records_total"]
    return well + bad + _sampled(figures)


def _settled(lines: int, look: Look) -> dict[str, float]:
    """The figures when all has been read, or nothing more is."""
    figures, since = look(), time.monotonic()
    while read(figures) < lines and time.monotonic() < since + SETTLES:
        time.sleep(1.0)
        before, figures = figures, look()
        since = time.monotonic() if read(figures) > read(before) else since
    time.sleep(2.0)
    return look()


def balanced(
    written: int, figures: Mapping[str, float], windows: Sequence[Mapping[str, Any]]
) -> Balance:
    """The lines that were written, and what the metrics and the scored windows say of them.

    A connection counts in one window: its peer is outside.
    """
    shed = sum(figures.get(f"netheed_shed_total/{cause}", 0.0) for cause in SHED)
    return Balance(
        written=written,
        taken=int(figures["netheed_connections_total"]),
        bad=int(figures["netheed_bad_records_total"]),
        scored=sum(window["connections"] for window in windows),
        waiting=int(figures["netheed_waiting_connections"]),
        late=int(figures["netheed_late_connections_total"]),
        shed=int(shed),
        sampled=_sampled(figures),
    )


def _sampled(figures: Mapping[str, float]) -> int:
    return int(figures.get("netheed_lost_total/sampled", 0.0))


def growth(samples: Sequence[Sample]) -> tuple[float, float]:
    """MiB an hour by which memory grows, by a line through all samples, and its standard error.

    Samples that follow each other are alike, so the error is more in truth.
    """
    hours = np.array([sample.at for sample in samples]) / 3600.0
    line, covariance = np.polyfit(hours, [sample.memory for sample in samples], 1, cov=True)
    return float(line[0]), float(np.sqrt(covariance[0, 0]))


def highest(samples: Sequence[Sample]) -> list[float]:
    """MiB, in each of PARTS equal parts of the time."""
    edges = np.linspace(samples[0].at, samples[-1].at, PARTS + 1)[1:-1]
    part = np.searchsorted(edges, [sample.at for sample in samples], side="right")
    held = np.array([sample.memory for sample in samples])
    return [float(held[part == number].max()) for number in range(PARTS)]


def steady(samples: Sequence[Sample]) -> list[Sample]:
    """Those of the last two thirds: before that histories and tables fill."""
    return [sample for sample in samples if sample.at >= samples[-1].at / 3.0]


COUNTED: Final = (
    *("written", "taken in", "bad", "scored", "waiting", "late", "shed", "sampled"),
    *("unread", "unknown"),
)
HEAD: Final = """# netheed under load

Written by `make hour`. A log grows as that of a busy Suricata: flows are written when their timeout
has passed (`flow-timeouts` as `netheed doctor` proposes), and the log is rotated by rename and by
copytruncate. The real `netheed run` follows it with the source `eve_file`, writes notices by the
sink `eve`, all scored windows and a checkpoint a minute. All is the default but the lateness, and
`limits.waiting` where five million are too few: what waits is the rate times the lateness and a
minute. Each second its metrics and /proc were read. "Behind" counts from the writing of the oldest
line that netheed has not taken in: it takes in nothing while it makes a checkpoint. Other programs
share the machine, the one that writes the log among them, so these are lower bounds.
"""


def page(run: Loaded, top: Top | None) -> Iterator[str]:
    """As Markdown."""
    balance, samples = run.balance, run.samples
    yield HEAD
    yield "| what | figure |"
    yield "|---|--:|"
    if top is not None:
        told = (
            f"{top.rate:,.0f} connections per CPU-second, {top.lines / top.seconds:,.0f} a second"
        )
        yield f"| top rate, of a log that lies there ({top.lines:,} lines) | {told} |"
    yield f"| load | {run.rate:,.0f} lines a second for {run.seconds / 60:g} minutes |"
    yield f"| hosts, lateness | {run.hosts:,}, {LATENESS:g} s |"
    yield f"| written in truth | {balance.written / run.seconds:,.0f} lines a second |"
    turns = ", ".join(f"{how} {count}" for how, count in run.rotations.items())
    yield f"| rotations | {turns} |"
    yield from (f"| {name} | {told} |" for name, told in _of_samples(samples))
    yield f"| most memory ever, while a checkpoint is made | {run.peak:,.0f} MiB |"
    yield f"| checkpoints | {run.figures['netheed_checkpoints_total']:,.0f} |"
    size, seconds = (run.figures[f"netheed_checkpoint_{name}"] for name in ("bytes", "seconds"))
    yield f"| the last checkpoint | {size / MIB:,.0f} MiB in {seconds:.1f} s |"
    yield f"| notices | {run.figures['netheed_notices_total']:,.0f} |"
    yield "\n## What became of the lines\n"
    yield f"| {' | '.join(COUNTED)} |"
    yield f"|{'--:|' * len(COUNTED)}"
    yield f"| {' | '.join(map(_count, _counts(balance)))} |"
    yield "\nSampled are connections that were left out where more came than could be taken in,"
    yield "unread lines of which netheed knows nothing, unknown connections that it took in and"
    yield "that are nowhere: nobody can say it behind a sample, when windows count by estimation."
    yield f"\nnetheed {__version__}; {_where()}."


def _count(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def _counts(balance: Balance) -> tuple[int | None, ...]:
    of = balance
    known = (of.written, of.taken, of.bad, of.scored, of.waiting, of.late, of.shed, of.sampled)
    return (*known, of.unread, of.unknown)


def _of_samples(samples: Sequence[Sample]) -> Iterator[tuple[str, str]]:
    later = steady(samples)
    used = (samples[-1].cpu - samples[0].cpu) / (samples[-1].at - samples[0].at)
    yield "processor", f"{used:.0%} of a core"
    held = [sample.memory for sample in later]
    yield "memory, in the last two thirds", f"{min(held):,.0f} to {max(held):,.0f} MiB"
    parts = ", ".join(f"{most:,.0f}" for most in highest(samples))
    yield f"most memory, in each of {PARTS} parts of the time", f"{parts} MiB"
    slope, error = growth(later)
    yield "memory grows by (line through them)", f"{slope:+,.0f} ± {error:,.0f} MiB an hour"
    for name, form, values in (
        ("seconds", "{:.2f} s", [sample.behind_seconds for sample in samples]),
        ("bytes", "{:,.1f} MiB", [sample.behind_bytes / MIB for sample in samples]),
    ):
        told = (form.format(value) for value in np.percentile(values, [50, 95, 100]))
        yield f"behind in {name}, p50, p95, most", ", ".join(told)


def _where() -> str:
    told = machine()
    processor = told.get("cpu_model_name", "processor unknown")
    return f"{processor}, {told.get('cpu_count')} cores, {told.get('system')}"


@click.command()
@click.option("--minutes", default=60.0, show_default=True)
@click.option("--rate", type=float, help="Lines a second; a third of the measured top rate.")
@click.option("--hosts", default=5_000, show_default=True)
@click.option("--lines", default=1_800_000, show_default=True, help="To measure the top rate by.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the page there too.")
@click.option("--samples", type=click.Path(path_type=Path), help="Write the samples there.")
def main(
    minutes: float,
    rate: float | None,
    hosts: int,
    lines: int,
    output: Path | None,
    samples: Path | None,
) -> None:
    """Print the page; exit code 1 where a line is not accounted for."""
    with TemporaryDirectory() as folder:
        top = None if rate else top_rate(Place(Path(folder) / "top"), lines, hosts)
        wanted = rate or (top.rate / 3.0 if top else 0.0)
        run = loaded(Place(Path(folder) / "run"), wanted, minutes * 60.0, hosts)
    text = "\n".join(page(run, top)) + "\n"
    print(text, end="")
    if output is not None:
        output.write_text(text)
    if samples is not None:
        samples.write_text("".join(json.dumps(asdict(each)) + "\n" for each in run.samples))
    sys.exit(bool(run.balance.unread or run.balance.unknown or run.balance.late))


if __name__ == "__main__":
    main()

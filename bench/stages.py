"""Everything of the benchmark that knows netheed's inside: its stages, and whole runs of it.

Each stage is fed with the recorded output of the one before, so all of them see the same records.
"""

import gc
import os
import resource
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from io import FileIO
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from bench.measure import Job
from netheed import build
from netheed.build import TOGETHER
from netheed.config import LimitSettings, Settings, TriageSettings, WindowSettings
from netheed.core.columns import Columns
from netheed.core.core import Core
from netheed.core.features import HostWindows
from netheed.core.networks import AddressWords
from netheed.core.windows import Tick, Windows
from netheed.model.manifest import MODEL
from netheed.pipeline import Pipeline, ScoredTick
from netheed.ports import BATCH, Read
from netheed.records import Connection, Notice, Outcome, Tally
from netheed.sinks import SINKS
from netheed.sinks.output import Output
from netheed.sources.archive import Archive
from netheed.sources.decode import eve, zeek_json
from netheed.sources.lines import blocks_of_lines, open_any

Words = Callable[[str], AddressWords]
WIRES: Final[dict[str, type]] = {"eve": eve.EveRecord, "zeek_json": zeek_json.ConnRecord}
"""What the decoders read of a line; lines that are no JSON have none."""
TRACED: Final = 5
"""Batches of a source whose memory is counted."""
MOST_BATCHES: Final = 160
"""Of the model: more of them say nothing new."""
KEPT_HOSTS: Final = 500
KEPT_MINUTES: Final = 40
"""In which such a host is active, one after the other: more than a history holds."""
MOST_NOTICES: Final = 2_000
TOLD: Final = TriageSettings().p_value
"""Share of normal windows that are told at the most, by the default threshold."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Something to measure."""

    name: str
    per: str
    count: int
    """How many of `per` it goes through."""
    prepare: "partial[Job]"
    """Makes the job, with whatever it changes made anew."""


def archive(path: Path, tally: Tally | None = None, words: Words | None = None) -> Archive:
    """A file as netheed reads it by default."""
    words = words or build.words(Settings())
    return Archive(paths=[path], words=words, tally=tally or Tally(), on_bad=_refuse)


def _refuse(error: Exception) -> None:
    raise error


def source_stages(path: Path, form: str) -> Iterator[Stage]:
    """From the file to columns."""
    lines = [line for line in _lines(path) if line and not line.startswith(b"#")]
    yield Stage("read and split", "connection", len(lines), partial(_job, _exhaust_lines, path))
    if form in WIRES:
        decode = msgspec.json.Decoder(WIRES[form]).decode
        job = partial(_decode_all, decode, lines)
        yield Stage("bare msgspec decode", "connection", len(lines), partial(_job, job))
    yield Stage("file to columns", "connection", len(lines), partial(_job, _exhaust_source, path))


def _job(work: Job, *arguments: object) -> Job:
    return partial(work, *arguments)


def _lines(path: Path) -> Iterator[bytes | None]:
    with open_any(path) as file:
        for block in blocks_of_lines(file):
            yield from block


def _exhaust_lines(path: Path) -> None:
    with open_any(path) as file:
        for _ in blocks_of_lines(file):
            pass


def _decode_all(decode: Job, lines: list[bytes]) -> None:
    for line in lines:
        decode(line)


def _exhaust_source(path: Path) -> None:
    for _ in archive(path).reads({}):
        pass


@dataclass(slots=True)
class Recorded:
    """What went between the stages in one run over a file."""

    reads: list[Read]
    ticks: list[Tick]
    pipeline: Pipeline
    scored: list[ScoredTick] = field(default_factory=list)
    batches: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    """What the model read."""

    @property
    def connections(self) -> int:
        """In all batches."""
        return sum(len(read.batch) for read in self.reads)

    @property
    def windows(self) -> int:
        """Of hosts."""
        return sum(len(tick.windows.names) for tick in self.scored)

    @property
    def vectors(self) -> np.ndarray:
        """All windows' vectors, (windows, features), in the order of time."""
        return np.concatenate([tick.windows.vectors for tick in self.scored])


def recorded(path: Path) -> Recorded:
    """Run a file through and keep all of it."""
    reads = list(archive(path).reads({}))
    run = Recorded(reads, list(_ticks(reads)), build.pipeline(Settings(), Tally()))
    for tick in run.pipeline.run(_Replay(reads)):
        run.scored.append(tick)
        run.batches.extend(_batches(run.pipeline, tick.windows))
        del run.batches[MOST_BATCHES:]
    return run


@dataclass(frozen=True, slots=True)
class _Replay:
    """A source that was read already."""

    given: list[Read]

    def reads(self, _: Mapping[str, str]) -> Iterator[Read]:
        yield from self.given

    def acknowledge(self, _: Mapping[str, str]) -> None:
        pass


def _batches(pipeline: Pipeline, windows: HostWindows) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    hosts = windows.rows.hosts
    for at in range(0, len(hosts), BATCH):
        yield pipeline.core.sequences.read(hosts[at : at + BATCH])


def _ticks(reads: list[Read]) -> Iterator[Tick]:
    windows = Windows()
    for read in reads:
        windows.begin(read.origin)
        windows.feed(read.origin, read.batch)
        if read.last:
            windows.finish(read.origin)
        yield from windows.closed()


def core_stages(run: Recorded) -> Iterator[Stage]:
    """From columns to notices."""
    size = run.connections
    yield Stage("windows", "connection", size, partial(_job, _feed_and_close, run.reads))
    yield Stage("features and memory", "connection", size, partial(_features, run))
    yield Stage("sequences", "connection", size, partial(_sequences, run))
    yield Stage("model", "window", sum(map(_size, run.batches)), partial(_job, _score, run))
    yield Stage("triage", "connection", size, partial(_triage, run))


def _size(batch: tuple[np.ndarray, np.ndarray]) -> int:
    return len(batch[0])


def _feed_and_close(reads: list[Read]) -> None:
    for _ in _ticks(reads):
        pass


def _features(run: Recorded) -> Job:
    features = build.pipeline(Settings(), Tally(), run.pipeline.model).core.features

    def job() -> None:
        for tick in run.ticks:
            features.of([tick])

    return job


def _sequences(run: Recorded) -> Job:
    core = build.pipeline(Settings(), Tally(), run.pipeline.model).core

    def job() -> None:
        for tick in run.scored:
            hosts, vectors = tick.windows.rows.hosts, tick.windows.vectors
            core.sequences.push(hosts, vectors, tick.windows.tick.end)
            for at in range(0, len(hosts), BATCH):
                core.sequences.read(hosts[at : at + BATCH])

    return job


def _score(run: Recorded) -> None:
    for vectors, mask in run.batches:
        run.pipeline.model.score(vectors, mask)


def _triage(run: Recorded) -> Job:
    """Over the sequences as they are at the end of the run."""
    triage = run.pipeline.triage
    triage.restore(build.pipeline(Settings(), Tally(), run.pipeline.model).triage.snapshot())

    def job() -> None:
        for tick in run.scored:
            triage.notices(tick.windows, tick.scores)

    return job


def some_notices(run: Recorded) -> list[Notice]:
    """Of all windows that have what their kind asks for, over and over until there are many."""
    everything = Settings(
        triage=TriageSettings(p_value=1.0, repeat_after=0.0, pair_repeat_after=0.0)
    )
    pipeline = build.pipeline(everything, Tally(), run.pipeline.model)
    found = (tick.notices for tick in pipeline.run(_Replay(run.reads)))
    few = [notice for notices in found for notice in notices]
    return list(islice(cycle(few), MOST_NOTICES))


def sink_stages(notices: list[Notice]) -> Iterator[Stage]:
    """Each sink, into nothing."""
    for name in SINKS:
        yield Stage(name, "notice", len(notices), partial(_job, _write, name, notices))


def _write(name: str, notices: list[Notice]) -> None:
    with closing(FileIO(os.devnull, "wb")) as nothing:
        sink = SINKS[name](Output(nothing, os.devnull, ours=False))
        sink.write(notices)
        sink.close()


@dataclass(slots=True)
class Whole:
    """A run from the file to scored windows."""

    seconds: float
    """CPU."""
    connections: int
    windows: int
    kept: float = 0.0
    """Bytes a host between windows."""
    hosts: int = 0
    peak: int = 0
    """Bytes of the process, at its largest."""


def whole(path: Path, *, width: float | None = None, steady_from: int = 0) -> Whole:
    """Measure a run, or of it what comes after the line `steady_from` and before the end.

    `width` is that of the windows in seconds where it is not the model's. What was read before
    `steady_from` warms up; the windows that the end of the file closes at once do not count then.
    """
    tally = Tally()
    pipeline = build.pipeline(Settings(), tally, together=TOGETHER)
    if width is not None:
        pipeline.core.windows.width = width
    marks = _Marks(archive(path, tally), tally, steady_from)
    gc.collect()
    marks.mark()
    for _ in pipeline.run(marks):
        pass
    if not steady_from:
        marks.mark()
    began, ended = marks.marks[-2:]
    hosts, core = pipeline.core.sequences.hosts, pipeline.core
    kept = (core.features.nbytes + core.sequences.nbytes) / max(1, hosts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    measured = (b - a for a, b in zip(began, ended, strict=True))
    return Whole(*measured, kept=kept, hosts=hosts, peak=peak)


@dataclass(slots=True)
class _Marks:
    """A source that looks at the clock when it has come to a line, and before the end."""

    source: Archive
    tally: Tally
    steady_from: int
    marks: list[tuple[float, int, int]] = field(default_factory=list)
    """CPU seconds, connections, windows."""

    def mark(self) -> None:
        self.marks.append((time.process_time(), self.tally.connections, self.tally.windows))

    def reads(self, positions: Mapping[str, str]) -> Iterator[Read]:
        passed = not self.steady_from
        for read in self.source.reads(positions):
            if self.steady_from and read.last:
                self.mark()
            yield read
            if not passed and int(read.position) >= self.steady_from:
                passed = True
                self.mark()

    def acknowledge(self, positions: Mapping[str, str]) -> None:
        self.source.acknowledge(positions)


@dataclass(frozen=True, slots=True)
class FullTick:
    """What a tick costs once every table has been filled."""

    seconds: float
    """CPU, from a closed window to vectors; without the model."""
    ticks: int
    full: float
    """How full the emptiest of hosts, pairs and novelties was, of 1."""


def full_ticks(path: Path, share: float, last: int = 3) -> FullTick:
    """The last ticks over a file that fills tables of this share of the default limits."""
    usual = LimitSettings()
    sizes = {name: int(share * getattr(usual, name)) for name in ("hosts", "pairs", "novelties")}
    limits = LimitSettings(**sizes)
    settings = Settings(limits=limits, windows=WindowSettings(lateness=60.0))
    core = build.pipeline(settings, Tally()).core
    taken: list[float] = []
    for read in archive(path).reads({}):
        core.begin(read.origin)
        core.feed(read.origin, read.batch)
        if read.last:
            break  # what the end closes is no whole tick
        taken.extend(_tick_seconds(core))
    state = core.features.snapshot()
    held = {"hosts": "hosts", "pairs": "pairs/pairs", "novelties": "novelties/things"}
    full = min(len(state[f"{held[name]}/keys"]) / size for name, size in sizes.items())
    return FullTick(sum(taken[-last:]) / len(taken[-last:]), len(taken[-last:]), full)


def _tick_seconds(core: Core) -> Iterator[float]:
    """CPU seconds of each tick that is due."""
    while True:
        gc.collect()
        began = time.process_time()
        passed = core.due()
        for windows in passed:
            core.keep(windows)
        if not passed:
            return
        yield time.process_time() - began


def waiting_bytes(path: Path) -> float:
    """Of a connection in an open window."""
    words = build.words(Settings())
    for _ in islice(archive(path, words=words).reads({}), TRACED + 1):
        pass  # what is remembered of addresses and words is no connection's
    reads = archive(path, words=words).reads({})
    windows, count = Windows(lateness=float("inf")), 0
    windows.begin("file")
    tracemalloc.start()
    for read in islice(reads, TRACED + 1):
        windows.feed("file", read.batch)
        count += len(read.batch)
    del read
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / count


def host_bytes(pairs: int) -> float:
    """Kept of a host with so many pairs and a whole history, when nothing waits.

    Half of its pairs have one connection, half one in each of several minutes; five hosts share a
    peer. Everything that features and sequences remember counts.
    """
    core, once = build.pipeline(Settings(), Tally()).core, pairs // 2
    made = [
        _visit(host, minute, pair)
        for minute in range(KEPT_MINUTES)
        for host in range(KEPT_HOSTS)
        for pair in (*range(minute, min(minute + 1, once)), once + minute % (pairs - once))
    ]
    core.begin("made")
    core.feed("made", Columns.of(made, AddressWords()))
    core.finish("made")
    while passed := core.due():
        for windows in passed:
            core.keep(windows)
    return (core.features.nbytes + core.sequences.nbytes) / KEPT_HOSTS


def _visit(host: int, minute: int, pair: int) -> Connection:
    peer = host // 5 * 64 + pair
    return Connection(
        uid="C",
        sensor="zeek",
        start=1.7e9 + 60 * minute,
        duration=1.0,
        orig=f"10.0.{host // 250}.{host % 250 + 1}",
        orig_port=40_000,
        resp=f"198.18.{peer // 250}.{peer % 250 + 1}",
        resp_port=443,
        proto="tcp",
        service="ssl",
        outcome=Outcome.COMPLETE,
        orig_bytes=800 + minute,
        resp_bytes=4_000,
        orig_pkts=8,
        resp_pkts=8,
    )


def model_bytes() -> bytes:
    """The shipped model."""
    return (build.SHIPPED / MODEL).read_bytes()

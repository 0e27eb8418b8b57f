"""The order of the promise: notices durable, then the checkpoint, then the acknowledgement."""

import inspect
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from netheed import build
from netheed import daemon as daemon_module
from netheed.checkpoint import Checkpoints
from netheed.config import Settings
from netheed.core.features import HostWindows
from netheed.core.state import State, pack, unpack
from netheed.daemon import Daemon, restored
from netheed.delivery import Deliveries, Delivery
from netheed.errors import NetheedError
from netheed.model.scorer import Scorer
from netheed.overload import Change, Overload, Strain
from netheed.pipeline import Pipeline, ScoredTick, Scores
from netheed.ports import Problem, Read
from netheed.records import Connection, Notice, Tally
from netheed.signals import Asked
from netheed.sources.intake import Intake
from netheed.store import Store
from netheed.systemd import Notifier
from tests.connections import columns, connection
from tests.makers import make_notice
from tests.model_directory import write_model
from tests.unit.core.test_compared import lacks, traffic


class EveryWindow:
    """A gate that lets all pass."""

    def notices(self, windows: HostWindows, _: Scores) -> list[Notice]:
        start = windows.tick.start
        return [make_notice(id=f"{start:.0f}", host=name, start=start) for name in windows.names]

    def snapshot(self) -> State:
        return {}

    def restore(self, _: State) -> None:
        pass


@dataclass
class ScriptedSource:
    """Gives its batches, then asks the process to end, as systemd would."""

    batches: list[list[Connection]]
    name: str = "scripted"
    safe: list[str] = field(default_factory=list)
    before_the_end: Callable[[], object] = lambda: None
    ending: int = signal.SIGTERM
    stopped: bool = False
    lateness: float = 60.0
    lag: float | None = 0.0

    def reads(self, positions: Mapping[str, str]) -> Iterator[Read]:
        begun = int(positions.get(self.name, 0))
        for position, batch in enumerate(self.batches[begun:], begun + 1):
            yield Read(self.name, columns(batch), str(position))
        self.before_the_end()
        os.kill(os.getpid(), self.ending)
        while not self.stopped:
            yield Read(self.name, columns([]), str(len(self.batches)))

    def acknowledge(self, positions: Mapping[str, str]) -> None:
        self.safe.append(positions[self.name])

    def stop(self) -> None:
        self.stopped = True

    def owns(self, origin: str) -> bool:
        return origin == self.name

    def problems(self) -> Iterator[Problem]:
        yield from ()


@dataclass
class ListSink:
    """Keeps what it is given."""

    notices: list[Notice] = field(default_factory=list)

    def write(self, notices: list[Notice], /) -> None:
        self.notices.extend(notices)

    def close(self) -> None:
        pass

    def problems(self) -> Iterator[Problem]:
        yield from ()


@dataclass
class Bench:
    """A daemon's directory, and daemons on it."""

    folder: Path
    model: Scorer
    sink: ListSink = field(default_factory=ListSink)
    ticks: list[ScoredTick] = field(default_factory=list)

    @property
    def checkpoints(self) -> Checkpoints:
        return Checkpoints(self.folder)

    def pipeline(self) -> Pipeline:
        made = build.pipeline(Settings(), Tally(), self.model, lateness=60.0)
        made.triage = EveryWindow()
        return made

    def run(
        self,
        source: ScriptedSource,
        every: float = 0.0,
        pipeline: Pipeline | None = None,
        overload: Overload | None = None,
        notify: Notifier | None = None,
    ) -> Daemon:
        store = Store(self.folder / "notices.sqlite")
        deliveries = Deliveries(store, [Delivery(name="list", sink=self.sink, store=store)])
        daemon = Daemon(
            pipeline=pipeline or restored(self.pipeline, self.checkpoints),
            sources=[source],
            deliveries=deliveries,
            checkpoints=self.checkpoints,
            every=every,
            idle_after=30.0,
            on_tick=self.ticks.append,
            asked=Asked(),
            overload=overload or Overload(intake=Intake()),
            notify=notify or Notifier(),
        )
        try:
            with daemon.asked.listening():
                daemon.run()
        finally:
            store.close()
        return daemon


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    write_model(tmp_path / "model")
    return Bench(tmp_path, Scorer(tmp_path / "model"))


def minutes(first: int, last: int) -> list[list[Connection]]:
    return [[connection(start=1_700_000_000.0 + 60 * n, uid=f"C{n}")] for n in range(first, last)]


def starts(ticks: list[ScoredTick]) -> list[float]:
    return [tick.windows.tick.start for tick in ticks]


def test_every_notice_reaches_the_sink_once_and_in_order(bench: Bench) -> None:
    bench.run(ScriptedSource(minutes(0, 30)))

    told = [notice.start for notice in bench.sink.notices]
    assert told == starts(bench.ticks)
    assert len(told) >= 25


def test_a_disagreement_of_two_sensors_reaches_sink_and_log_once_and_so_does_its_end(
    bench: Bench,
) -> None:
    silent = traffic(range(14), lacks("suricata", 2, 8, None))
    batches = [silent[at : at + 500] for at in range(0, len(silent), 500)]
    with capture_logs() as logs:
        bench.run(ScriptedSource(batches[:6]))
        bench.run(ScriptedSource([*batches, minutes(200, 201)[0]]))

    remarks = [(n.kind, n.about) for n in bench.sink.notices if n.about]
    assert remarks == [("sensor_silent", "suricata"), ("sensors_agree", "suricata")]
    told = [entry for entry in logs if str(entry["event"]).startswith("sensors_")]
    assert [(entry["event"], entry["sensor"]) for entry in told] == [
        ("sensors_disagree", "suricata"),
        ("sensors_agree", "suricata"),
    ]


def test_a_stopped_run_goes_on_as_if_it_had_never_stopped(bench: Bench, tmp_path: Path) -> None:
    bench.run(ScriptedSource(minutes(0, 40)))
    whole, whole_ticks = [n.id for n in bench.sink.notices], starts(bench.ticks)
    (tmp_path / "parts").mkdir()
    parts = Bench(tmp_path / "parts", bench.model)

    for end in (3, 11, 12, 40):
        parts.run(ScriptedSource(minutes(0, end)))

    assert starts(parts.ticks) == whole_ticks
    assert [n.id for n in parts.sink.notices] == whole


def test_a_source_hears_what_is_safe_only_after_the_checkpoint_holds_it(bench: Bench) -> None:
    source = ScriptedSource(minutes(0, 10))
    heard: list[tuple[str, str]] = []

    def acknowledge(positions: Mapping[str, str]) -> None:
        data = next(iter(bench.checkpoints.read()))
        heard.append((positions["scripted"], unpack(data, "here")["positions"].tolist()[0]))

    source.acknowledge = acknowledge  # type: ignore[method-assign]
    bench.run(source)

    assert [said for said, _ in heard] == [str(n) for n in range(1, 11)]
    assert all(said == saved for said, saved in heard)


def test_no_checkpoint_covers_a_notice_that_is_not_durable(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ScriptedSource(minutes(0, 20))

    def full(*_: object) -> list[Notice]:
        raise NetheedError("the disk is full")

    monkeypatch.setattr(Store, "add", full)
    with capture_logs() as told, pytest.raises(NetheedError, match="the state was not saved"):
        bench.run(source)
    covered = unpack(next(iter(bench.checkpoints.read())), "here")["positions"].tolist()
    monkeypatch.undo()
    bench.ticks.clear()
    again = ScriptedSource(minutes(0, 20))
    bench.run(again)

    assert int(covered[0]) < 5
    assert "notices_not_durable" in {event["event"] for event in told}
    assert [n.start for n in bench.sink.notices] == starts(bench.ticks)
    assert len(bench.sink.notices) >= 15


def test_a_disk_that_takes_no_checkpoint_stops_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = ScriptedSource(minutes(0, 20))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Checkpoints, "write", full)
    with capture_logs() as told, pytest.raises(NetheedError, match="the state was not saved"):
        bench.run(source)

    assert source.safe == []
    assert len(bench.sink.notices) >= 15
    assert [event["event"] for event in told].count("checkpoint_failed") >= 20


def test_what_a_crash_repeats_is_no_second_notice(bench: Bench) -> None:
    bench.run(ScriptedSource(minutes(0, 10)))
    old = next(iter(bench.checkpoints.read()))
    bench.run(ScriptedSource(minutes(0, 20)))
    bench.checkpoints.write([old])

    bench.run(ScriptedSource(minutes(0, 30)))

    ids = [notice.id for notice in bench.sink.notices]
    assert len(ids) == len(set(ids)) >= 25


def test_a_hang_up_saves_at_once(bench: Bench) -> None:
    source = ScriptedSource(minutes(0, 10))
    saved: list[int] = []

    def hang_up() -> None:
        saved.append(len(source.safe))
        os.kill(os.getpid(), signal.SIGHUP)

    source.before_the_end = hang_up
    with capture_logs() as told:
        bench.run(source, every=3600.0)

    assert saved == [1]  # where each source begins is saved at the very first start
    assert source.safe[-1] == "10"
    assert [event["event"] for event in told].count("saved") == 1


def test_a_checkpoint_that_took_long_is_followed_by_a_rest(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon_module, "SLOW", 0.0)
    monkeypatch.setattr(daemon_module, "SHARE", 1e6)
    source = ScriptedSource(minutes(0, 10))

    daemon = bench.run(source, every=0.0)

    assert daemon.figures.checkpoints == 2  # at the beginning, and in the end
    assert source.safe[0] == "1"


def test_where_a_new_origin_begins_is_saved_at_once(bench: Bench) -> None:
    source = ScriptedSource(minutes(0, 5))

    def later() -> Iterator[Read]:
        yield Read("later", columns([]), "17")
        yield from first({})

    first = source.reads
    source.reads = lambda _: later()  # type: ignore[method-assign]
    source.owns = lambda _: True  # type: ignore[method-assign]
    source.acknowledge = lambda positions: source.safe.append(str(dict(positions)))  # type: ignore[method-assign]
    bench.run(source, every=3600.0)

    assert source.safe[:2] == ["{'later': '17'}", "{'later': '17', 'scripted': '1'}"]


def test_a_first_checkpoint_that_cannot_be_written_is_not_tried_at_every_turn(bench: Bench) -> None:
    bench.checkpoints.newest.mkdir()

    with capture_logs() as told, pytest.raises(NetheedError, match="the state was not saved"):
        bench.run(ScriptedSource(minutes(0, 10)), every=3600.0)

    reasons = [event["reason"] for event in told if event["event"] == "checkpoint_failed"]
    assert reasons == ["Is a directory"] * 2  # at the beginning, and in the end


def test_an_origin_that_no_source_has_any_more_holds_nothing_open(bench: Bench) -> None:
    gone = ScriptedSource(minutes(0, 5), name="gone")
    bench.run(gone)
    bench.ticks.clear()

    with capture_logs() as told:
        daemon = bench.run(ScriptedSource(minutes(0, 30)))

    assert {"event": "origin_forgotten", "origin": "gone", "log_level": "info"} in told
    assert list(daemon.pipeline.positions) == ["scripted"]
    assert len(bench.ticks) >= 20


def test_a_damaged_checkpoint_gives_way_to_the_one_before(bench: Bench) -> None:
    bench.run(ScriptedSource(minutes(0, 10)))
    bench.checkpoints.newest.write_bytes(b"")

    with capture_logs() as told:
        pipeline = restored(bench.pipeline, bench.checkpoints)

    assert int(pipeline.positions["scripted"]) >= 8
    assert "checkpoint_damaged" in {event["event"] for event in told}


def test_another_model_goes_on_with_the_memory_and_the_log_says_what_is_dropped(
    bench: Bench,
) -> None:
    bench.run(ScriptedSource(minutes(0, 10)))
    state = unpack(next(bench.checkpoints.read()), "here")
    bench.checkpoints.write([pack(state | {"model": np.array("another")})])

    with capture_logs() as told:
        pipeline = restored(bench.pipeline, bench.checkpoints)

    assert pipeline.tally.windows > 0
    assert [event["event"] for event in told] == ["state_restored", "evidence_dropped"]
    assert (told[1]["before"], told[1]["model"]) == ("another", bench.model.id)


def test_the_same_model_goes_on_with_all_of_it(bench: Bench) -> None:
    bench.run(ScriptedSource(minutes(0, 10)))

    with capture_logs() as told:
        restored(bench.pipeline, bench.checkpoints)

    assert [event["event"] for event in told] == ["state_restored"]


def test_the_memory_of_other_windows_is_left_and_the_positions_are_kept(bench: Bench) -> None:
    bench.run(ScriptedSource(minutes(0, 10)))
    for data in list(bench.checkpoints.read()):
        state = unpack(data, "here")
        state["core/width"] = np.array(30.0)
        bench.checkpoints.write([pack(state)])

    with capture_logs() as told:
        pipeline = restored(bench.pipeline, bench.checkpoints)

    assert pipeline.positions["scripted"] in {"9", "10"}
    assert pipeline.tally.windows == 0
    assert [event["event"] for event in told] == ["state_refused", "state_refused"]


def test_signals_are_given_back_after_a_run(bench: Bench) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]

    bench.run(ScriptedSource(minutes(0, 3), ending=signal.SIGINT))

    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before


@dataclass
class Listened(Notifier):
    """Takes down where it was said that the daemon is alive."""

    said: list[str] = field(default_factory=list)

    def beat(self, now: float) -> None:
        self.said.append(inspect.stack()[1].function)


def test_it_says_that_it_is_alive_before_and_between_what_may_take_long(bench: Bench) -> None:
    alive = Listened()
    daemon = bench.run(ScriptedSource(minutes(0, 12)), notify=alive)

    assert alive.said.count("_tell") == len(bench.ticks) > 1
    assert alive.said.count("_checkpoint") == daemon.figures.checkpoints > 1


@dataclass
class Turned(Overload):
    """Judges at every turn, and goes up and down as it is told."""

    levels: list[int] = field(default_factory=list)

    def is_due(self, now: float) -> bool:
        return bool(self.levels)

    def judge(self, now: float, strain: Strain) -> Change | None:
        before, self._level = self._level, self.levels.pop(0)
        return self._turned(before) if self._level != before else None


def test_overload_is_said_once_and_its_end_with_what_was_left_out(bench: Bench) -> None:
    overload = Turned(intake=Intake(), levels=[0, 1, 2, 3, 2, 0])
    pipeline = bench.pipeline()
    pipeline.tally.lose("sampled", 41)
    with capture_logs() as logs:
        bench.run(ScriptedSource(minutes(0, 12)), pipeline=pipeline, overload=overload)

    remarks = [(n.kind, n.about) for n in bench.sink.notices if n.about]
    assert remarks == [("overload", "netheed"), ("overload_over", "netheed")]
    told = [(e["event"], e["step"], e["probability"]) for e in logs if "probability" in e]
    assert told == [
        ("overloaded", "larger", 1.0),
        ("overloaded", "sampled", 0.5),
        ("overloaded", "sampled", 0.25),
        ("relieved", "sampled", 0.5),
        ("relieved", "normal", 1.0),
    ]
    over = next(n for n in bench.sink.notices if n.kind == "overload_over")
    assert over.remark == "all connections are taken in again, 0 were left out"
    assert [e["kind"] for e in logs if e["event"] == "netheed_remark"] == [
        "overload",
        "overload_over",
    ]

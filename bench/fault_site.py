"""A netheed under test, the Zeek it listens to, and the balance of what became of connections.

A Site starts the real `netheed run` in a process of its own. Its windows come by standard output,
so that no fault of a disk hides them. What a process said before it was killed counts as far as the
checkpoint on disk covers it: the rest is what the next process has never heard of.
"""

import json
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import numpy as np

from bench.crashes import PROGRAM
from netheed.checkpoint import Checkpoints
from netheed.core.closed import Closed
from netheed.core.state import State, part, unpack
from tests.fake_zeek import FakeZeek
from tests.fake_zeek.conns import CONN_TOPIC, conn_record
from tests.fake_zeek.declared import CONN_BATCH
from tests.fake_zeek.wire import encoded, event
from tests.lines import CONN_JSON

PATIENCE: Final = 20.0
"""Seconds for anything that is waited for."""
HASTY: Final = f"""
from functools import partial
from netheed.zeek import websocket
from netheed.sinks import zeek_verdicts
from netheed.zeek.connecting import Patience
patience = Patience(opening=1.0, acknowledging=2.0, ping_interval=0.2, ping=0.6, closing=0.2)
websocket.Link = partial(websocket.Link, patience=patience)
zeek_verdicts.ZeekVerdicts = partial(zeek_verdicts.ZeekVerdicts, answer=0.2)
{PROGRAM}
"""
"""A tenth of the patience, so that a dead peer is found in a second and not in fifteen."""
MINUTE: Final = 1_700_000_040.0
HOST: Final = "10.0.0.5"
FRAME: Final = 50
"""Connections in a frame, as Zeek's script sends them."""
IN_CONNECTIONS: Final = ("gap", "missed", "queue", "zeek_dropped", "nodes")
"""The causes of loss that count connections of their own."""


class FaultError(AssertionError):
    """Something is not as promised."""


def claim(holds: object, promise: str) -> None:
    """Raises FaultError where a promise is not kept."""
    if not holds:
        raise FaultError(promise)


def _template() -> bytes:
    marked = {"ts": 1234567890.5, "uid": "@UID", "id.orig_h": "@HOST", "duration": 1357.5}
    whole = encoded(conn_record(json.loads(CONN_JSON) | marked)).replace(b"%", b"%%")
    marks = (b"1234567890.500000", b"@UID", b"@HOST", b"1357.500000")
    for mark in marks:
        claim(whole.count(mark) == 1, "each field stands once in the template")
        whole = whole.replace(mark, b"%b")
    return whole


_RECORD: Final = _template()
"""A connection with places for time, uid, host and duration, in this order."""


def frame_of(node: str, numbers: tuple[int, int, int], records: Sequence[bytes]) -> bytes:
    """A batch of encoded connections; numbers are seq, sent and dropped."""
    seq, sent, dropped = (("count", number) for number in numbers)
    args = [("count", 2), ("string", node), seq, ("vector", []), sent, dropped]
    whole = event(CONN_TOPIC, CONN_BATCH, *args)
    head, empty, tail = whole.partition(b'{"@data-type":"vector","data":[]}')
    return b"".join((head, empty[:-2], b",".join(records), b"]}", tail))


@dataclass(kw_only=True)
class Sensor:
    """A node of Zeek that numbers what it publishes, and knows how much it has produced."""

    zeek: FakeZeek
    name: str = "worker-1"
    clock: float = MINUTE
    """Where its next minute begins."""
    produced: int = 0
    seq: int = 0
    sent: int = 0
    dropped: int = 0
    last: bytes = b""
    """The last frame."""

    @property
    def position(self) -> str:
        """Where netheed is when it has heard everything."""
        return f"{self.seq - 1}:{self.sent}:{self.dropped}"

    def records(
        self, starts: Iterable[float], hosts: Sequence[str] = (HOST,), duration: float = 1.0
    ) -> list[bytes]:
        """New connections."""
        made: list[bytes] = []
        for start in starts:
            number = self.produced + len(made)
            uid, host = b"C%x%b" % (number, self.name.encode()), hosts[number % len(hosts)]
            made.append(_RECORD % (b"%f" % start, uid, host.encode(), b"%f" % duration))
        return made

    def frame(self, records: Sequence[bytes]) -> bytes:
        """The next batch, which is counted as published whatever becomes of it."""
        self.last = frame_of(self.name, (self.seq, self.sent, self.dropped), records)
        self.seq += 1
        self.sent += len(records)
        self.produced += len(records)
        return self.last

    def send(self, starts: Sequence[float], *, duration: float = 1.0) -> None:
        """Connections that begin at these times."""
        for at in range(0, len(starts), FRAME):
            some = self.records(starts[at : at + FRAME], duration=duration)
            self.zeek.publish_frame(self.frame(some))

    def minutes(self, count: int = 1, each: int = FRAME) -> None:
        """The next minutes, with so many connections each."""
        for _ in range(count):
            self.send(self.minute(each))
            self.clock += 60.0

    def minute(self, each: int = FRAME) -> list[float]:
        """Starts that fill the minute that is next; all end in it."""
        return [self.clock + 58.0 * n / each for n in range(each)]

    def drop(self, count: int) -> None:
        """So many are lost inside Zeek."""
        self.dropped += count
        self.produced += count

    def begin_anew(self) -> None:
        """Another Zeek, which counts from the beginning."""
        self.seq = self.sent = self.dropped = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What became of connections."""

    produced: int
    scored: int
    waiting: int
    """In windows that are still open, safe in the checkpoint."""
    late: int
    shed: int
    hurried: int
    """Windows that closed early."""
    bad: int
    """Connections that could not be read."""
    lost: Mapping[str, int]
    twice: int
    """Windows that were scored twice."""
    back: float
    """Seconds until windows came again, the longest time."""
    peak: int
    """MiB."""

    @property
    def balance(self) -> int:
        """Connections of which nobody knows: zero."""
        lost = sum(self.lost.get(cause, 0) for cause in IN_CONNECTIONS)
        known = self.scored + self.waiting + self.late + self.shed + self.bad + lost
        return self.produced - known


@dataclass(kw_only=True)
class Site:
    """One netheed and one Zeek."""

    folder: Path
    zeek: FakeZeek
    chance: random.Random
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Sections of the configuration that are other than here."""
    sinks: list[dict[str, Any]] = field(default_factory=list)
    sensors: list[Sensor] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    """What the process has logged."""
    said: list[dict[str, Any]] = field(default_factory=list)
    """The windows of the process."""
    ledger: list[dict[str, Any]] = field(default_factory=list)
    """The windows of earlier processes, as far as their checkpoints cover them."""
    back: float = 0.0
    peak: int = 0
    burst_seconds: float = 0.0
    """What it took to publish a burst."""
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        """One sensor is there."""
        self.sensors.append(Sensor(zeek=self.zeek))

    @property
    def sensor(self) -> Sensor:
        """The first one."""
        return self.sensors[0]

    @property
    def windows(self) -> list[dict[str, Any]]:
        """All that were scored, so far as they stand."""
        return [*self.ledger, *self.said]

    # A process.

    def start(self, *, connected: bool = True) -> None:
        """Begin, and wait until Zeek is connected."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "netheed.yaml"
        config.write_text(json.dumps(self._configuration()))
        self.events, self.said = [], []
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", HASTY, "run", "--config", str(config)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        channels = ((self.process.stdout, self.said), (self.process.stderr, self.events))
        self._threads = [threading.Thread(target=_collect, args=given) for given in channels]
        for thread in self._threads:
            thread.start()
        self.until(lambda: self.told("started"), "netheed starts")
        if connected:
            self.connects()

    def _configuration(self) -> dict[str, Any]:
        defaults: dict[str, dict[str, Any]] = {
            "windows": {"lateness": 1},
            "triage": {"p_value": 1.0, "repeat_after": 0, "pair_repeat_after": 0},
            "daemon": {
                "state": str(self.folder / "state"),
                "windows": "/dev/stdout",
                "checkpoint_every": 0,
            },
        }
        merged = {
            name: defaults.get(name, {}) | self.settings.get(name, {})
            for name in {**defaults, **self.settings}
        }
        source = {"type": "zeek_websocket", "url": self.zeek.url}
        return {**merged, "sources": [source], "sinks": self.sinks}

    def kill(self) -> None:
        """SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM."""
        claim(self._end(signal.SIGTERM) == 0, "it ends well when it is asked to")

    def _end(self, number: signal.Signals) -> int:
        process = self._process()
        self._look_at_memory()
        process.send_signal(number)
        code = process.wait(PATIENCE)
        for thread in self._threads:
            thread.join()
        self.process = None
        covered = _covered(self.state())
        self.ledger += [window for window in self.said if "host" in window and covered(window)]
        self.said = []
        return code

    def close(self) -> None:
        """Whatever has happened, no process is left behind."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            for thread in self._threads:
                thread.join()

    def pause(self) -> None:
        """Let it do nothing at all."""
        self._process().send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Undo `pause`."""
        self._process().send_signal(signal.SIGCONT)

    def limit_files(self, size: int) -> None:
        """Let no file of the process grow beyond so many bytes: its disk is full."""
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self._process().pid, resource.RLIMIT_FSIZE, (size, hard))

    def limit_descriptors(self, *, none: bool) -> None:
        """Let the process open no file and no socket; what is open stays so."""
        pid = self._process().pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (3 if none else hard, hard))

    # Waiting.

    def told(self, name: str) -> int:
        """How often this process logged an event."""
        return sum(each.get("event") == name for each in list(self.events))

    def until(self, holds: Callable[[], object], promise: str) -> None:
        """Wait; raises FaultError where it stays false or netheed ends."""
        end = time.monotonic() + PATIENCE
        while not holds():
            process = self._process()
            claim(process.poll() is None, f"netheed lives until {promise}: {self.events[-3:]}")
            claim(time.monotonic() < end, f"{promise}: {self.events[-3:]}")
            time.sleep(0.01)

    def connects(self, after: Sequence[str] = ()) -> None:
        """Wait until Zeek has one client, and that is none of those before."""
        self.until(
            lambda: len(self.clients()) == 1 and not set(self.clients()) & set(after),
            "Zeek is connected",
        )

    def clients(self) -> list[str]:
        """Whom Zeek has acknowledged: netheed, now or lately. Its log tells of some only."""
        return [client.endpoint for client in self.zeek.clients]

    def drains(self, below: int) -> None:
        """Wait until fewer frames are on their way from Zeek."""
        self.until(lambda: self.zeek.backlog < below, "netheed takes what comes")

    def hears_all(self) -> None:
        """Wait until all that was sent is in the checkpoint."""
        self.until(self.is_level, "everything sent is saved")

    def is_level(self) -> bool:
        """Whether the checkpoint has come as far as the sensors."""
        known = self.positions()
        wanted = {f"zeek_websocket/{one.name}": one.position for one in self.sensors if one.seq}
        return all(known.get(origin) == position for origin, position in wanted.items())

    def comes_back(self) -> None:
        """Send until windows come again, and take the time."""
        begun, before = time.monotonic(), len(self.said)
        while len(self.said) == before:
            claim(time.monotonic() < begun + PATIENCE, "windows come again")
            for sensor in self.sensors:
                sensor.minutes()
            self._wait_a_little(lambda: len(self.said) > before)
        self.back = max(self.back, time.monotonic() - begun)

    def settle(self) -> None:
        """Send until everything is heard of, and stop."""
        self.connects()
        self.send_until_level()
        self.stop()

    def send_until_level(self) -> None:
        """Send until everything is heard of: what was sent last may be lost."""
        end = time.monotonic() + PATIENCE
        while True:
            claim(time.monotonic() < end, "everything sent is saved")
            for sensor in self.sensors:
                sensor.minutes(2)
            if self._wait_a_little(self.is_level, 2.0):
                return

    def _wait_a_little(self, holds: Callable[[], bool], patience: float = 0.2) -> bool:
        end = time.monotonic() + patience
        while not holds():
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True

    # What came of it.

    def state(self) -> State:
        """The newest checkpoint; empty where there is none."""
        checkpoints = Checkpoints(self.folder / "state")
        return next((unpack(data, "checkpoint") for data in checkpoints.read()), {})

    def positions(self) -> dict[str, str]:
        """How far the newest checkpoint is."""
        state = self.state()
        if not state:
            return {}
        return dict(zip(state["origins"].tolist(), state["positions"].tolist(), strict=True))

    def lost(self) -> dict[str, int]:
        """By cause, as the newest checkpoint has it."""
        state = self.state()
        if not state:
            return {}
        return dict(zip(state["lost"].tolist(), state["lost_count"].tolist(), strict=True))

    def figures(self) -> Figures:
        """Once netheed has stopped."""
        state, lost = self.state(), self.lost()
        windows = part(state, "core/windows")
        late, far, hurried = windows["counters"].tolist()
        keys = [(window["host"], window["start"]) for window in self.windows]
        return Figures(
            produced=sum(sensor.produced for sensor in self.sensors),
            scored=sum(window["connections"] for window in self.windows),
            waiting=len(windows["open/window"]) + len(windows["sealed/window"]),
            late=late,
            # A host that is shed has one connection in the scenarios.
            shed=far + int(state["core/features/shed"][0]),
            hurried=hurried,
            bad=int(state["tally"][1]) - lost.get("broken_frames", 0),
            lost=lost,
            twice=len(keys) - len(set(keys)),
            back=self.back,
            peak=self.peak,
        )

    def _process(self) -> subprocess.Popen[bytes]:
        if self.process is None:
            raise FaultError("netheed runs")
        return self.process

    def _look_at_memory(self) -> None:
        status = Path(f"/proc/{self._process().pid}/status").read_text().splitlines()
        peak = next((line.split()[1] for line in status if line.startswith("VmHWM")), "0")
        self.peak = max(self.peak, int(peak) // 1024)


def _collect(channel: IO[bytes], into: list[dict[str, Any]]) -> None:
    """Until the process ends; what is no line of JSON is a line of text."""
    with channel:
        for record in _records(channel):
            into.append(record)  # noqa: PERF402 - others look meanwhile


def _records(channel: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in channel:
        try:
            yield json.loads(line)
        except ValueError:
            yield {"event": line.decode(errors="replace")}


def _covered(state: State) -> Callable[[dict[str, Any]], bool]:
    """Whether a window is closed for a checkpoint."""
    if not state:
        return lambda _: False
    windows = part(state, "core/windows")
    closed, first = Closed.of(windows["closed"]), windows["first_open"].tolist()

    def covers(window: dict[str, Any]) -> bool:
        number = int(np.datetime64(window["start"].rstrip("Z")).astype("M8[s]").astype(int)) // 60
        below = bool(first) and number < first[0]
        return below or bool(closed.holds(np.array([number]))[0])

    return covers

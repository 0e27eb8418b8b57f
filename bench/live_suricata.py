"""Put a real Suricata between attackers and toys, let netheed follow it, and time the notices.

    python -m bench.live_suricata --output docs/live.md

Traffic is made by crowd.py and goes over wire.py's pair. Printed is how long a notice takes from
the moment at which its window can close (its end and the lateness, by the wall clock) to its line
in netheed's EVE file, and which part of that is Suricata's. Exit code 1 where a flow is not
accounted for, a line is not valid or no notice came.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import FileIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final

import click
import numpy as np
import yaml
from jsonschema import Draft7Validator

from bench.crashes import PATIENCE, Place, running
from bench.looks import drained, free_address, metrics
from bench.measure import machine
from bench.wire import Wire, wire
from netheed import __version__
from netheed.core.watermark import Frontier
from netheed.doctor.flow_timeouts import ROUND, SOONER
from sample.suricata import CONFIGURATION, find_suricata, version

LOOK: Final = 0.005
"""Seconds between two looks at both files."""
WINDOW: Final = 60.0
"""Seconds, the shipped model's."""
Timeouts = Mapping[str, Mapping[str, int]]
PROPOSED: Final[Timeouts] = yaml.safe_load("\n".join(SOONER))["flow-timeouts"]
"""As `netheed doctor` has it."""
HASTY: Final[Timeouts] = {
    name: {"new": 1, "established": 3, "closed": 1, "bypassed": 5}
    for name in ("default", "tcp", "udp", "icmp")
}
"""For a test; nobody would want so many pieces of a flow."""
HASTY_ROUND: Final = 10
"""In place of ROUND: that which Suricata aims at."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Suricata's timeouts, and what goes with them."""

    timeouts: Timeouts
    round: int
    """Seconds in which Suricata comes round its flows."""
    quiet: float
    """Seconds before the attackers begin."""
    least: float
    """Seconds of traffic without which a window counts for none."""

    @property
    def lateness(self) -> float:
        """Seconds from a flow's end to its record, at most."""
        longest = max(self.timeouts[name]["established"] for name in ("tcp", "udp", "icmp"))
        return float(longest + self.round)

    def traffic(self, now: float, windows: int) -> float:
        """Seconds of traffic from now on, until so many windows can close and a record says so."""
        left = WINDOW - now % WINDOW
        first = left if left >= self.least else left + WINDOW
        record = self.timeouts["tcp"]["closed"] + self.round / 2
        return first + (windows - 1) * WINDOW + self.lateness + record


PACES: Final = {
    "proposed": Pace(PROPOSED, ROUND, quiet=20.0, least=25.0),
    "hasty": Pace(HASTY, HASTY_ROUND, quiet=2.0, least=8.0),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, and when it was there, seconds since the epoch."""

    at: float
    record: dict[str, Any]
    text: bytes


@dataclass(slots=True)
class Growing:
    """A file that somebody writes, looked at every few milliseconds."""

    path: Path
    lines: list[Line] = field(default_factory=list)
    _rest: bytes = b""
    _file: FileIO | None = None

    def look(self) -> None:
        """Take what is new."""
        if self._file is None:
            if not self.path.exists():
                return
            self._file = FileIO(self.path, "rb")
        block = self._file.readall() or b""
        at = time.time()
        *whole, self._rest = (self._rest + block).split(b"\n")
        self.lines += [Line(at, json.loads(line), line) for line in whole]

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()


@contextmanager
def watched(*files: Growing) -> Iterator[None]:
    """Both are looked at until the end, and once more then."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(LOOK):
            for file in files:
                file.look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        for file in files:
            file.look()
            file.close()


@dataclass(frozen=True, slots=True)
class Flow:
    """A record of Suricata's."""

    at: float
    """When it was in the file."""
    start: float
    end: float

    @property
    def delay(self) -> float:
        """Seconds from the flow's end to its record."""
        return self.at - self.end


@dataclass(frozen=True, slots=True)
class Told:
    """A notice: when its window could close, when a record said so, and when it was written."""

    due: float
    reached: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of it."""

    wire: str
    suricata: str
    pace: str
    seconds: float
    made: dict[str, int]
    """Connections by what they were for."""
    flows: list[Flow]
    told: list[Told]
    figures: dict[str, float]
    """netheed's metrics at the end."""
    kinds: dict[str, int]
    """Notices by their kind."""
    wrong: list[str] | None
    """What the schema has against lines; None where there is no schema."""

    @property
    def taken(self) -> int:
        """Connections that netheed has read."""
        return int(self.figures["netheed_connections_total"])

    @property
    def late(self) -> int:
        """Of these, those whose window was closed."""
        return int(self.figures["netheed_late_connections_total"])

    @property
    def holds(self) -> bool:
        """Whether nothing is missing or wrong."""
        return bool(self.told) and self.taken == len(self.flows) and not self.wrong


def flow_of(line: Line) -> Flow:
    """Of a flow record."""
    start, end = (_epoch(line.record["flow"][name]) for name in ("start", "end"))
    return Flow(line.at, start, end)


def _epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def reached(flows: Sequence[Flow]) -> list[tuple[float, float]]:
    """Event time that is confirmed, and when the record was written that did it; in their order."""
    frontier, found = Frontier(), []
    for flow in flows:
        frontier.follow(np.array([flow.start]))
        found.append((frontier.reached, flow.at))
    return found


def told(notices: Sequence[Line], flows: Sequence[Flow], lateness: float) -> list[Told]:
    """Raises StopIteration for a notice before its time."""
    passed = reached(flows)
    dues = [_epoch(line.record["timestamp"]) + lateness for line in notices]
    return [
        Told(due, next(at for time_, at in passed if time_ >= due), line.at)
        for due, line in zip(dues, notices, strict=True)
    ]


def faults(notices: Sequence[Line], shared: Path | None, of: str) -> list[str] | None:
    """What Suricata's schema has against lines; None where there is none for its version."""
    path = Path(shared or "") / "schemas" / f"suricata-{of}.json"
    if not path.is_file():
        return None
    valid = Draft7Validator(json.loads(path.read_bytes()))
    return [error.message for line in notices for error in valid.iter_errors(line.record)]


@contextmanager
def suricata(program: Path, on: Wire, pace: Pace, folder: Path) -> Iterator[Path]:
    """One that listens; the eve.json that it writes. When it ends it writes all its flows."""
    sets = [
        f"flow-timeouts.{name}.{state}={seconds}"
        for name, states in pace.timeouts.items()
        for state, seconds in states.items()
    ]
    sets += ["logging.default-log-level=notice"]
    options = [word for each in sets for word in ("--set", each)]
    command = [*on.far, str(program), "-c", str(CONFIGURATION), "-l", str(folder), "-k", "none"]
    command += [*on.sensor, "--runmode", "single", f"--data-dir={folder}", *options]
    said = folder / "suricata.out"
    with said.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, stdout=out, stderr=out, env=dict(os.environ, TZ="UTC")
        )
    try:
        _until_said(process, said, b"Engine started")
        yield folder / "eve.json"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _until_said(process: "subprocess.Popen[bytes]", file: Path, word: bytes) -> None:
    end = time.monotonic() + PATIENCE
    while word not in file.read_bytes():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"it did not say {word!r} but {file.read_text()!r}")
        time.sleep(0.05)


@contextmanager
def crowd(at: Sequence[str], *words: str) -> Iterator[IO[str]]:
    """Clients or servers at an end of the wire; what they say. Servers end with us."""
    command = [*at, sys.executable, "-m", "bench.crowd", *words]
    process = subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        if process.stdout is None:
            raise RuntimeError("no output")
        yield process.stdout
    finally:
        process.communicate()


def heard(
    on: Wire, pace_name: str, windows: int, p_value: float, shared: Path | None = None
) -> Heard:
    """Run all of it until so many windows have closed."""
    pace, program = PACES[pace_name], find_suricata()
    with TemporaryDirectory() as name:
        place = Place(Path(name) / "run")
        eve, own = (Growing(place.folder / file) for file in ("eve.json", "eve-netheed.json"))
        address = free_address()
        prepare(place, on, pace, p_value, address)
        with running(place) as process, drained(process), watched(eve, own):
            with (
                crowd(on.far, "listen", on.first_server) as servers,
                suricata(program, on, pace, place.folder),
            ):
                servers.readline()
                seconds = pace.traffic(time.time(), windows)
                made = _talk(on, seconds, pace.quiet)
            figures = _settled(eve, address)
    flows = [flow_of(line) for line in eve.lines]
    kinds = [line.record["alert"]["metadata"]["netheed_class"][0] for line in own.lines]
    return Heard(
        wire=on.name,
        suricata=version(program),
        pace=pace_name,
        seconds=seconds,
        made=made,
        flows=flows,
        told=told(own.lines, flows, pace.lateness),
        figures=figures,
        kinds={kind: kinds.count(kind) for kind in sorted(set(kinds))},
        wrong=faults(own.lines, shared, version(program)),
    )


def prepare(place: Place, on: Wire, pace: Pace, p_value: float, address: str) -> None:
    """A netheed that tells much, and nothing less for having told it before."""
    place.prepare(
        sources=[
            {
                "type": "eve_file",
                "path": str(place.folder / "eve.json"),
                "lateness": pace.lateness,
            }
        ],
        sinks=[{"type": "eve", "path": str(place.folder / "eve-netheed.json")}],
        triage={"p_value": p_value, "repeat_after": 0, "pair_repeat_after": 0},
        networks={"local": [on.local]},
        daemon={
            "state": str(place.folder / "state"),
            "metrics": address,
            "idle_after": 3600,
        },
    )


def _talk(on: Wire, seconds: float, quiet: float) -> dict[str, int]:
    """What connections were for, by count, when all have ended."""
    spans = ("--seconds", str(seconds), "--quiet", str(quiet))
    with crowd(on.near, "talk", on.first_client, on.first_server, *spans) as clients:
        counts = (word.partition("=") for word in clients.read().split())
        return {why: int(count) for why, _, count in counts}


def _settled(eve: Growing, address: str) -> dict[str, float]:
    """The figures when netheed has read all that there is, or nothing more for a while."""
    end = time.monotonic() + PATIENCE
    time.sleep(0.5)  # Suricata's last lines
    taken = "netheed_connections_total"
    while metrics(address)[taken] < len(eve.lines) and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(0.5)
    return metrics(address)


HEAD: Final = """# netheed beside a live Suricata

Written by `make live-suricata`. A real Suricata listens on a wire on which clients and toy servers
talk by real sockets; after a quiet while four of the clients scan, guess a password, call home and
flood. `netheed run` follows eve.json (source `eve_file`) and writes EVE alerts (sink `eve`). Its
`triage.p_value` is high and nothing counts as told before, so that there are many notices to time:
what was noticed says nothing of the detector.

A window can close when its end and the lateness have passed. From there to the line in netheed's
file it takes two delays: until Suricata writes the third flow that *began* later, which closes the
window, and from that record to the notice. The first is Suricata's way: it writes no flow before
its timeout has passed.
"""
WIRES: Final = {
    "veth": "a veth pair in network namespaces of its own (AF_PACKET)",
    "loopback": "loopback (libpcap)",
}
TIMEOUTS: Final = {
    "proposed": "those that `netheed doctor` proposes",
    "hasty": "a few seconds, for a test",
}


def page(run: Heard, p_value: float) -> Iterator[str]:
    """As Markdown."""
    pace = PACES[run.pace]
    yield HEAD
    yield "| seconds | p50 | p99 |"
    yield "|---|--:|--:|"
    for name, delays in _delays(run):
        p50, p99 = np.percentile(delays, [50, 99])
        yield f"| {name} | {p50:.3f} | {p99:.3f} |"
    yield "\n| what | figure |"
    yield "|---|--:|"
    yield f"| Suricata | {run.suricata} on {WIRES[run.wire]} |"
    yield f"| `flow-timeouts` | {TIMEOUTS[run.pace]} |"
    yield f"| lateness | {pace.lateness:g} s |"
    yield f"| `triage.p_value` | {p_value:g} |"
    yield f"| traffic | {run.seconds:.0f} s, attacks after {pace.quiet:g} s |"
    yield f"| connections made | {sum(run.made.values()):,} ({_counted(run.made)}) |"
    yield f"| flows that Suricata wrote | {len(run.flows):,} |"
    waiting = int(run.figures["netheed_waiting_connections"])
    yield f"| connections that netheed took in | {run.taken:,}, of which wait {waiting:,} |"
    yield f"| late | {run.late:,} |"
    yield f"| windows of a host | {run.figures['netheed_windows_total']:,.0f} |"
    ticks = len({one.due for one in run.told})
    yield f"| notices | {len(run.told):,} at the end of {ticks} minutes ({_counted(run.kinds)}) |"
    checked = "not looked at" if run.wrong is None else f"{len(run.wrong)} errors"
    yield f"| lines under Suricata {run.suricata}'s EVE schema | {checked} |"
    told_of = machine()
    yield (
        f"\nnetheed {__version__}; {told_of.get('cpu_model_name', 'processor unknown')},"
        f" {told_of.get('cpu_count')} cores that others share, {told_of.get('system')}."
    )


def _delays(run: Heard) -> Iterator[tuple[str, list[float]]]:
    yield "from the window's close to the notice", [one.at - one.due for one in run.told]
    yield "of these Suricata's, until a record says so", [one.reached - one.due for one in run.told]
    yield "of these netheed's, from that record on", [one.at - one.reached for one in run.told]
    yield "Suricata's from a flow's end to its record", [flow.delay for flow in run.flows]


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


@click.command()
@click.option("--windows", default=2, show_default=True, help="That are to close, a minute each.")
@click.option("--pace", type=click.Choice(list(PACES)), default="proposed", show_default=True)
@click.option("--p-value", default=1.0, show_default=True, help="High, for many notices.")
@click.option("--shared", type=click.Path(path_type=Path), help="Where schemas/ is.")
@click.option("--output", type=click.Path(path_type=Path), help="Write the page there too.")
def main(windows: int, pace: str, p_value: float, shared: Path | None, output: Path | None) -> None:
    """Print the page; exit code 1 where something is missing or wrong."""
    with wire() as on:
        run = heard(on, pace, windows, p_value, shared)
    if not run.told:
        print("no notice came", file=sys.stderr)
        sys.exit(1)
    text = "\n".join(page(run, p_value)) + "\n"
    print(text, end="")
    if output is not None:
        output.write_text(text)
    sys.exit(not run.holds)


if __name__ == "__main__":
    main()

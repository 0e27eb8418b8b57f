"""A real Suricata replays the sample's traffic while netheed follows each of its outputs.

    python -m bench.replay

The capture comes in slices into the folder that Suricata reads; between them the files are rotated,
by renaming and `reopen-log-files` or by copytruncate, and one netheed is killed and started again.
In the end each netheed must have taken in every flow that Suricata wrote, and have told in its EVE
file what `netheed score` tells of a file of Suricata's that nobody has touched.
"""

import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import Any, Final

import click
import yaml

from bench.crashes import PATIENCE, PROGRAM, Place, running
from netheed.core.state import unpack
from netheed.suricata.command import session
from sample import conn_log
from sample.generate import MINUTES, SEED, make
from sample.packets import write_pcap
from sample.suricata import CONFIGURATION, find_suricata

LATENESS: Final = 1500.0
"""Seconds: over a capture Suricata writes flows up to twenty minutes late."""
SLICES: Final = 6
QUIET: Final = 1.5
"""Seconds without a flow after which a slice has been read."""
REDIS: Final = Path(__file__).parents[1] / ".ci" / "redis"
TRUTH: Final = "untouched.json"
ROWS: Final = 64
"""Of Suricata's table of flows: the fewer, the sooner it writes what is over."""


@dataclass(frozen=True, slots=True)
class Output:
    """One of Suricata's, and the source that reads it."""

    options: dict[str, Any]
    """Of the eve-log."""
    source: dict[str, Any]
    rotate: Callable[[Path, "Engine"], None] = lambda _, __: None
    """Called between two slices with the folder of both."""
    is_killed: bool = False
    """Its netheed is, between two slices."""
    server: tuple[str, ...] = ()
    """A command that runs meanwhile."""


def by_renaming(folder: Path, engine: "Engine") -> None:
    """As logrotate does it by default, with Suricata told afterwards."""
    number = len(list(folder.glob("eve.json.*"))) + 1
    (folder / "eve.json").rename(folder / f"eve.json.{number}")
    engine.say("reopen-log-files")


def by_copying(folder: Path, _: "Engine") -> None:
    """As Debian's logrotate does it for Suricata: `copytruncate`."""
    number = len(list(folder.glob("copied.json.*"))) + 1
    shutil.copyfile(folder / "copied.json", folder / f"copied.json.{number}")
    os.truncate(folder / "copied.json", 0)


def by_redis(folder: Path) -> Output:
    """A list at a Redis of its own."""
    found = subprocess.run([REDIS], capture_output=True, text=True, check=True)  # noqa: S603
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ("--port", str(port), "--save", "", "--dir", str(folder))
    return Output(
        {"filetype": "redis", "redis": {"server": "127.0.0.1", "port": port, "mode": "list"}},
        {"type": "eve_redis", "url": f"redis://127.0.0.1:{port}/0"},
        server=(found.stdout.strip(), *options, "--bind", "127.0.0.1", "--loglevel", "warning"),
    )


OUTPUTS: Final[dict[str, Callable[[Path], Output]]] = {
    "renamed": lambda folder: Output(
        {"filetype": "regular", "filename": "eve.json"},
        {"type": "eve_file", "path": f"{folder}/eve.json"},
        by_renaming,
        is_killed=True,
    ),
    "copied": lambda folder: Output(
        {"filetype": "regular", "filename": "copied.json"},
        {"type": "eve_file", "path": f"{folder}/copied.json"},
        by_copying,
    ),
    "threaded": lambda folder: Output(
        {"filetype": "regular", "filename": "threads.json", "threaded": True},
        {"type": "eve_file", "path": f"{folder}/threads.*.json"},
    ),
    "socket": lambda folder: Output(
        {"filetype": "unix_stream", "filename": f"{folder}/eve.sock"},
        {"type": "eve_socket", "path": f"{folder}/eve.sock"},
    ),
    "redis": by_redis,
}
"""What Suricata writes to, by name, in its folder."""


def _eve_log(output: Output) -> dict[str, Any]:
    """Nothing shared between two: PyYAML would write anchors, which Suricata does not read."""
    common = {"enabled": True, "community-id": True, "types": ["flow"]}
    return {"eve-log": common | output.options}


@dataclass(slots=True)
class Engine:
    """A Suricata that reads captures out of a folder as they come."""

    program: Path
    folder: Path
    process: "subprocess.Popen[bytes] | None" = None
    captures: int = 0
    lives: int = 0

    def start(self, outputs: Sequence[Output]) -> None:
        """It runs when it has read a first packet."""
        config = yaml.safe_load(CONFIGURATION.read_text())
        untouched = Output({"filetype": "regular", "filename": TRUTH}, {})
        config["outputs"] = [_eve_log(one) for one in (*outputs, untouched)]
        # A flow that is over is given up when another one comes to its row.
        config["flow"] = {"memcap": "256mb", "hash-size": ROWS, "prealloc": 1000}
        config["unix-command"] = {"enabled": True, "filename": str(self.folder / "command")}
        config["pcap-file"] = {"delay": 1, "poll-interval": 1}
        file = self.folder / "suricata.yaml"
        file.write_text(f"%YAML 1.1\n---\n{yaml.safe_dump(config)}")
        self.lives += 1
        self.pcaps.mkdir()
        command = [str(self.program), "-c", str(file), "-l", str(self.folder), "-k", "none"]
        command += ["-S", os.devnull, "--runmode", "autofp", "-r", str(self.pcaps)]
        command += ["--pcap-file-continuous", f"--data-dir={self.folder}"]
        environment = dict(os.environ, TZ="UTC")
        with (self.folder / "suricata.log").open("ab") as out:
            self.process = subprocess.Popen(  # noqa: S603
                command, cwd=self.folder, stdout=out, stderr=out, env=environment
            )

    def read(self, capture: Path) -> None:
        """Let it read one more."""
        self.captures += 1
        beside = self.folder / "next.pcap"
        shutil.copyfile(capture, beside)
        beside.rename(self.pcaps / f"{self.captures:03}.pcap")

    def say(self, command: str) -> None:
        """One of the commands of its socket."""
        with session(str(self.folder / "command")) as asked:
            asked(command)

    def stop(self, by: int = signal.SIGTERM) -> None:
        """In good order it writes all flows that it still has."""
        if self.process is not None:
            self.process.send_signal(by)
            self.process.wait(PATIENCE)
        self.process = None

    @property
    def pcaps(self) -> Path:
        """The folder that it reads, another one in each of its lives."""
        return self.folder / f"pcaps-{self.lives}"

    @property
    def written(self) -> int:
        """Bytes of the file that nobody touches."""
        truth = self.folder / TRUTH
        return truth.stat().st_size if truth.exists() else 0

    def flows(self) -> int:
        """Flows in it."""
        with (self.folder / TRUTH).open("rb") as lines:
            return sum(b'"event_type":"flow"' in line for line in lines)

    def until_read(self, before: int) -> None:
        """Wait until flows have come beyond so many bytes, and no more have for a while."""
        begun, size, since = monotonic(), before, monotonic()
        while not (size > before and monotonic() > since + QUIET):
            if self.process is None or self.process.poll() is not None:
                raise RuntimeError(f"{self.program} has ended: see {self.folder}/suricata.log")
            if monotonic() > begun + PATIENCE:
                raise RuntimeError(f"{self.program} reads nothing")
            if self.written != size:
                size, since = self.written, monotonic()
            sleep(0.05)


@dataclass(frozen=True, slots=True)
class Told:
    """What one netheed has taken in and said."""

    output: str
    connections: int
    bad: int
    lost: dict[str, int]
    late: int
    windows: int
    ids: list[str]
    """Of its notices, in the order of the EVE file."""
    alerts: list[dict[str, Any]]


@dataclass(slots=True)
class Follower:
    """A netheed that may be killed and started again."""

    output: str
    place: Place
    is_killed: bool
    _held: ExitStack = field(default_factory=ExitStack)
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """From where it was."""
        self._process = self._held.enter_context(running(self.place))

    def kill(self) -> None:
        """Without a word."""
        self._held.close()

    def signal(self, number: int) -> None:
        """Send one."""
        if self._process is not None:
            self._process.send_signal(number)

    def end(self) -> Told:
        """In good order."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.communicate(timeout=PATIENCE)
        self._held.close()
        data = (self.place.folder / "state" / "checkpoint").read_bytes()
        state = unpack(data.partition(b"\n")[2], "checkpoint")
        connections, bad, *_ = state["tally"].tolist()
        lost = dict(zip(state["lost"].tolist(), state["lost_count"].tolist(), strict=True))
        alerts = lines_of(self.place.folder / "eve-netheed.json")
        return Told(
            output=self.output,
            connections=connections,
            bad=bad,
            lost=lost,
            late=int(state["core/windows/counters"][0]),
            windows=len(self.place.said().windows),
            ids=[alert["alert"]["metadata"]["netheed_id"][0] for alert in alerts],
            alerts=alerts,
        )


def lines_of(file: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON lines; empty where there is none."""
    return [json.loads(line) for line in file.read_bytes().splitlines()] if file.exists() else []


def slices(folder: Path, count: int = SLICES, minutes: int = MINUTES) -> list[Path]:
    """The sample's traffic as so many captures of about the same size."""
    whole = folder / "whole.pcap"
    write_pcap(conn_log.merged(make(SEED, minutes).conversations), whole)
    data = whole.read_bytes()
    whole.unlink()
    return list(_cut(data, folder, count))


def _cut(data: bytes, folder: Path, count: int) -> Iterator[Path]:
    header, at, begin = data[:24], 24, 24
    for number in range(1, count + 1):
        while at < len(data) and (at < len(data) * number // count or number == count):
            at += 16 + struct.unpack_from("<I", data, at + 8)[0]
        path = folder / f"slice-{number}.pcap"
        path.write_bytes(header + data[begin:at])
        begin = at
        yield path


def follower(name: str, output: Output, folder: Path) -> Follower:
    """A netheed that saves after every read, and is asked for nothing but its EVE file."""
    place = Place(folder / f"netheed-{name}")
    place.prepare(
        sources=[output.source | {"lateness": LATENESS}],
        sinks=[{"type": "eve", "path": str(place.folder / "eve-netheed.json")}],
    )
    return Follower(name, place, output.is_killed)


def replayed(
    captures: Sequence[Path], names: Sequence[str], folder: Path, program: Path
) -> tuple[int, list[Told]]:
    """The flows that Suricata wrote, and what each netheed made of them."""
    outputs = {name: OUTPUTS[name](folder) for name in names}
    engine = Engine(program, folder)
    followers = [follower(name, output, folder) for name, output in outputs.items()]
    with ExitStack() as held:
        held.callback(lambda: engine.stop(signal.SIGKILL))
        for output in outputs.values():
            if output.server:
                server = subprocess.Popen(output.server)  # noqa: S603
                held.callback(server.wait)
                held.callback(server.kill)
        for one in followers:
            held.callback(one.kill)
            one.start()
        engine.start(list(outputs.values()))
        for capture in captures:
            before = engine.written
            engine.read(capture)
            engine.until_read(before)
            for output in outputs.values():
                output.rotate(folder, engine)
            for one in followers:
                if one.is_killed:
                    one.kill()
                    one.start()
        engine.stop()
        flows = engine.flows()
        until_taken(followers, flows)
        return flows, [one.end() for one in followers]


def until_taken(followers: Sequence[Follower], flows: int, patience: float = PATIENCE) -> None:
    """Wait until all have saved that they have so many connections, but not for ever."""
    end = monotonic() + patience
    while monotonic() < end and any(_taken(one.place) < flows for one in followers):
        sleep(0.1)


def _taken(place: Place) -> int:
    try:
        data = (place.folder / "state" / "checkpoint").read_bytes()
        return int(unpack(data.partition(b"\n")[2], "checkpoint")["tally"][0])
    except OSError:
        return 0


def scored(folder: Path) -> list[str]:
    """The ids of what `netheed score` notices in the file that nobody has touched."""
    config, out = folder / "score.yaml", folder / "scored.jsonl"
    config.write_text(json.dumps({"windows": {"lateness": LATENESS}}))
    command = [sys.executable, "-c", PROGRAM, "score", str(folder / TRUTH), "--as", "jsonl"]
    command += ["--config", str(config), "--output", str(out)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return [notice["id"] for notice in lines_of(out)]


@contextmanager
def in_folder() -> Iterator[Path]:
    """A folder with a name that is short enough for a socket in it."""
    with TemporaryDirectory(prefix="netheed-", dir="/tmp") as folder:
        yield Path(folder)


@click.command()
@click.option("--slices", "count", default=SLICES, show_default=True)
def main(count: int) -> None:
    """Print what came of each output; exit code 1 where a flow is missing."""
    with in_folder() as folder:
        captures = slices(folder, count)
        flows, told = replayed(captures, list(OUTPUTS), folder, find_suricata())
        whole = scored(folder)
    click.echo(f"Suricata wrote {flows} flows; {len(whole)} notices by netheed score")
    for one in told:
        same = one.ids == whole[: len(one.ids)]
        click.echo(
            f"{one.output}: {one.connections} connections, bad {one.bad}, late {one.late},"
            f" lost {sum(one.lost.values())}, {one.windows} windows, {len(one.ids)} notices"
            f"{', the same' if same else ', others'} as by score so far"
        )
    sys.exit(any(one.connections != flows for one in told))


if __name__ == "__main__":
    main()

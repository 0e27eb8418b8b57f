"""Kill a running netheed again and again, and compare what it said with a run that was left alone.

    python -m bench.crashes --times 200

A conn.log grows and is rotated while `netheed run` follows it and is killed (SIGKILL) at random
moments. In the end every window, score and notice must be that of one uninterrupted run.
"""

import gzip
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any, Final, cast

import click

SAMPLE: Final = Path(__file__).parents[1] / "sample" / "zeek" / "conn.log.gz"
PROGRAM: Final = "from netheed.cli import main; main()"
PATIENCE: Final = 60.0
"""Seconds for what takes less than one."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a run has said in the end."""

    windows: list[dict[str, Any]]
    """Each once, by time and host."""
    notices: list[dict[str, Any]]
    """As the file has them."""
    repeated: int
    """Windows that were said again after a crash."""
    different: int
    """Windows that were said again, and otherwise."""


@dataclass(frozen=True, slots=True)
class Place:
    """The files of one run."""

    folder: Path

    @property
    def log(self) -> Path:
        """Where Zeek would write."""
        return self.folder / "logs" / "conn.log"

    @property
    def config(self) -> Path:
        """JSON, which is YAML too."""
        return self.folder / "netheed.yaml"

    @property
    def windows(self) -> Path:
        """Every scored window, some twice."""
        return self.folder / "windows.jsonl"

    @property
    def notices(self) -> Path:
        """What the analyst sees."""
        return self.folder / "notices.jsonl"

    @property
    def size(self) -> int:
        """Bytes of what was said of windows."""
        return self.windows.stat().st_size if self.windows.exists() else 0

    def prepare(self, **others: Any) -> None:
        """Make the folder and a configuration that saves after every read."""
        self.log.parent.mkdir(parents=True)
        daemon = {
            "state": str(self.folder / "state"),
            "windows": str(self.windows),
            "checkpoint_every": 0,
        }
        settings = {
            "sources": [{"type": "zeek_log", "path": str(self.log)}],
            "sinks": [{"type": "jsonl", "path": str(self.notices)}],
            "daemon": daemon,
        } | others
        self.config.write_text(json.dumps(settings))

    def said(self) -> Said:
        """What stands in the files."""
        windows: dict[tuple[str, str], dict[str, Any]] = {}
        repeated = different = 0
        for window in _lines(self.windows):
            key = (window["start"], window["host"])
            repeated += key in windows
            different += windows.setdefault(key, window) != window
        return Said(
            [windows[key] for key in sorted(windows)], _lines(self.notices), repeated, different
        )


def _lines(path: Path) -> list[dict[str, Any]]:
    """Whole lines; the last may be half where a kill has hit its writing."""
    whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
    return [json.loads(line) for line in whole.splitlines()]


@contextmanager
def running(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """A netheed that has started."""
    command = [sys.executable, "-c", PROGRAM, "run", "--config", str(place.config)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)  # noqa: S603 - our own program
    try:
        _await(process, b'"started"')
        yield process
    finally:
        process.kill()
        process.communicate()


def _await(process: subprocess.Popen[bytes], word: bytes) -> None:
    told, until = b"", time.monotonic() + PATIENCE
    channel = cast("IO[bytes]", process.stderr)
    while word not in told:
        ready, _, _ = select.select([channel], [], [], max(0.0, until - time.monotonic()))
        block = os.read(channel.fileno(), 1 << 16) if ready else b""
        if not block:
            raise RuntimeError(f"netheed did not say {word!r} but {told.decode()!r}")
        told += block


def until_silent(place: Place, quiet: float = 0.7) -> None:
    """Wait until no window has come for a while."""
    size, since = -1, time.monotonic()
    while time.monotonic() < since + quiet:
        if place.size != size:
            size, since = place.size, time.monotonic()
        time.sleep(0.02)


def pieces(lines: Sequence[bytes], count: int) -> list[bytes]:
    """The log in about equal parts, not cut at the ends of lines."""
    whole = b"".join(lines)
    size = len(whole) // count + 1
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def uninterrupted(place: Place, parts: Sequence[bytes]) -> Said:
    """One run over all of it."""
    place.prepare()
    place.log.write_bytes(b"".join(parts))
    with running(place) as process:
        until_silent(place)
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    return place.said()


def crashed(place: Place, header: bytes, parts: Sequence[bytes], chance: random.Random) -> Said:
    """A run that is killed once for each part, at any moment, while its log is rotated.

    As Zeek does it, each file but the first, whose part has it, begins with the header.
    """
    place.prepare()
    for number, part in enumerate(parts):
        begins = b"" if place.log.exists() or not number else header
        with place.log.open("ab") as file:
            file.write(begins + part)
        with running(place) as process:
            _wait(place, chance)
            process.kill()
            process.wait(PATIENCE)
        if part.endswith(b"\n") and chance.random() < 0.5:
            place.log.rename(place.log.with_name(f"conn.{number:04d}.log"))
    with running(place) as process:
        until_silent(place)
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    return place.said()


def _wait(place: Place, chance: random.Random) -> None:
    """Until any moment; every other time until a window was said that may not be saved yet."""
    if chance.random() < 0.5:
        before, until = place.size, time.monotonic() + 1.0
        while place.size == before and time.monotonic() < until:
            time.sleep(0.001)
    else:
        time.sleep(chance.random() * 0.12)


def compared(times: int, seed: int, folder: Path) -> tuple[Said, Said]:
    """Uninterrupted, and killed so many times."""
    with gzip.open(SAMPLE) as file:
        lines = file.readlines()
    parts = pieces(lines, times)
    alone = uninterrupted(Place(folder / "alone"), parts)
    header = b"".join(line for line in lines[:20] if line.startswith(b"#"))
    chance = random.Random(seed)  # noqa: S311
    return alone, crashed(Place(folder / "crashed"), header, parts, chance)


@click.command()
@click.option("--times", default=200, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(times: int, seed: int) -> None:
    """Print the comparison; exit code 1 where anything differs."""
    with TemporaryDirectory() as folder:
        alone, killed = compared(times, seed, Path(folder))
    same = alone.windows == killed.windows and alone.notices == killed.notices
    print(f"killed {times} times: {'the same' if same else 'NOT the same'} as one run left alone")
    print(f"windows {len(alone.windows)} and {len(killed.windows)}")
    print(f"notices {len(alone.notices)} and {len(killed.notices)}, each written once")
    print(f"windows said again after a crash {killed.repeated}, otherwise {killed.different}")
    sys.exit(0 if same and not killed.different else 1)


if __name__ == "__main__":
    main()

"""Write more into an eve.json than a running netheed can take in, with a scan and a flood in it.

    python -m bench.overload                 print what came of it
    python -m bench.overload --output FILE   write it to its place in docs/overload.md

The top rate is measured first: connections a second from a file that is there already to scored
windows, by the clock. Then a `netheed run` follows a file that is written at a part of it, for the
burst at several times of it, and at the part again.
"""

import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any, Final
from urllib.request import urlopen

import click
import numpy as np

from bench import page
from bench.crashes import PROGRAM
from netheed import build
from netheed.config import Settings
from netheed.records import Tally
from netheed.sources.archive import Archive

BLOCK: Final = 500
"""Lines that are written at once."""
BLOCKS: Final = 64
HOSTS: Final = 400
QUIET: Final = 0.05
"""Of the top rate, before the burst and after it."""
SCANNER: Final = "10.99.0.5"
FLOODER: Final = "10.99.0.7"
SCANNED: Final = 3_000
FLOOD: Final = 2_000
"""Flows a second, of one host to one server."""
ATTACKED: Final = 15.0
"""Seconds."""
LATENESS: Final = 5.0
BEFORE: Final = 10.0
"""Seconds of quiet, at least."""
BEGINS: Final = 20.0
"""Second of a minute at which the burst begins: the closing of that minute lies in its midst."""
EVERY: Final = 0.2
"""Seconds between two looks at the metrics."""

_LINE: Final = (
    '{"timestamp":"@T","flow_id":%d,"in_iface":"eth0","event_type":"flow","src_ip":"%s",'
    '"src_port":%d,"dest_ip":"%s","dest_port":%d,"proto":"TCP","app_proto":"%s","flow":'
    '{"pkts_toserver":%d,"pkts_toclient":%d,"bytes_toserver":%d,"bytes_toclient":%d,"start":"@T",'
    '"end":"@T","age":0,"state":"closed","reason":"timeout","alerted":false},"community_id":'
    '"1:wdc+jXNAn3Ap2cp33lxK1pgbevM=","tcp":{"tcp_flags":"%s","tcp_flags_ts":"%s",'
    '"tcp_flags_tc":"%s","syn":true,"state":"closed"}}\n'
)


def ordinary(rng: np.random.Generator) -> str:
    """A connection of an ordinary host, without its time."""
    host = int(rng.zipf(1.3)) % HOSTS
    peer = int(rng.zipf(1.4)) % 4_000
    sent, received = int(rng.lognormal(6.5, 1.2)) + 200, int(rng.lognormal(7.5, 1.8)) + 200
    return _LINE % (
        *(int(rng.integers(2**50)), f"10.{host // 250}.1.{host % 250 + 1}"),
        *(int(rng.integers(32768, 60000)), f"198.18.{peer // 250}.{peer % 250 + 1}", 443, "tls"),
        *(sent // 600 + 2, received // 900 + 2, sent, received, "1b", "1b", "1b"),
    )


def probe(number: int) -> str:
    """A connection of the scan: a host inside that does not answer."""
    target = f"10.50.{number // 250 % 250}.{number % 250 + 1}"
    ends = (number + 2**51, SCANNER, 40000, target, 445, "failed")
    return _LINE % (*ends, 1, 0, 60, 0, "02", "02", "00")


def hit(number: int) -> str:
    """A connection of the flood."""
    port = 1024 + number % 60000
    ends = (number + 2**52, FLOODER, port, "203.0.113.80", 80, "failed")
    return _LINE % (*ends, 1, 0, 60, 0, "02", "02", "00")


@dataclass(slots=True)
class Writer:
    """Writes as Suricata would, and knows how much it has written."""

    path: Path
    flows: int = 0
    behind: float = 0.0
    """Seconds that it was late itself at the worst."""
    blocks: list[bytes] = field(default_factory=list)
    """What is written in turn."""

    def __post_init__(self) -> None:
        rng = np.random.default_rng(1)
        for _ in range(BLOCKS):
            self.blocks.append("".join(ordinary(rng) for _ in range(BLOCK)).encode())

    def write(self, rate: float, seconds: float, *, attacked: bool = False) -> None:
        """So many flows a second, and the attacks from the first second on."""
        begun, done, mine = time.monotonic(), 0, [0, 0]
        with self.path.open("ab", buffering=0) as file:
            while (passed := time.monotonic() - begun) < seconds:
                stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+0000").encode()
                due = int(passed * rate)
                for _ in range((due - done) // BLOCK):
                    file.write(self.blocks[done // BLOCK % BLOCKS].replace(b"@T", stamp))
                    done += BLOCK
                if attacked:
                    text = "".join(self._attacks(min(passed, ATTACKED), mine))
                    file.write(text.encode().replace(b"@T", stamp))
                self.behind = max(self.behind, time.monotonic() - begun - passed - 0.02)
                time.sleep(0.02)
        self.flows += done + sum(mine)

    def _attacks(self, passed: float, done: list[int]) -> Iterator[str]:
        for kind, (line, rate) in enumerate(((probe, SCANNED / ATTACKED), (hit, FLOOD))):
            due = int(passed * rate)
            yield from map(line, range(done[kind], due))
            done[kind] = due


def top_rate(folder: Path, lines: int = 200_000) -> float:
    """Connections a second, by the clock: a minute of ordinary flows that are all there already."""
    writer, path, seconds = Writer(folder / "unused.json"), folder / "whole.json", 60
    begin = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    with path.open("wb") as file:
        for number in range(lines // BLOCK):
            at = datetime.fromtimestamp(begin + seconds * number * BLOCK / lines, UTC)
            stamp = at.strftime("%Y-%m-%dT%H:%M:%S.%f+0000").encode()
            file.write(writer.blocks[number % BLOCKS].replace(b"@T", stamp))
    settings, tally = Settings(), Tally()
    pipeline = build.pipeline(settings, tally)
    source = Archive(paths=[path], words=build.words(settings), tally=tally, on_bad=lambda _: None)
    begun = time.perf_counter()
    for _ in pipeline.run(source):
        pass
    path.unlink()
    return lines / (time.perf_counter() - begun)


def free_port() -> int:
    """One that nobody has at this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Look(dict[str, float]):
    """Metrics at one moment, without their prefix."""


@dataclass(slots=True)
class Watch:
    """Looks at the metrics of a running netheed."""

    port: int
    looks: list[tuple[float, Look]] = field(default_factory=list)
    _ended: Event = field(default_factory=Event)

    def run(self) -> None:
        """Until it is ended."""
        while not self._ended.wait(EVERY):
            try:
                self.looks.append((time.monotonic(), self.look()))
            except OSError:
                continue

    def look(self) -> Look:
        """Now."""
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        rows = re.findall(r"^netheed_(\S+) (\S+)$", text, re.MULTILINE)
        return Look({name: float(value) for name, value in rows})

    def end(self) -> None:
        """No look any more."""
        self._ended.set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a burst."""

    top: float
    rate: float
    burst: float
    produced: int
    looks: list[tuple[float, Look]]
    began: float
    """The burst, monotonic seconds."""
    ended: float
    told: list[dict[str, Any]]
    notices: list[dict[str, Any]]
    behind: float

    def lags(self) -> list[float]:
        """Seconds, at each look within the burst."""
        rows = [(at, look.get("lag_seconds", 0.0)) for at, look in self.looks]
        return [lag for at, lag in rows if self.began <= at <= self.ended]

    def found(self, host: str) -> list[str]:
        """What was said of a host."""
        return sorted({n["class"] for n in self.notices if host in (n["host"], n["peer"])})


def outcome(times: float, burst: float, after: float, top: float, folder: Path) -> Outcome:
    """Of one run."""
    log, place, port = folder / "eve.json", folder / "netheed.yaml", free_port()
    log.touch()
    settings = {
        "sources": [{"type": "eve_file", "path": str(log), "lateness": LATENESS}],
        "sinks": [{"type": "jsonl", "path": str(folder / "notices.jsonl")}],
        "daemon": {
            "state": str(folder / "state"),
            "metrics": f"127.0.0.1:{port}",
            "idle_after": 3,
        },
    }
    place.write_text(json.dumps(settings))
    writer, watch = Writer(log), Watch(port)
    with _running(place, folder / "log"):
        began, ended = _burst(writer, watch, top, times, (burst, after))
    lines = (folder / "log").read_text().splitlines()
    notices = (folder / "notices.jsonl").read_text().splitlines()
    return Outcome(
        top=top,
        rate=times * top,
        burst=burst,
        produced=writer.flows,
        looks=watch.looks,
        began=began,
        ended=ended,
        told=[json.loads(line) for line in lines if line.startswith("{")],
        notices=[json.loads(line) for line in notices],
        behind=writer.behind,
    )


@contextmanager
def _running(config: Path, log: Path) -> Iterator[None]:
    """A netheed that has started; it ends by itself when it is asked to."""
    command = [sys.executable, "-c", PROGRAM, "run", "--config", str(config)]
    with log.open("wb") as said:
        process = subprocess.Popen(command, stderr=said)  # noqa: S603 - our own program
        try:
            while b'"started"' not in log.read_bytes():
                time.sleep(0.1)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _burst(
    writer: Writer, watch: Watch, top: float, times: float, seconds: tuple[float, float]
) -> tuple[float, float]:
    """Quiet, the burst, quiet; when the burst began and ended."""
    burst, after = seconds
    thread = Thread(target=watch.run, daemon=True)
    thread.start()
    # The attacks stand in one minute, whose window is full and closes within the burst.
    second = (time.time() + BEFORE) % 60.0
    writer.write(QUIET * top, BEFORE + (BEGINS - second) % 60.0)
    began = time.monotonic()
    writer.write(times * top, burst, attacked=True)
    ended = time.monotonic()
    writer.write(QUIET * top, after)
    time.sleep(3.0)
    watch.end()
    thread.join()
    watch.looks.append((time.monotonic(), watch.look()))
    return began, ended


def measured(made: Outcome) -> str:
    """What is to be told of a burst, as Markdown."""
    lags, last = made.lags(), made.looks[-1][1]
    sampled_out = int(last['lost_total{cause="sampled"}'])
    read, bad = int(last["connections_total"]), int(last["bad_records_total"])
    least = min(look.get("taken_probability", 1.0) for _, look in made.looks)
    step = last.get("overload_step", 0.0)
    rows = {
        "top rate, measured before": f"{made.top:,.0f} connections a second",
        "the burst": f"{made.rate:,.0f} a second for {made.burst:.0f} s"
        f" ({made.rate / made.top:.1f} times as many)",
        "written in all": f"{made.produced:,d}",
        "read": f"{read:,d}",
        "sampled out": f"{sampled_out:,d}",
        "read + sampled out + bad - written": f"{read + sampled_out + bad - made.produced:,d}",
        "least probability": f"1/{round(1 / least)}",
        "lag in the burst, median": f"{np.percentile(lags, 50):.2f} s",
        "lag in the burst, 95 %": f"{np.percentile(lags, 95):.2f} s",
        "lag in the burst, 99 %": f"{np.percentile(lags, 99):.2f} s",
        "lag in the burst, worst": f"{max(lags):.2f} s",
        "said of the scanning host": ", ".join(made.found(SCANNER)) or "nothing",
        "said of the flooding host": ", ".join(made.found(FLOODER)) or "nothing",
        "remarks": ", ".join(n["class"] for n in made.notices if n.get("about")) or "none",
        "notices on other hosts": str(
            len({n["host"] for n in made.notices if not n.get("about")} - {SCANNER, FLOODER})
        ),
        "step in the end": ("normal", "larger", "sampled")[int(step)],
    }
    table = ["| what | |", "|---|---|", *(f"| {name} | {said} |" for name, said in rows.items())]
    return "\n".join([*table, "", *_steps(made)])


def _steps(made: Outcome) -> Iterator[str]:
    yield "| seconds from the burst | event | step | probability | lag, s | closing, s |"
    yield "|---:|---|---|---:|---:|---:|"
    offset = time.time() - time.monotonic()
    for one in made.told:
        if one["event"] in ("overloaded", "relieved"):
            at = datetime.fromisoformat(one["timestamp"]).timestamp()
            measures = f"{one.get('lag', '')} | {one.get('closing', '')}"
            share = f"1/{round(1 / one['probability'])}" if one["probability"] < 1 else "1"
            yield (
                f"| {at - offset - made.began:.1f} | {one['event']} | {one['step']} | {share}"
                f" | {measures} |"
            )


@click.command(help=__doc__)
@click.option("--times", default=2.0, help="Times the top rate.")
@click.option("--burst", default=60.0, help="Seconds.")
@click.option("--after", default=85.0, help="Seconds of quiet behind it.")
@click.option("--output", type=click.Path(path_type=Path), help="A page with a place for it.")
def main(times: float, burst: float, after: float, output: Path | None) -> None:
    """Measure, and print or write."""
    with TemporaryDirectory() as folder:
        top = top_rate(Path(folder))
        told = measured(outcome(times, burst, after, top, Path(folder)))
    if output is None:
        print(told)
        return
    page.put(output, "bench.overload", told)


if __name__ == "__main__":
    main()

"""`netheed run` and `netheed check` as a user starts them."""

import gzip
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from bench.crashes import PROGRAM, SAMPLE
from netheed import __version__
from netheed.sinks.formats import FORMATS
from tests.lines import CONN_JSON, changed
from tests.syslog_messages import read

PATIENCE = 20.0


@dataclass
class Run:
    """A netheed in a folder of its own."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "conn.log"

    @property
    def yaml(self) -> str:
        return str(self.folder / "netheed.yaml")

    @property
    def notices(self) -> Path:
        return self.folder / "notices.jsonl"

    @property
    def errors(self) -> Path:
        return self.folder / "stderr"

    def configure(self, **daemon: Any) -> Path:
        settings = {
            "windows": {"lateness": 1},
            "sources": [{"type": "zeek_log", "path": str(self.log)}],
            "sinks": [{"type": "jsonl", "path": str(self.notices)}],
            "daemon": {
                "state": str(self.folder / "state"),
                "windows": str(self.folder / "windows.jsonl"),
                **daemon,
            },
        }
        Path(self.yaml).write_text(json.dumps(settings))
        return Path(self.yaml)

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        command = [sys.executable, "-c", PROGRAM, "run", "--config"]
        with self.errors.open("wb") as errors:
            process = subprocess.Popen([*command, self.yaml], stderr=errors)  # noqa: S603
        try:
            until(lambda: b'"started"' in self.errors.read_bytes() or process.poll() is not None)
            yield process
        finally:
            process.kill()
            process.wait()

    def write(self, *starts: float) -> None:
        with self.log.open("ab") as file:
            for start in starts:
                file.write(changed(CONN_JSON, ts=start, uid=f"C{start:.0f}"))

    def windows(self) -> list[dict[str, Any]]:
        path = self.folder / "windows.jsonl"
        return (
            [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []
        )

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.errors.read_bytes().splitlines()]


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


MINUTE = 1_700_000_040.0


def test_every_form_is_written_and_sent(run: Run) -> None:
    settings = json.loads(run.configure().read_text())
    files = [{"type": form, "path": str(run.folder / form)} for form in FORMATS]
    address = str(run.folder / "syslog")
    settings["sinks"] = [*files, {"type": "syslog", "address": address}]
    Path(run.yaml).write_text(json.dumps(settings))
    run.log.write_bytes(gzip.decompress(SAMPLE.read_bytes()))

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.settimeout(PATIENCE)
        server.bind(address)
        with run.running():
            sent = [read(server.recv(1 << 16)).text for _ in range(5)]
            until(lambda: all(len(lines(run.folder / form)) >= 5 for form in FORMATS))

    assert lines(run.folder / "jsonl")[:5] == sent
    assert all(json.loads(line) for form in FORMATS for line in lines(run.folder / form))


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.exists() else []


def test_an_idle_source_closes_its_windows_by_the_clock_and_nothing_else_does(run: Run) -> None:
    run.configure(idle_after=1.0)
    run.write(MINUTE + 57.5)
    with run.running():
        until(run.windows)

        assert [window["connections"] for window in run.windows()] == [1]


def test_without_silence_no_window_closes_before_the_watermark_passes(run: Run) -> None:
    run.configure(idle_after=3600.0, checkpoint_every=0)
    run.write(*(MINUTE + second for second in range(59)))
    with run.running() as process:
        until((run.folder / "state" / "checkpoint").exists)
        run.write(MINUTE + 59.0)
        until(lambda: str(run.log.stat().st_size).encode() in checkpoint(run))
        assert run.windows() == []
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)

    # What is open stays open in the checkpoint.
    assert run.windows() == []


def checkpoint(run: Run) -> bytes:
    """The positions in it, as the text they are."""
    return (run.folder / "state" / "checkpoint").read_bytes().replace(b"\0", b"")


def test_term_saves_what_was_read_and_ends_well(run: Run) -> None:
    run.configure()
    run.write(*(MINUTE + 60 * n for n in range(30)))
    with run.running() as process:
        until(lambda: len(run.windows()) >= 25)
        process.send_signal(signal.SIGTERM)
        code = process.wait(PATIENCE)
    before = len(run.windows())
    run.write(*(MINUTE + 60 * n for n in range(30, 60)))
    with run.running():
        until(lambda: len(run.windows()) >= 55)

    assert code == 0
    assert run.events()[0]["event"] == "state_restored"
    starts = [window["start"] for window in run.windows()]
    assert len(starts) == len(set(starts))
    assert before < 30


def test_it_says_what_it_is_and_what_is_not_ready_when_it_starts(run: Run) -> None:
    run.configure()
    settings = json.loads(Path(run.yaml).read_text())
    settings["sinks"].append({"type": "eve", "path": "/nowhere/eve.json"})
    Path(run.yaml).write_text(json.dumps(settings))
    with run.running():
        until(lambda: {"started", "not_ready"} <= {event["event"] for event in run.events()})

    started, not_ready = (
        next(event for event in run.events() if event["event"] == name)
        for name in ("started", "not_ready")
    )
    assert (started["version"], started["state"]) == (__version__, f"{run.folder}/state")
    assert started["model"].startswith("attention-")
    assert (not_ready["where"], not_ready["reason"]) == (
        "sinks[1].path",
        "/nowhere: No such file or directory",
    )


def test_a_second_netheed_on_the_same_state_is_refused(run: Run) -> None:
    path = run.configure()
    with run.running():
        second = subprocess.run(  # noqa: S603
            [sys.executable, "-c", PROGRAM, "run", "--config", str(path)],
            capture_output=True,
            check=False,
            timeout=PATIENCE,
        )

    assert second.returncode == 1
    assert b"another netheed runs on this state" in second.stderr


def test_metrics_are_served_on_loopback(run: Run) -> None:
    run.configure(metrics="127.0.0.1:19713")
    run.write(*(MINUTE + 60 * n for n in range(30)))
    with run.running():
        until(lambda: len(run.windows()) >= 25)
        with urlopen("http://127.0.0.1:19713/metrics", timeout=PATIENCE) as answer:
            told = answer.read().decode()

    assert "netheed_connections_total 30.0" in told
    assert 'netheed_sink_waiting{sink="jsonl"} 0.0' in told


def test_a_far_future_record_closes_no_window(run: Run) -> None:
    run.configure(idle_after=3600.0)
    run.write(*(MINUTE + 60 * n for n in range(10)), 4_070_908_800.0)
    run.write(*(MINUTE + 60 * n for n in range(10, 20)))
    with run.running():
        until(lambda: len(run.windows()) >= 15)

        assert [window["connections"] for window in run.windows()] == [1] * len(run.windows())
        assert all(window["start"].startswith("2023") for window in run.windows())


def test_a_defect_in_the_thread_of_a_sink_ends_the_run_and_loses_no_notice(run: Run) -> None:
    run.configure(checkpoint_every=0)
    run.log.write_bytes(gzip.decompress(SAMPLE.read_bytes()))
    broken = f"from netheed.sinks.appended import AppendedFile as A; A.write = None; {PROGRAM}"

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", broken, "run", "--config", run.yaml],
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    with run.running():
        until(lambda: run.notices.exists() and run.notices.read_bytes().count(b"\n") >= 5)

    assert done.returncode == 1
    assert b'"event": "crashed"' in done.stderr

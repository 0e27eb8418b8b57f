"""Two real endpoints of Broker on loopback: a Zeek and netheed, each a process of its own."""

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bench.crashes import SAMPLE, Place, Said, running, until_silent
from tests.fake_zeek import FakeZeek

REPOSITORY = Path(__file__).parents[2]
MODULES = "usr/lib/python3/dist-packages"
PATIENCE = 60.0
OF_TYPE: dict[str, Callable[[str], Any]] = {
    "time": float,
    "interval": float,
    "count": int,
    "port": int,
    "bool": "T".__eq__,
}


@pytest.fixture(scope="module")
def root() -> Path:
    """Where Debian's module lies, for the Python that runs this."""
    try:
        return fetched()
    except RuntimeError as reason:
        if os.environ.get("NETHEED_REQUIRE_BROKER"):
            raise
        pytest.skip(f"no Broker: {reason}")


def fetched() -> Path:
    found = subprocess.run(  # noqa: S603
        [REPOSITORY / ".ci" / "broker"], capture_output=True, text=True, check=False
    )
    if found.returncode:
        raise RuntimeError(found.stderr.strip().splitlines()[-1])
    root = Path(found.stdout.strip())
    tried = subprocess.run(
        [sys.executable, "-c", "import broker"],
        env={"PYTHONPATH": str(root / MODULES), "LD_LIBRARY_PATH": libraries(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    if tried.returncode:
        raise RuntimeError(tried.stderr.strip().splitlines()[-1])
    return root


def libraries(root: Path) -> str:
    return os.pathsep.join(sorted({str(path.parent) for path in root.rglob("lib*.so*")}))


@pytest.fixture
def broker(root: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The folder of the module; what is started finds its libraries."""
    monkeypatch.setenv("LD_LIBRARY_PATH", libraries(root))
    return str(root / MODULES)


@dataclass
class Native:
    """A tests.native_zeek that runs, and what it said."""

    process: "subprocess.Popen[str]"
    port: int = 0
    verdicts: list[dict[str, Any]] = field(default_factory=list)

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.verdicts.append(json.loads(line))


@contextmanager
def native_zeek(folder: str, log: str) -> Iterator[Native]:
    command = [sys.executable, "-m", "tests.native_zeek", folder, log]
    with subprocess.Popen(  # noqa: S603
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        zeek = Native(process)
        assert process.stdout is not None
        assert process.stdin is not None
        zeek.port = int(process.stdout.readline())
        thread = threading.Thread(target=zeek.listen)
        thread.start()
        yield zeek
        process.stdin.close()
        process.wait(PATIENCE)
        thread.join()
    assert process.returncode == 0


def ended(place: Place, process: "subprocess.Popen[bytes]") -> Said:
    """What a run has said when nothing more comes."""
    until(lambda: place.windows.exists() and place.windows.stat().st_size)
    until_silent(place, quiet=2.0)
    process.send_signal(signal.SIGTERM)
    process.wait(PATIENCE)
    return place.said()


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def by_file(place: Place, log: bytes) -> Said:
    place.prepare()
    place.log.write_bytes(log)
    with running(place) as process:
        return ended(place, process)


def prepared(place: Place, door: dict[str, Any]) -> None:
    """Connections come and verdicts go by the same door; notices stand in the file too."""
    notices = {"type": "jsonl", "path": str(place.notices)}
    place.prepare(sources=[door], sinks=[notices, door])


def by_websocket(place: Place, lines: list[str]) -> tuple[Said, list[str]]:
    with FakeZeek() as zeek:
        prepared(place, {"type": "zeek_websocket", "url": zeek.url})
        with running(place) as process:
            zeek.wait_for_client()
            zeek.play(lines)
            said = ended(place, process)
        return said, [verdict.notice_id for verdict in zeek.notices]


def by_broker(place: Place, lines: list[str], folder: str) -> tuple[Said, list[str]]:
    place.folder.mkdir()
    log = place.folder / "conn.jsonl"
    log.write_text("\n".join(lines))
    with native_zeek(folder, str(log)) as zeek:
        door = {"type": "zeek_broker", "port": zeek.port, "python_path": folder}
        prepared(place, door)
        with running(place) as process:
            said = ended(place, process)
    return said, [verdict["notice_id"] for verdict in zeek.verdicts]


def of_tsv(log: bytes) -> list[str]:
    """Lines of conn.log as JSON, what is unset left out."""
    names: list[str] = []
    types: list[str] = []
    made = []
    for line in log.decode().splitlines():
        first, *rest = line.split("\t")
        if first == "#fields":
            names = rest
        elif first == "#types":
            types = rest
        elif not first.startswith("#"):
            given = zip(names, types, [first, *rest], strict=True)
            made.append({name: OF_TYPE.get(of, str)(text)
                         for name, of, text in given if text != "-"})  # fmt: skip
    return [json.dumps(conn) for conn in made]


@pytest.mark.slow
def test_a_recording_says_the_same_by_file_by_websocket_and_by_broker(
    broker: str, tmp_path: Path
) -> None:
    log = gzip.decompress(SAMPLE.read_bytes())
    conns = of_tsv(log)

    file = by_file(Place(tmp_path / "file"), log)
    websocket, seen = by_websocket(Place(tmp_path / "websocket"), conns)
    native, answered = by_broker(Place(tmp_path / "broker"), conns, broker)

    assert len(file.windows) > 2500
    assert websocket.windows == file.windows
    assert native.windows == file.windows
    assert native.notices == websocket.notices == file.notices
    assert len(file.notices) >= 14
    # Each verdict was answered, so none was said twice.
    ids = [notice["id"] for notice in file.notices]
    assert sorted(seen) == sorted(answered) == sorted(ids)

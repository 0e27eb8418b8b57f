"""A real redis-server on a socket below a folder, and a source that reads it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from netheed.core.networks import AddressWords
from netheed.errors import BadRecordError
from netheed.ports import Read
from netheed.records import Tally
from netheed.sources.eve_redis import EveRedisSettings
from netheed.sources.redis_events import EveRedis
from netheed.sources.redis_line import Told
from netheed.zeek.pace import Backoff
from tests.lines import EVE_FLOW, changed

SCRIPT = Path(__file__).parents[1] / ".ci" / "redis"
PATIENCE = 60.0


def find_redis() -> str:
    """The program; skips where there is none and it need not be."""
    found = subprocess.run([SCRIPT], capture_output=True, text=True, check=False)  # noqa: S603
    if found.returncode:
        reason = (found.stderr.strip().splitlines() or ["none"])[-1]
        if os.environ.get("NETHEED_REQUIRE_REDIS"):
            raise RuntimeError(reason)
        pytest.skip(f"no redis-server: {reason}")
    return found.stdout.strip()


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@dataclass
class RedisServer:
    """One that keeps what it has in a folder, as far as `options` make it."""

    program: str
    folder: Path
    options: tuple[str, ...] = ("--save", "")
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    client: Redis = field(init=False)

    def __post_init__(self) -> None:
        self.client = Redis(unix_socket_path=self.path)

    @property
    def path(self) -> str:
        return str(self.folder / "r")

    def settings(self, **given: Any) -> EveRedisSettings:
        return EveRedisSettings(url=f"unix://{self.path}", **given)

    def start(self) -> "RedisServer":
        command = [self.program, "--unixsocket", self.path, "--port", str(self.port)]
        command += ["--dir", str(self.folder), "--daemonize", "no", *self.options]
        with (self.folder / "redis.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
        until(self.answers)
        return self

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except AuthenticationError:
            return True
        except RedisError:
            return False

    def stop(self, by: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(by)
            self.process.wait(PATIENCE)
        self.process = None


@contextmanager
def running(folder: Path, *options: str) -> Iterator[RedisServer]:
    """One in a folder; without options nothing outlives it."""
    server = RedisServer(find_redis(), folder, options or ("--save", ""))
    try:
        yield server.start()
    finally:
        server.stop()
        server.client.close()


def flow(number: int) -> bytes:
    """A record as Suricata pushes it, without an end of line."""
    return changed(EVE_FLOW, flow_id=number).rstrip()


class Reading:
    """A netheed's source, whose Reads are taken in and, when asked, covered by a checkpoint."""

    def __init__(self, settings: EveRedisSettings, positions: dict[str, str] | None = None) -> None:
        self.tally, self.bad = Tally(), list[BadRecordError]()
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.source = EveRedis(
            settings=settings,
            words=AddressWords(),
            tally=self.tally,
            on_bad=self.bad.append,
            tell=lambda where: Told(where, self._tell),
        )
        self.source._line.backoff = Backoff(lambda: 0.0, longest=0.2)
        self.positions = dict(positions or {})
        self.flows: list[int] = []
        self.reads = self.source.reads(dict(self.positions))

    def _tell(self, event: str, **fields: Any) -> None:
        self.told.append((event, fields))

    @property
    def events(self) -> set[str]:
        return {event for event, _ in self.told}

    def look(self) -> Read:
        """The next Read."""
        read = next(self.reads)
        self.positions[read.origin] = read.position
        self.flows += [int(uid) for uid in read.batch.uid.told(slice(None))]
        return read

    def until(self, true: Callable[[], object]) -> None:
        """Read until something is the case."""

        def looked() -> bool:
            self.look()
            return bool(true())

        until(looked)

    def save(self) -> None:
        self.source.acknowledge(dict(self.positions))

    def stop(self) -> None:
        """As a daemon that ends."""
        self.source.stop()
        for read in self.reads:
            self.positions[read.origin] = read.position
            self.flows += [int(uid) for uid in read.batch.uid.told(slice(None))]

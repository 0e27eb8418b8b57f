"""Connections over Zeek's WebSocket, in batches of 50: one process sends, this one is measured.

`python -m bench.published FILE` is that process, with another one for the sender inside; it prints
the run as JSON. The file has a connection a line, in the form `zeek_conn` of `traffic`.
"""

import argparse
import gc
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec
from websockets.sync.server import ServerConnection, serve

from bench.stages import Whole
from netheed import build, logs
from netheed.config import Settings
from netheed.core.columns import Columns
from netheed.ports import Read
from netheed.records import Tally
from netheed.sources.zeek_events import ZeekEvents
from netheed.zeek.backlog import Backlog
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.websocket import Link

BATCH: Final = 50
WAITING: Final = 64
"""Frames that wait at the most."""
ACK: Final = '{"type":"ack","endpoint":"bench-websocket-0","version":"8.0.10"}'
EVENT: Final = (
    b'{"type":"data-message","topic":"netheed/conn/","@data-type":"vector","data":['
    b'{"@data-type":"count","data":1},{"@data-type":"count","data":1},'
    b'{"@data-type":"vector","data":[{"@data-type":"string","data":"Netheed::conn_batch"},'
    b'{"@data-type":"vector","data":[{"@data-type":"count","data":2},'
    b'{"@data-type":"string","data":"standalone"},{"@data-type":"count","data":%d},'
    b'{"@data-type":"vector","data":[%s]},{"@data-type":"count","data":%d},'
    b'{"@data-type":"count","data":0}]}]}]}'
)


def frames(path: Path) -> Iterator[bytes]:
    """The events of a file."""
    with path.open("rb") as file:
        lines = map(bytes.rstrip, file)
        for seq, batch in enumerate(iter(lambda: list(islice(lines, BATCH)), [])):
            yield EVENT % (seq, b",".join(batch), seq * BATCH)


def send(path: Path) -> None:
    """Serve one client, as Zeek does, and end."""
    ready = list(frames(path))
    over = threading.Event()

    def attend(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(ACK)
        for frame in ready:
            connection.send(frame, text=True)
        connection.recv(timeout=None)  # until the client has gone
        over.set()

    with serve(attend, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        print(server.socket.getsockname()[1], flush=True)
        server.serve_forever()


class _Patient(Backlog):
    """Holds the sender up, where a live one would drop: nothing is lost, and no frame gets cold."""

    def put(self, frame: bytes) -> None:
        """At the end, when there is room."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) < WAITING, 1.0)
        super().put(frame)

    def take(self, count: int) -> tuple[list[bytes], int]:
        """Tells the reader that there is room."""
        taken = super().take(count)
        with self._changed:
            self._changed.notify_all()
        return taken


@dataclass(slots=True)
class _All:
    """A source that ends when every connection has come, and waits where nothing has."""

    source: ZeekEvents
    total: int
    began: float = 0.0

    def reads(self, positions: Mapping[str, str]) -> Iterator[Read]:
        origins: dict[str, str] = {}
        for read in self.source.reads(positions):
            if len(read.batch):
                self.began = self.began or time.process_time()
                origins[read.origin] = read.position
            yield read
            if self.source.tally.connections >= self.total:
                break
            if not len(read.batch):
                self.source.link.backlog.wait(1, 0.05)
        for origin, position in origins.items():
            yield Read(origin, Columns.none(), position, last=True)

    def acknowledge(self, positions: Mapping[str, str]) -> None:
        self.source.acknowledge(positions)


def measured(path: Path) -> Whole:
    """CPU of this process from the first event to the last scored window."""
    total = sum(1 for _ in path.open("rb"))
    command = [sys.executable, "-m", "bench.published", str(path), "--send"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as sender:  # noqa: S603 - ourselves
        port = int((sender.stdout or sys.stdin.buffer).readline())
        link = Link(
            endpoint=Endpoint(url=f"ws://127.0.0.1:{port}/v1/messages/json"),
            backlog=_Patient(),
        )
        tally = Tally()
        pipeline = build.pipeline(Settings(), tally)
        source = ZeekEvents(
            link=link,
            name="zeek_websocket",
            words=build.words(Settings()),
            tally=tally,
            on_bad=_refuse,
        )
        gc.collect()
        every = _All(source, total)
        for _ in pipeline.run(every):
            pass
        seconds = time.process_time() - every.began
        link.stop()
        sender.kill()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Whole(seconds, tally.connections, tally.windows, peak=peak)


def _refuse(error: Exception) -> None:
    raise error


def whole(path: Path, *, steady_from: int = 0) -> Whole:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "bench.published", str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
    return msgspec.json.decode(done.stdout, type=Whole)


def main() -> None:
    """Run and print, or send."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--send", action="store_true")
    given = parser.parse_args()
    logs.configure()
    if given.send:
        send(given.file)
    else:
        sys.stdout.buffer.write(msgspec.json.encode(asdict(measured(given.file))))


if __name__ == "__main__":
    main()

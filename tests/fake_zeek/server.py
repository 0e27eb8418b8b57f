"""The server: a thread per client, one main thread that takes events, one that sends replies."""

import json
import queue
import ssl
import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from websockets.sync.server import Server, ServerConnection, serve

from tests.fake_zeek import wire
from tests.fake_zeek.clients import PATH, Client, refusal
from tests.fake_zeek.conns import CONN_TOPIC, Conn, Node, timed_batches
from tests.fake_zeek.declared import SEEN, VERDICT, RefusedEventError, declared_event
from tests.fake_zeek.event_queue import LOOK_UP, EventQueue
from tests.fake_zeek.happenings import Happenings
from tests.fake_zeek.script import SEEN_TOPIC, VERDICT_TOPIC, Script, verdict_of
from tests.fake_zeek.wire import KillerAddressError, NoTopicError, UndecodableError, Value

VERSION: Final = "8.0.10"


@dataclass(kw_only=True)
class FakeZeek(Happenings):
    """Its settings; what came of a run is told in Happenings.

    `rate` is how many events a second its main thread takes, without limit by default; `schema`
    that of conn_batch. Logs go into `folder`. `send_buffer` is the size in bytes of the kernel's
    buffer, to be small where a test wants to fill it. Without `answers` verdicts find no script.
    """

    port: int = 0
    ping_interval: float = 5.0
    rate: float | None = None
    max_event_queue_size: int = 32
    schema: int = 2
    notice_suppress: float = 1800.0
    folder: Path | None = None
    ssl_context: ssl.SSLContext | None = None
    send_buffer: int | None = None
    answers: bool = True

    def __post_init__(self) -> None:
        """Nothing listens yet."""
        self._publishing = threading.Lock()
        self._connected: list[Client] = []
        self._running = threading.Event()
        self._running.set()
        self._held: list[Client] = []
        self._server: Server | None = None
        self._threads: list[threading.Thread] = []
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._stopping = threading.Event()
        self._events = EventQueue(self.max_event_queue_size, self.rate, self._stopping)
        self._replies: queue.SimpleQueue[tuple[Client, bytes] | None] = queue.SimpleQueue()
        self._nodes: dict[str, Node] = {}
        self._script = Script(self.folder, self.notice_suppress)
        self._node_id = uuid.uuid4()
        self._count = 0

    # Beginning and ending.

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where a client is to connect."""
        return f"{'wss' if self.ssl_context else 'ws'}://127.0.0.1:{self.port}{PATH}"

    @property
    def clients(self) -> list[Client]:
        """Those that have got their ack and are still there."""
        with self.changed:
            return [client for client in self._connected if client.acked]

    @property
    def backlog(self) -> int:
        """How many frames wait to be sent, to all clients together."""
        return self._replies.qsize()

    def start(self) -> None:
        """Listen, on the same port as before if it was stopped."""
        self._begin_anew()
        self._server = serve(
            self._attend,
            "127.0.0.1",
            self.port,
            ssl=self.ssl_context,
            process_request=self._await_running,
            compression=None,
            ping_interval=None,
            close_timeout=0.3,
            max_size=None,
            max_queue=1,
        )
        self.port = self._server.socket.getsockname()[1]
        works = (self._server.serve_forever, self._take_events, self._send_replies)
        self._threads = [threading.Thread(target=work) for work in works]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Close all clients with 1001 "Terminating", as a Zeek that ends does, and all else."""
        if self._server is None:
            return
        self.resume()
        self._stopping.set()
        self._replies.put(None)
        for client in self._all():
            client.close(1001, "Terminating")
        self._server.shutdown()
        self._server = None
        for thread in self._threads:
            thread.join()

    def restart(self) -> None:
        """A Zeek that begins again on its port: other numbers, no memory, no clients."""
        self.stop()
        self.start()

    # What a test makes happen.

    def publish_batch(self, node: str, conns: Iterable[Conn], *, delivered: bool = True) -> bytes:
        """Publish connections as that node; undelivered, only its numbers go on."""
        frame = self._node(node).batch(conns)
        if delivered:
            self._publish(CONN_TOPIC, frame)
        return frame

    def drop_conns(self, node: str, count: int) -> None:
        """Let the node report from now on that it had to drop so many more."""
        self._node(node).dropped += count

    def publish_frame(self, frame: bytes) -> None:
        """Send any bytes as they are to every client."""
        for client in self.clients:
            self._replies.put((client, frame))

    def play(
        self,
        conn_json_lines: Iterable[bytes | str],
        *,
        batch: int = 50,
        rate: float | None = None,
        speed: float | None = None,
        node: str = "standalone",
    ) -> int:
        """Publish a conn.log, `rate` connections a second, or at `speed` times its own pace.

        Returns how many were published; that is fewer where the fake is stopped meanwhile.
        """
        stopping, published, start = self._stopping, 0, time.monotonic()
        conns = map(json.loads, conn_json_lines)
        for due, conns_due in timed_batches(conns, batch, rate, speed):
            if stopping.wait(max(0.0, start + due - time.monotonic())):
                break
            self.publish_batch(node, conns_due)
            published += len(conns_due)
        return published

    def stall(self) -> None:
        """Be half-open: connections stay, but nothing is read, sent or answered."""
        if not self._running.is_set():
            return
        self._running.clear()
        self._held = self._all()
        for client in self._held:
            client.hold()

    def resume(self) -> None:
        """End what `stall` began."""
        for client in self._held:
            client.release()
        self._held = []
        self._running.set()

    def drop_clients(self) -> None:
        """Cut all connections without a word."""
        for client in self._all():
            client.drop()

    # What a test waits for.

    def wait_for_client(self, timeout: float = 5.0) -> Client:
        """The first client that has got its ack."""
        self.wait_until(lambda: any(client.acked for client in self._connected), timeout)
        return self.clients[0]

    # The thread of a client.

    def _await_running(self, *_: object) -> None:
        while not self._running.wait(LOOK_UP):
            pass

    def _attend(self, websocket: ServerConnection) -> None:
        client = Client(websocket, f"{self._node_id}-websocket-{self._next_number()}")
        if wrong := refusal(websocket):
            client.send(wire.control(type="error", code=wrong.code, context=wrong.context))
            client.close(1008, wrong.context)
            return
        client.limit_sends(self.ping_interval, self.send_buffer)
        with self.changed:
            self._connected.append(client)
        pinging = threading.Thread(
            target=client.ping_until_gone, args=(self.ping_interval, self._running.is_set)
        )
        pinging.start()
        client.read(lambda message: self._events.put(client, message, self.count_stall))
        self._forget(client, pinging)

    def _next_number(self) -> int:
        with self.changed:
            self._count += 1
            return self._count - 1

    def _forget(self, client: Client, pinging: threading.Thread) -> None:
        client.gone.set()
        pinging.join()
        with self.changed:
            self._connected.remove(client)
            self.lost.append(client.lost())
            self.changed.notify_all()

    # The main thread.

    def _take_events(self) -> None:
        while not self._stopping.is_set():
            self._await_running()
            self._events.take(self._take)

    def _take(self, client: Client, message: bytes) -> None:
        client.heard += 1
        if client.heard == 1:
            self._subscribe(client, message)
        elif client.acked:
            self._take_event(client, message)
        # Else the first frame was wrong, and Zeek keeps all others for an ack that never comes.
        self.tell()

    def _subscribe(self, client: Client, message: bytes) -> None:
        if wrong := client.subscribe(message):
            self.refused.append(wrong)
            return client.answer(wrong)
        with self._publishing:  # nothing before the ack, and nothing lost after it
            client.send(wire.control(type="ack", endpoint=client.endpoint, version=VERSION))
            client.acked = True
        return None

    def _take_event(self, client: Client, message: bytes) -> None:
        if b"\\u" in message:
            self.unicode_escapes.append(message)
        try:
            topic, value = wire.decoded(message)
            name, args = declared_event(value)
        except KillerAddressError as killer:
            return self._die(str(killer))
        except (UndecodableError, NoTopicError, RefusedEventError) as error:
            self.refused.append(str(error))
            return client.answer(_ANSWERS[type(error)])
        if name == VERDICT and self.answers and topic.startswith(VERDICT_TOPIC):
            self._handle_verdict(args)
        return None

    def _handle_verdict(self, args: list[Value]) -> None:
        try:
            verdict = verdict_of(args, time.monotonic())
        except ValueError as error:
            self.script_errors.append(str(error))
            return
        if self._script.is_new(verdict):
            self.notices.append(verdict)
        self.verdicts.append(verdict)
        seen = wire.event(SEEN_TOPIC, SEEN, ("count", 1), ("string", verdict.notice_id))
        self._publish(SEEN_TOPIC, seen)

    def _die(self, address: str) -> None:
        self.killed_by.append(address)
        self._stopping.set()
        self._replies.put(None)
        if self._server is not None:
            self._server.socket.close()
        self.drop_clients()

    # The thread of replies.

    def _send_replies(self) -> None:
        while (reply := self._replies.get()) is not None and not self._stopping.is_set():
            client, frame = reply
            if not client.gone.is_set():
                client.send(frame)

    def _publish(self, topic: str, frame: bytes) -> None:
        with self._publishing:
            for client in self._all():
                if client.wants(topic):
                    self._replies.put((client, frame))

    def _node(self, name: str) -> Node:
        return self._nodes.setdefault(name, Node(name, self.schema))

    def _all(self) -> list[Client]:
        with self.changed:
            return list(self._connected)


_ANSWERS: Final[dict[type[Exception], str]] = {
    UndecodableError: "failed to decode JSON object",
    NoTopicError: "no topic in top-level JSON object",
    RefusedEventError: "failed to create Zeek event",
}

"""One connection, opened and subscribed."""

import socket
import struct
from queue import SimpleQueue

import pytest
from websockets.sync.server import ServerConnection

from netheed.errors import NetheedError
from netheed.zeek.connecting import Patience, connected, subscribe
from netheed.zeek.endpoint import Endpoint
from tests.zeek_frames import ACK, REFUSED, batch
from tests.zeek_server import SOON, sends, serving, stay

PATIENCE = Patience(opening=SOON, acknowledging=SOON, closing=0.1)


def ignore(_: bytes) -> None:
    pass


def test_it_names_itself_and_its_topics_without_compression() -> None:
    asked: SimpleQueue[object] = SimpleQueue()

    def script(connection: ServerConnection) -> None:
        assert connection.request is not None
        asked.put(connection.request.headers["X-Application-Name"])
        asked.put(connection.request.headers.get("Sec-WebSocket-Extensions"))
        asked.put(connection.recv())
        connection.send(ACK)
        stay(connection)

    with serving(script) as url, connected(Endpoint(url=url), PATIENCE) as connection:
        ack = subscribe(connection, ("a/", "b/"), PATIENCE, ignore)

    assert (ack.endpoint, ack.version) == ("a1-websocket-0", "8.0.10")
    assert [asked.get() for _ in range(3)] == ["netheed", None, '["a/","b/"]']


def test_an_event_before_the_ack_is_not_lost() -> None:
    early: list[bytes] = []

    def script(connection: ServerConnection) -> None:
        connection.send(batch(), text=True)
        sends()(connection)

    with serving(script) as url, connected(Endpoint(url=url), PATIENCE) as connection:
        subscribe(connection, ("a/",), PATIENCE, early.append)

    assert early == [batch()]


def test_a_refusal_is_told() -> None:
    def script(connection: ServerConnection) -> None:
        connection.send(REFUSED)
        stay(connection)

    with (
        serving(script) as url,
        connected(Endpoint(url=url), PATIENCE) as connection,
        pytest.raises(NetheedError, match="failed to create"),
    ):
        subscribe(connection, ("a/",), PATIENCE, ignore)


def test_an_ack_that_never_comes_is_given_up() -> None:
    impatient = Patience(acknowledging=0.05, closing=0.1)

    with (
        serving(stay) as url,
        connected(Endpoint(url=url), impatient) as connection,
        pytest.raises(TimeoutError),
    ):
        subscribe(connection, ("a/",), impatient, ignore)


def test_nobody_there_is_told_and_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(ConnectionRefusedError):
        connected(Endpoint(url=f"ws://127.0.0.1:{port}/"), PATIENCE).__enter__()


def test_a_write_cannot_wait_for_ever() -> None:
    with serving(sends()) as url, connected(Endpoint(url=url), PATIENCE) as connection:
        limit = connection.socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, 16)

    assert struct.unpack("ll", limit) == (10, 0)

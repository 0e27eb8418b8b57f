"""One connection, opened and subscribed."""

import asyncio
import socket
from collections.abc import Callable
from queue import SimpleQueue

import pytest
from websockets.sync.server import ServerConnection

from netheed.errors import NetheedError
from netheed.zeek.connecting import Patience, connected, reason, refusal, subscribe
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.frames import Control
from tests.zeek_frames import ACK, REFUSED, batch
from tests.zeek_server import SOON, sends, serving, stay

PATIENCE = Patience(opening=SOON, acknowledging=SOON, closing=0.1)


def ignore(_: bytes) -> None:
    pass


def subscribed(
    url: str,
    *topics: str,
    early: Callable[[bytes], None] = ignore,
    patience: Patience = PATIENCE,
) -> Control:
    """What Zeek acknowledges."""

    async def once() -> Control:
        async with connected(Endpoint(url=url), patience) as connection:
            return await subscribe(connection, topics, patience, early)

    return asyncio.run(once())


def test_it_names_itself_and_its_topics_without_compression() -> None:
    asked: SimpleQueue[object] = SimpleQueue()

    def script(connection: ServerConnection) -> None:
        assert connection.request is not None
        asked.put(connection.request.headers["X-Application-Name"])
        asked.put(connection.request.headers.get("Sec-WebSocket-Extensions"))
        asked.put(connection.recv())
        connection.send(ACK)
        stay(connection)

    with serving(script) as url:
        ack = subscribed(url, "a/", "b/")

    assert (ack.endpoint, ack.version) == ("a1-websocket-0", "8.0.10")
    assert [asked.get() for _ in range(3)] == ["netheed", None, '["a/","b/"]']


def test_an_event_before_the_ack_is_not_lost() -> None:
    early: list[bytes] = []

    def script(connection: ServerConnection) -> None:
        connection.send(batch(), text=True)
        sends()(connection)

    with serving(script) as url:
        subscribed(url, "a/", early=early.append)

    assert early == [batch()]


def test_a_refusal_is_told() -> None:
    def script(connection: ServerConnection) -> None:
        connection.send(REFUSED)
        stay(connection)

    with serving(script) as url, pytest.raises(NetheedError, match="failed to create"):
        subscribed(url, "a/")


def test_an_ack_that_never_comes_is_given_up() -> None:
    impatient = Patience(acknowledging=0.05, closing=0.1)

    with serving(stay) as url, pytest.raises(TimeoutError):
        subscribed(url, "a/", patience=impatient)


def test_why_nobody_answers_is_told_in_words() -> None:
    with serving(stay) as url:
        reason = refusal(Endpoint(url=url), Patience(acknowledging=0.05, closing=0.1))

    assert reason == f"{url}: connected, and no acknowledgement within 0.05 s"


def test_nobody_there_is_told_and_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(ConnectionRefusedError):
        subscribed(f"ws://127.0.0.1:{port}/")


def test_a_refusal_of_the_system_is_told_in_its_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"ws://127.0.0.1:{free.getsockname()[1]}/"

    assert refusal(Endpoint(url=url)) == f"{url}: Connection refused"
    assert reason(OSError("Multiple exceptions: a, b")) == "Multiple exceptions: a, b"
    assert reason(TimeoutError()) == "TimeoutError"

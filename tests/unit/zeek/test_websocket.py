"""The link stays, whatever Zeek does."""

import http
import shutil
import ssl
import subprocess
import threading
from pathlib import Path
from queue import SimpleQueue

import pytest
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection

from netheed.errors import NetheedError
from netheed.zeek.backlog import Backlog
from netheed.zeek.connecting import Patience
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.pace import Pace
from netheed.zeek.websocket import Link
from tests.zeek_frames import ACK, REFUSED, batch, conn, event, seen
from tests.zeek_server import SOON, Told, half_open, link_to, sends, serving, stay


def closes(*frames: bytes) -> object:
    """Acknowledge, send some frames, and hang up."""

    def script(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(ACK)
        for frame in frames:
            connection.send(frame, text=True)

    return script


def test_batches_wait_in_the_backlog_and_what_is_seen_does_not() -> None:
    answers: SimpleQueue[bytes] = SimpleQueue()

    with (
        serving(sends(batch(seq=0), seen("a1"), batch(seq=1))) as url,
        link_to(url, on_seen=answers.put) as link,
    ):
        assert link.backlog.wait(2, SOON)
        assert link.connected
        assert answers.get(timeout=SOON) == seen("a1")
        assert link.backlog.take(9)[0] == [batch(seq=0), batch(seq=1)]
    assert not link.connected
    assert (link.counts.frames, link.counts.connects, link.counts.failures) == (3, 1, 0)


def test_a_frame_that_is_no_utf8_comes_through() -> None:
    frame = batch(conn(service="HERE")).replace(b"HERE", b"\xff\x01")

    with serving(sends(frame)) as url, link_to(url) as link:
        assert link.backlog.wait(1, SOON)
        assert link.backlog.take(1)[0] == [frame]


def test_it_connects_again_and_goes_on() -> None:
    told = Told()

    with (
        serving(closes(batch(seq=0)), closes(), sends(batch(seq=1))) as url,  # type: ignore[arg-type]
        link_to(url, told) as link,
    ):
        assert link.backlog.wait(2, SOON)
        assert told.next("zeek_disconnected")["where"] == f"zeek_websocket {url}"
        assert (link.counts.connects, link.counts.failures) == (3, 2)


def test_a_server_that_never_acknowledges_is_tried_again() -> None:
    patience = Patience(acknowledging=0.05, closing=0.1)

    with serving(stay, sends(batch())) as url, link_to(url, patience=patience) as link:
        assert link.backlog.wait(1, SOON)
        assert link.counts.failures == 1


def test_a_server_that_is_no_zeek_is_tried_again() -> None:
    answers = [http.HTTPStatus.FOUND, http.HTTPStatus.FORBIDDEN]

    def refuse(connection: ServerConnection, _: Request) -> Response | None:
        if not answers:
            return None
        response = connection.respond(answers.pop(0), "no")
        response.headers["Location"] = "ws://192.0.2.1/"
        return response

    with serving(sends(batch()), process_request=refuse) as url, link_to(url) as link:
        assert link.backlog.wait(1, SOON)
        assert link.counts.failures == 2


def test_a_server_that_vanished_half_open_is_found_by_pings() -> None:
    told = Told()
    patience = Patience(ping_interval=0.05, ping=0.05, closing=0.05)

    with half_open() as url, link_to(url, told, patience=patience):
        told.next("zeek_connected")
        assert "ping timeout" in told.next("zeek_disconnected")["reason"]


def test_a_frame_over_the_limit_ends_the_connection_and_is_counted() -> None:
    with (
        serving(sends(b"x" * 5000), sends(batch())) as url,
        link_to(url, largest=2000) as link,
    ):
        assert link.backlog.wait(1, SOON)
        assert link.counts.oversized == 1


def test_error_frames_are_told_and_harm_nobody() -> None:
    told = Told()
    hostile = '{"type":"error","code":"a\\u001b[2J","context":"%s"}' % ("x" * 5000)

    with serving(sends(REFUSED, hostile, batch())) as url, link_to(url, told) as link:
        assert link.backlog.wait(1, SOON)
        assert told.next("zeek_error")["context"] == "failed to create Zeek event"
        assert told.next("zeek_error")["code"] == "a\\x1b[2J"
        assert link.counts.errors == 2
        assert len(link.last_error) < 300


@pytest.mark.parametrize(
    "frame", [b"{nonsense", b'{"type":"news"}', b"\xff", b"", event("other/", "X::y"), b"[" * 99999]
)
def test_unknown_frames_are_counted_and_passed_over(frame: bytes) -> None:
    told = Told()

    with serving(sends(frame, batch())) as url, link_to(url, told) as link:
        assert link.backlog.wait(1, SOON)
        assert told.next("zeek_unknown_frame")["where"] == link.where
        assert link.counts.unknown == 1


def test_a_full_backlog_drops_the_oldest() -> None:
    frames = [batch(seq=seq) for seq in range(5)]

    with serving(sends(*frames)) as url, link_to(url, backlog=Backlog(most=2)) as link:
        while link.counts.frames < 5:
            assert link.backlog.wait(1, SOON)
        assert link.backlog.wait(2, SOON)
    assert link.backlog.take(9) == (frames[3:], 3)


def test_what_waits_can_be_taken_after_stop() -> None:
    with serving(sends(batch())) as url, link_to(url) as link:
        assert link.backlog.wait(1, SOON)
        link.stop()
        link.start()
        assert link.backlog.take(9)[0] == [batch()]
    assert not [t for t in threading.enumerate() if t.name.startswith("zeek_websocket")]


def test_a_link_that_cannot_connect_is_stopped_at_once() -> None:
    with link_to("ws://127.0.0.1:1/") as link:
        assert not link.connected
    assert not [t for t in threading.enumerate() if t.name.startswith("zeek_websocket")]


def test_events_are_published_as_text() -> None:
    heard: SimpleQueue[object] = SimpleQueue()

    def script(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(ACK)
        for message in connection:
            heard.put(message)

    with serving(script) as url, link_to(url) as link:
        assert link.wait_until_connected(SOON)
        link.publish(b'{"a":1}')
        assert heard.get(timeout=SOON) == '{"a":1}'
        assert link.counts.published == 1


def test_nothing_is_published_without_a_connection() -> None:
    link = Link(endpoint=Endpoint())

    with pytest.raises(NetheedError, match="not connected"):
        link.publish(b"{}")


def test_a_zeek_that_reads_nothing_holds_nobody_up() -> None:
    patience = Patience(ping=0.2, closing=0.05)

    with half_open() as url, link_to(url, patience=patience) as link:
        assert link.wait_until_connected(SOON)
        with pytest.raises(NetheedError, match=r"no room for more within 0\.2 s"):
            link.publish(bytes(64 << 20))  # more than any socket holds


def test_the_reader_never_publishes() -> None:
    refused: SimpleQueue[RuntimeError] = SimpleQueue()

    def answer(_: bytes) -> None:
        try:
            link.publish(b"{}")
        except RuntimeError as error:
            refused.put(error)

    def script(connection: ServerConnection) -> None:
        connection.recv()
        connection.send(ACK)
        connection.recv()
        sends(seen("a1"))(connection)

    with serving(script) as url, link_to(url, on_seen=answer) as link:
        assert link.wait_until_connected(SOON)
        link.publish(b"{}")
        link.publish(b"{}")
        assert "must not wait" in str(refused.get(timeout=SOON))


def test_publishing_keeps_its_pace() -> None:
    waits: list[float] = []

    class Asked(Pace):
        def wait(self, now: float) -> float:
            waits.append(Pace.wait(self, now))
            return 0.0

    with serving(sends()) as url, link_to(url, pace=Asked(20.0), clock=lambda: 100.0) as link:
        assert link.wait_until_connected(SOON)
        for _ in range(3):
            link.publish(b"{}")
    assert [round(wait, 6) for wait in waits] == [0.0, 0.05, 0.1]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate for 127.0.0.1 that vouches for itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    wanted = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=zeek",
        "-addext",
    ]
    subprocess.run(  # noqa: S603 - nothing in it is from outside
        [openssl, *wanted, "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out",
         str(path.with_name("cert.pem"))], check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + path.with_name("cert.pem").read_text())
    return path


def test_tls_works_with_the_authority_of_a_file_and_not_without(certificate: Path) -> None:
    told = Told()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    trusting = certificate.with_name("cert.pem")

    with serving(sends(batch()), ssl=tls) as plain:
        url = plain.replace("ws://", "wss://")
        with link_to(url, told):
            assert "CERTIFICATE_VERIFY_FAILED" in told.next("zeek_disconnected")["reason"]
        with link_to(url, endpoint=Endpoint(url=url, ca_file=trusting)) as link:
            assert link.backlog.wait(1, SOON)
            link.publish(b"{}")

"""That the fake does what the real Zeek 8.0.10 did, and what its source says it does."""

import contextlib
import gzip
import json
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.sync.client import ClientConnection, connect

from tests.fake_zeek import FakeZeek, wire
from tests.fake_zeek.conns import conn_record, timed_batches
from tests.fake_zeek.declared import VERDICT_FIELDS
from tests.fake_zeek.wire import KillerAddressError, UndecodableError, Value

CREATE = {
    "type": "error",
    "code": "deserialization_failed",
    "context": "failed to create Zeek event",
}
DECODE = CREATE | {"context": "failed to decode JSON object"}
NO_TOPIC = CREATE | {"context": "no topic in top-level JSON object"}

CONN = {
    "ts": 1_700_000_000.25,
    "uid": "C1",
    "id.orig_h": "192.0.2.1",
    "id.orig_p": 3,
    "id.resp_h": "2001:db8::1",
    "id.resp_p": 4,
    "proto": "udp",
    "local_orig": True,
    "orig_pkts": 0,
    "community_id": "1:x=",
}


@pytest.fixture
def zeek() -> Iterator[FakeZeek]:
    with FakeZeek() as fake:
        yield fake


@contextlib.contextmanager
def bridge(zeek: FakeZeek, *topics: str, **given: Any) -> Iterator[ClientConnection]:
    """A client that has got its ack."""
    settings: dict[str, Any] = {"ping_interval": None, "compression": None, "close_timeout": 0.3}
    with connect(zeek.url, **settings | given) as client:
        client.send(json.dumps(topics or ["netheed/conn/", "netheed/seen/"]))
        client.ack = heard(client)
        yield client


def heard(client: ClientConnection) -> dict[str, Any]:
    return json.loads(client.recv(timeout=5, decode=False))


def event_args(frame: bytes) -> list[Value]:
    return wire.decoded(frame)[1][1][2][1][1][1]


def make_verdict(**given: Value) -> list[Value]:
    fields: dict[str, Value] = {
        "ts": ("real", 1_700_000_060.0),
        "notice_id": ("string", "n1"),
        "host": ("address", "192.0.2.1"),
        "class": ("string", "scan"),
        "score": ("real", 0.97),
        "uids": ("vector", [("string", "C1")]),
        "msg": ("string", "looks like a scanner"),
        "sub": ("string", "score=0.97"),
    }
    return list((fields | {name.rstrip("_"): value for name, value in given.items()}).values())


def verdict_frame(**given: Value) -> str:
    record: Value = ("vector", make_verdict(**given))
    return wire.event("netheed/verdict/", "Netheed::verdict", ("count", 1), record).decode()


def conn_log(shared: Path, capture: str) -> list[bytes]:
    return gzip.decompress(
        (shared / "zeek/logs" / capture / "conn.json.gz").read_bytes()
    ).splitlines()


def records_of(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def drained(client: ClientConnection) -> tuple[int, ConnectionClosed]:
    """How many frames still came, and how the connection ended."""
    arrived = 0
    try:
        while client.recv(timeout=5, decode=False):
            arrived += 1
    except ConnectionClosed as closed:
        return arrived, closed
    raise AssertionError("an empty frame")


def recorded(shared: Path) -> list[tuple[str, bytes]]:
    return [
        (path.name.removesuffix(".jsonl.gz"), line.rstrip(b"\n"))
        for path in sorted((shared / "zeek/frames").glob("*.jsonl.gz"))
        for line in gzip.open(path)
    ]


# Byte for byte as recorded.


def test_every_recorded_frame_is_encoded_again_to_the_same_bytes(shared):
    frames = [frame for _, frame in recorded(shared) if not frame.startswith(b'{"type":"ack"')]
    assert len(frames) > 100
    assert [wire.data_message(*wire.decoded(frame)) for frame in frames] == frames


def test_the_ack_is_written_as_recorded(shared, zeek):
    ack = next(frame for _, frame in recorded(shared))
    with connect(zeek.url, compression=None) as client:
        client.send("[]")
        endpoint = json.loads(ack)["endpoint"].encode()
        told = client.recv(timeout=5, decode=False)
    assert told.replace(json.loads(told)["endpoint"].encode(), endpoint) == ack


def test_recorded_connections_are_encoded_from_conn_log_to_the_same_bytes(shared):
    compared = 0
    for capture, frame in recorded(shared):
        if b"conn_batch" not in frame:
            continue
        ours = [conn_record(json.loads(line), schema=1) for line in conn_log(shared, capture)]
        for record in event_args(frame)[3][1]:
            # A uid is drawn anew at each run, so the uids of frames and logs differ.
            uid = record[1][1]
            candidates = [wire.encoded(("vector", [mine[0], uid, *mine[2:]])) for _, mine in ours]
            assert wire.encoded(record) in candidates
            assert wire.encoded(record) in frame
            compared += 1
    assert compared > 300


def test_a_batch_of_schema_1_is_the_recorded_frame(shared):
    for _, frame in recorded(shared):
        if b"conn_batch" in frame:
            break
    _, node, seq, (_, records) = event_args(frame)
    names = "ts uid id.orig_h _ id.resp_h _ service duration orig_bytes resp_bytes conn_state"
    names += " local_orig local_resp history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes"
    conns = []
    for _, values in records:
        conn = {
            name: data
            for name, (kind, data) in zip(names.split(), values, strict=True)
            if kind != "none"
        }
        for side, place in (("orig", 3), ("resp", 5)):
            port, conn["proto"] = values[place][1].split("/")
            conn[f"id.{side}_p"] = int(port)
        conns.append(conn)
    assert seq == ("count", 0)
    assert FakeZeek(schema=1).publish_batch(node[1], conns) == frame


def test_the_recorded_dialogue_gets_the_answers_that_were_seen(shared, zeek):
    dialogue = (shared / "zeek/frames/accepted-and-refused.txt").read_text().splitlines()
    subscription, accepted, *wrong = [line[2:] for line in dialogue if line.startswith("C ")]
    with connect(zeek.url) as client:
        client.send(subscription)
        assert heard(client)["type"] == "ack"
        for line in (accepted, *wrong):
            client.send(line)
        answers = [heard(client) for _ in wrong]
    # shared/zeek/README.md says which; the file holds only the frames of type data-message.
    assert answers == [CREATE, CREATE, CREATE, DECODE, DECODE]
    assert [notice.notice_id for notice in zeek.notices] == ["a1b2c3d4"]


# The encoding where no recording goes.


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (("real", 1.0), '{"@data-type":"real","data":1.000000}'),
        (("real", 0.0000004), '{"@data-type":"real","data":0.000000}'),
        (("none", {}), '{"@data-type":"none","data":{}}'),
        (("boolean", False), '{"@data-type":"boolean","data":false}'),
        (("vector", []), '{"@data-type":"vector","data":[]}'),
        (("string", '\\"\b\f\n\r\t\v'), r'{"@data-type":"string","data":"\\\"\b\f\n\r\t\v"}'),
        (("string", "\x01\x1f/"), '{"@data-type":"string","data":"\x01\x1f/"}'),
    ],
    ids=["six-decimals", "too-small", "none", "boolean", "empty", "escapes", "raw-control"],
)
def test_values_are_written_as_broker_writes_them(value, told):
    assert wire.encoded(value) == told.encode()
    again = wire.decoded(b'{"topic":"x",' + told.encode()[1:])[1]
    assert wire.encoded(again) == told.encode()


def test_bytes_that_are_no_utf_8_arrive_as_they_are_in_a_text_frame(zeek):
    with bridge(zeek) as client:
        zeek.wait_for_client()
        zeek.publish_batch("n", [CONN | {"service": b"\xff\v".decode("utf-8", "surrogateescape")}])
        assert b'"data":"\xff\\v"' in client.recv(timeout=5, decode=False)


def test_a_connection_of_schema_2_carries_its_community_id_and_unset_fields_as_none():
    kind, fields = conn_record(CONN)
    assert kind == "vector"
    assert fields[3:6] == [("port", "3/udp"), ("address", "2001:db8::1"), ("port", "4/udp")]
    assert fields[6:8] == [wire.NONE, wire.NONE]
    assert fields[11:15] == [("boolean", True), wire.NONE, wire.NONE, ("count", 0)]
    assert fields[18:] == [("string", "1:x=")]


@pytest.mark.parametrize(
    ("proto", "port"),
    [("icmp", "3/icmp"), ("icmp6", "3/icmp"), ("unknown_transport", "3/?"), ("tcp", "3/tcp")],
)
def test_the_protocol_gives_the_ports_suffix(proto, port):
    assert conn_record(CONN | {"proto": proto})[1][3] == ("port", port)


# The handshake.


@pytest.mark.parametrize("path", ["/", "/v1/messages/json/", "/v1/messages/json?x"])
def test_another_path_is_refused_with_an_error_and_1008(zeek, path):
    with connect(zeek.url.replace("/v1/messages/json", path)) as client:
        assert heard(client)["code"] == "invalid_uri"
        with pytest.raises(ConnectionClosedError) as closed:
            heard(client)
    assert closed.value.rcvd.code == 1008


def test_an_application_name_with_a_blank_is_refused_with_1008(zeek):
    with connect(zeek.url, additional_headers={"X-Application-Name": "net heed"}) as client:
        assert heard(client)["code"] == "invalid_application_name"
        with pytest.raises(ConnectionClosedError) as closed:
            heard(client)
    assert closed.value.rcvd.code == 1008


def test_the_ack_names_endpoint_and_version_and_the_client_is_known(zeek):
    with bridge(zeek, additional_headers={"X-Application-Name": "netheed"}) as client:
        known = zeek.wait_for_client()
        assert client.ack == {"type": "ack", "endpoint": known.endpoint, "version": "8.0.10"}
        assert known.endpoint.endswith("-websocket-0")
        assert known.application_name == "netheed"
        assert known.subscriptions == ("netheed/conn/", "netheed/seen/")


@pytest.mark.parametrize(
    ("first", "context"),
    [
        ('{"applicationName":"x","subscriptions":[]}', "subscriptions not an array"),
        ("nonsense", "subscriptions not an array"),
        ('["netheed/conn/",1]', "individual subscription not a string"),
    ],
    ids=["object", "no-json", "number"],
)
def test_a_client_whose_first_frame_is_wrong_is_told_and_never_acknowledged(zeek, first, context):
    with connect(zeek.url) as client:
        client.send(first)
        assert heard(client) == CREATE | {"context": context}
        client.send('["netheed/conn/"]')
        client.send(verdict_frame())
        with pytest.raises(TimeoutError):
            zeek.wait_for_client(timeout=0.1)
    assert zeek.verdicts == []


def test_nothing_is_sent_before_the_ack(zeek):
    with connect(zeek.url) as client:
        zeek.publish_batch("n", [CONN])
        zeek.publish_frame(b"{}")
        client.send('["netheed/"]')
        assert heard(client)["type"] == "ack"
        zeek.publish_batch("n", [CONN])
        assert event_args(client.recv(timeout=5, decode=False))[2] == ("count", 1)


def test_subscriptions_are_prefixes(zeek):
    with bridge(zeek, "netheed/co") as conns, bridge(zeek, "netheed/seen/") as seen:
        zeek.wait_until(lambda: len(zeek.clients) == 2)
        zeek.publish_batch("n", [CONN])
        conns.send(verdict_frame())
        assert b"conn_batch" in conns.recv(timeout=5, decode=False)
        assert b"Netheed::seen" in seen.recv(timeout=5, decode=False)


# Events from the client.


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"score": ("count", 1)}, CREATE),
        ({"ts": ("timestamp", "2026-01-01T00:00:00.000")}, CREATE),
        ({"host": ("string", "192.0.2.1")}, CREATE),
        ({"uids": ("vector", [("count", 1)])}, CREATE),
        ({"uids": wire.NONE}, None),
        ({"host": ("address", "2001:db8::1")}, None),
    ],
    ids=["count-for-real", "time-for-double", "string-for-addr", "uids", "unset", "ipv6"],
)
def test_events_are_checked_against_their_declaration(zeek, given, answer):
    with bridge(zeek, "x") as client:
        client.send(verdict_frame(**given))
        client.send("{nonsense")
        answers = [heard(client)] if answer is None else [heard(client), heard(client)]
    assert answers == ([DECODE] if answer is None else [answer, DECODE])


@pytest.mark.parametrize(
    ("old", "new", "answer"),
    [
        ('"data":0.970000', '"data":1', DECODE),
        ('"data":0.970000', '"data":NaN', DECODE),
        ('"data":0.970000', '"data":"0.97"', DECODE),
        ('"@data-type":"count","data":1}', '"@data-type":"count","data":1.0}', DECODE),
        ('"address"', '"ip"', DECODE),
        ('"topic":"netheed/verdict/",', "", NO_TOPIC),
        ("Netheed::verdict", "Netheed::verdikt", CREATE),
    ],
    ids=["int-for-real", "nan", "text", "float-count", "kind", "no-topic", "unknown-event"],
)
def test_a_frame_that_zeek_cannot_read_is_answered_and_the_connection_stays(zeek, old, new, answer):
    frame = verdict_frame()
    assert old in frame
    with bridge(zeek) as client:
        client.send(frame.replace(old, new))
        assert heard(client) == answer
        client.send(frame)
        assert b"Netheed::seen" in client.recv(timeout=5, decode=False)
    assert len(zeek.refused) == 1


def test_a_verdict_on_another_topic_is_taken_by_nobody(zeek):
    with bridge(zeek) as client:
        client.send(verdict_frame().replace("netheed/verdict/", "netheed/other/"))
        client.send("{nonsense")
        assert heard(client) == DECODE
    assert zeek.verdicts == []


def test_a_verdict_with_an_unset_field_passes_the_door_but_raises_no_notice(zeek):
    with bridge(zeek) as client:
        client.send(verdict_frame(msg=wire.NONE))
        zeek.wait_until(lambda: bool(zeek.script_errors))
    assert zeek.refused == []
    assert zeek.script_errors == ["field value missing (v$msg)"]
    assert zeek.verdicts == []


@pytest.mark.parametrize("address", ["192.0.2.256", "", "fe80::1%eth0", "a host"])
def test_a_malformed_address_kills_and_is_recorded(zeek, address):
    with bridge(zeek) as client:
        client.send(verdict_frame(host=("address", address)))
        with pytest.raises(ConnectionClosedError) as closed:
            heard(client)
        assert closed.value.rcvd is None
        with pytest.raises(OSError, match="refused"):
            connect(zeek.url)
    assert zeek.killed_by == [address]


def test_a_malformed_address_kills_in_an_event_that_nobody_declared():
    with pytest.raises(KillerAddressError):
        wire.decoded(wire.event("t", "x", ("address", "x")))
    with pytest.raises(UndecodableError):  # what was wrong before it came first
        wire.decoded(b'{"@data-type":"vector","data":[1,{"@data-type":"address","data":"x"}]}')


def test_escapes_that_some_versions_misread_are_recorded(zeek):
    frame = verdict_frame().replace("looks", r"l\u006foks")
    with bridge(zeek) as client:
        client.send(frame)
        heard(client)
    assert zeek.unicode_escapes == [frame.encode()]


# Notices.


def test_every_verdict_is_seen_and_only_a_new_notice_id_raises_a_notice(zeek):
    with bridge(zeek) as client:
        for notice_id in ("n1", "n1", "n2"):
            client.send(verdict_frame(notice_id=("string", notice_id)))
        seen = [event_args(client.recv(timeout=5, decode=False)) for _ in range(3)]
    assert seen == [[("count", 1), ("string", told)] for told in ("n1", "n1", "n2")]
    assert [notice.notice_id for notice in zeek.wait_for_notices(2)] == ["n1", "n2"]
    assert [verdict.notice_id for verdict in zeek.verdicts] == ["n1", "n1", "n2"]
    assert zeek.verdicts[0].uids == ("C1",)
    assert zeek.verdicts[0].arrived <= zeek.verdicts[1].arrived <= time.monotonic()


def test_notice_log_holds_one_notice_per_host_and_class_and_netheed_log_all(tmp_path):
    told = [("n1", "scan"), ("n2", "scan"), ("n3", "c2"), ("n3", "c2")]
    with FakeZeek(folder=tmp_path) as zeek, bridge(zeek) as client:
        for notice_id, class_ in told:
            client.send(verdict_frame(notice_id=("string", notice_id), class_=("string", class_)))
        for _ in told:
            heard(client)
    notices, lines = records_of(tmp_path / "notice.log"), records_of(tmp_path / "netheed.log")
    assert [line["notice_id"] for line in lines] == ["n1", "n2", "n3"]
    assert [line["class"] for line in lines] == ["scan", "scan", "c2"]
    assert len(notices) == 2
    assert notices[0] == {
        "ts": 1_700_000_060.0,
        "note": "Netheed::Anomalous_Host",
        "msg": "looks like a scanner",
        "sub": "score=0.97",
        "src": "192.0.2.1",
        "n": 97,
        "suppress_for": 1800.0,
    }


def test_a_notice_is_written_again_when_its_suppression_is_over(tmp_path):
    with FakeZeek(folder=tmp_path, notice_suppress=0.0) as zeek, bridge(zeek) as client:
        for notice_id in ("n1", "n2"):
            client.send(verdict_frame(notice_id=("string", notice_id)))
            heard(client)
    assert len(records_of(tmp_path / "notice.log")) == 2


# Batches.


def test_batches_are_numbered_and_counted_per_node(zeek):
    frames = [zeek.publish_batch("a", [CONN, CONN]), zeek.publish_batch("b", [CONN])]
    zeek.drop_conns("a", 7)
    frames.append(zeek.publish_batch("a", [CONN]))
    numbers = [[data for kind, data in event_args(frame) if kind != "vector"] for frame in frames]
    assert numbers == [[2, "a", 0, 0, 0], [2, "b", 0, 0, 0], [2, "a", 1, 2, 7]]


def test_an_undelivered_batch_leaves_a_gap_in_the_numbers(zeek):
    with bridge(zeek) as client:
        zeek.wait_for_client()
        zeek.publish_batch("a", [CONN], delivered=False)
        zeek.publish_batch("a", [CONN])
        assert event_args(client.recv(timeout=5, decode=False))[2] == ("count", 1)


def test_a_restart_begins_the_numbers_again_on_the_same_port_and_forgets(zeek):
    url = zeek.url
    with bridge(zeek) as client:
        zeek.publish_batch("a", [CONN])
        client.send(verdict_frame())
        zeek.wait_for_notices(1)
        zeek.restart()
        _, closed = drained(client)
    assert (closed.rcvd.code, closed.rcvd.reason) == (1001, "Terminating")
    assert zeek.url == url
    with bridge(zeek) as client:
        frame = zeek.publish_batch("a", [CONN])
        assert client.recv(timeout=5, decode=False) == frame
        assert event_args(frame)[2] == ("count", 0)
        client.send(verdict_frame())
        assert len(zeek.wait_for_notices(2)) == 2


def test_a_conn_log_is_played_in_batches(zeek):
    with bridge(zeek) as client:
        zeek.wait_for_client()
        assert zeek.play([json.dumps(CONN)] * 5, batch=2) == 5
        sizes = [len(event_args(client.recv(timeout=5, decode=False))[3][1]) for _ in range(3)]
    assert sizes == [2, 2, 1]


def test_a_recorded_conn_log_is_played_whole(shared, zeek):
    lines = conn_log(shared, "test-cc-capture-2")
    uids: list[str] = []
    with bridge(zeek) as client:
        zeek.wait_for_client()
        assert zeek.play(lines) == len(lines)
        while len(uids) < len(lines):
            args = event_args(client.recv(timeout=5, decode=False))
            uids += [record[1][1][1] for record in args[3][1]]
    assert uids == [json.loads(line)["uid"] for line in lines]


def test_batches_are_due_at_the_rate_or_speed_and_wait_a_second_at_most():
    conns = [CONN | {"ts": 100.0 + 4.0 * place} for place in range(4)]

    def due(**given):
        settings = {"batch": 2, "rate": None, "speed": None} | given
        return [(round(at, 3), len(some)) for at, some in timed_batches(conns, **settings)]

    assert due() == [(0.0, 2), (0.0, 2)]
    assert due(rate=10.0) == [(0.1, 2), (0.3, 2)]
    assert due(speed=8.0) == [(0.5, 2), (1.5, 2)]
    assert due(speed=1.0) == [(1.0, 1), (5.0, 1), (9.0, 1), (12.0, 1)]


def test_playing_ends_when_the_fake_stops(zeek):
    published: list[int] = []
    lines = [json.dumps(CONN)] * 2
    playing = threading.Thread(
        target=lambda: published.append(zeek.play(lines, batch=1, rate=0.001))
    )
    playing.start()
    zeek.stop()
    playing.join(5)
    assert not playing.is_alive()
    assert published[0] < 2


# Slow, silent and absent sides.


def test_a_full_queue_stalls_reading_and_refuses_nothing():
    with FakeZeek(rate=400.0, max_event_queue_size=2) as zeek, bridge(zeek) as client:
        for place in range(40):
            client.send(verdict_frame(notice_id=("string", f"n{place}")))
        notices = zeek.wait_for_notices(40)
    assert [notice.notice_id for notice in notices] == [f"n{place}" for place in range(40)]
    assert zeek.stalls > 0
    assert zeek.refused == []


def test_a_client_that_answers_no_ping_is_closed_with_1011():
    with FakeZeek(ping_interval=0.1) as zeek, bridge(zeek) as client:
        with client.protocol_mutex:
            zeek.wait_until(lambda: bool(zeek.lost))
        assert (zeek.lost[0].code, zeek.lost[0].reason) == (1011, "Ping timeout")
        with pytest.raises(ConnectionClosedError) as closed:
            heard(client)
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, "Ping timeout")


def test_a_client_that_answers_pings_stays():
    with FakeZeek(ping_interval=0.05) as zeek, bridge(zeek) as client:
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.4)
        assert len(zeek.clients) == 1


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """A key and a certificate that it signed itself, for 127.0.0.1, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    made = tmp_path_factory.mktemp("tls") / "fake.pem"
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subject = ["-subj", "/CN=fake", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(made), "-out", str(made.with_suffix(".crt"))]
    command = [openssl, *options.split(), *subject, *files]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    made.write_bytes(made.read_bytes() + made.with_suffix(".crt").read_bytes())
    return made


@pytest.fixture
def tls(certificate) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """What the server and what the client needs."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    # With tickets one in 150 handshakes of websockets' threaded client hangs (Python 3.11.7): its
    # thread that reads is woken by them while the other has yet to send the request.
    server.num_tickets = 0
    return server, ssl.create_default_context(cafile=certificate)


def test_tls_is_spoken_where_a_context_is_given(tls):
    server, trusting = tls
    with FakeZeek(ssl_context=server) as zeek, bridge(zeek, ssl=trusting) as client:
        assert zeek.url.startswith("wss://127.0.0.1:")
        client.send(verdict_frame())
        assert b"Netheed::seen" in client.recv(timeout=5, decode=False)
        with pytest.raises(ssl.SSLCertVerificationError):
            connect(zeek.url)


def test_a_client_that_takes_no_bytes_is_cut_under_tls_too(tls):
    server, trusting = tls
    fake = FakeZeek(ping_interval=0.3, send_buffer=4096, ssl_context=server)
    with fake as zeek, bridge(zeek, ssl=trusting, max_queue=1):
        zeek.wait_for_client()
        for _ in range(30):
            zeek.publish_frame(b"x" * 1_000_000)
        zeek.wait_until(lambda: bool(zeek.lost))
        assert (zeek.lost[0].code, zeek.lost[0].reason) == (1006, "Send timeout")


def test_a_client_that_takes_no_bytes_is_cut_and_what_was_published_is_gone():
    fake = FakeZeek(ping_interval=0.3, send_buffer=4096)
    with fake as zeek, bridge(zeek, max_queue=1) as client:
        zeek.wait_for_client()
        frame = b"x" * 1_000_000
        for _ in range(30):
            zeek.publish_frame(frame)
        zeek.wait_until(lambda: bool(zeek.lost))
        assert (zeek.lost[0].code, zeek.lost[0].reason) == (1006, "Send timeout")
        arrived, closed = drained(client)
        assert closed.rcvd is None
        assert arrived < 30
        zeek.wait_until(lambda: zeek.backlog == 0)


def test_a_stalled_fake_answers_nothing_until_it_resumes(zeek):
    with bridge(zeek) as client:
        zeek.wait_for_client()
        zeek.stall()
        pong = client.ping()
        client.send(verdict_frame())
        zeek.publish_batch("a", [CONN])
        with pytest.raises(TimeoutError):
            client.recv(timeout=0.2)
        assert not pong.is_set()
        with pytest.raises(TimeoutError):
            connect(zeek.url, open_timeout=0.1)
        zeek.resume()
        assert pong.wait(5)
        zeek.wait_for_notices(1)


def test_a_stalled_fake_can_be_stopped():
    with FakeZeek() as zeek, bridge(zeek):
        zeek.wait_for_client()
        zeek.stall()
        zeek.stall()


def test_dropped_clients_hear_no_word_and_may_come_again(zeek):
    with bridge(zeek) as client:
        zeek.wait_for_client()
        zeek.drop_clients()
        with pytest.raises(ConnectionClosedError) as closed:
            heard(client)
    assert closed.value.rcvd is None
    zeek.wait_until(lambda: not zeek.clients)
    assert zeek.lost[0].code == 1006
    with bridge(zeek) as client:
        assert client.ack["endpoint"].endswith("-websocket-1")


def test_a_client_that_leaves_is_lost_with_its_code(zeek):
    with bridge(zeek):
        zeek.wait_for_client()
    zeek.wait_until(lambda: bool(zeek.lost))
    assert zeek.lost[0].code == 1000
    assert zeek.clients == []


def test_the_fields_of_a_verdict_are_those_of_the_proven_script(shared):
    script = (shared / "zeek/netheed.zeek").read_text()
    record = script.split("type Verdict: record {")[1].split("}")[0]
    names = [line.split(":")[0].strip() for line in record.strip().splitlines()]
    assert names == list(VERDICT_FIELDS)

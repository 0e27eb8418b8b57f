"""Real sockets take what the sink sends, and are read by the grammar of RFC 5424."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netheed.errors import NetheedError
from netheed.records import Notice
from netheed.sinks import live_sink, syslog
from netheed.sinks.formats import FORMATS
from netheed.sinks.syslog import Syslog
from netheed.sinks.syslog_settings import SyslogSettings
from tests.makers import make_driver, make_evidence, make_notice
from tests.syslog_messages import counted, read

LARGE = make_notice(
    evidence=(make_evidence(),) * 5, drivers=(make_driver(),) * 5, alerts=("x" * 400,) * 3
)
HOPELESS = make_notice(
    **dict.fromkeys(("id", "host", "site", "model", "config"), "i" * 600), evidence=()
)


@pytest.fixture
def datagrams(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "log"))
        server.settimeout(5.0)
        yield server


@pytest.fixture
def udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5.0)
        yield server


@pytest.fixture
def tcp() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5.0)
        yield server


def to(server: socket.socket, way: str = "udp", **settings) -> Syslog:
    name = server.getsockname()
    address = name if isinstance(name, str) else f"{way}://{name[0]}:{name[1]}"
    return live_sink(SyslogSettings(address=address, **settings), None)


def named(*names: str):
    return [make_notice(id=name) for name in names]


def write_for_ever(sink: Syslog, notices: list[Notice]) -> None:
    while True:
        sink.write(notices)


def everything(link: socket.socket) -> bytes:
    got = b""
    while part := link.recv(1 << 16):
        got += part
    return got


def ids(messages: list[bytes]) -> list[str]:
    return [json.loads(read(message).text)["id"] for message in messages]


@pytest.mark.parametrize("form", FORMATS)
def test_a_socket_takes_each_form(datagrams, form):
    with closing(to(datagrams, form=form, facility="local3")) as sink:
        sink.write([make_notice()])

    found = read(datagrams.recv(1 << 16))
    assert (found.facility, found.severity, found.id) == (19, 3, "beacon")
    assert found.hostname == socket.gethostname()
    assert found.text + b"\n" == FORMATS[form](make_notice())


def test_a_port_for_datagrams_takes_a_notice_each(udp):
    with closing(to(udp)) as sink:
        sink.write(named("a", "b"))
        sink.write(named("c"))

    assert ids([udp.recv(1 << 16) for _ in range(3)]) == ["a", "b", "c"]


def test_a_stream_counts_its_octets(tcp):
    with closing(to(tcp, "tcp")) as sink:
        sink.write(named("a", "b"))
        sink.write([make_notice(id="c", peer_name="büro")])
    link, _ = tcp.accept()
    with link:
        messages = counted(everything(link))

    assert ids(messages) == ["a", "b", "c"]
    assert [read(message).is_marked for message in messages] == [False, False, True]


def test_a_stream_that_was_closed_is_opened_again(tcp):
    with closing(to(tcp, "tcp")) as sink:
        sink.write(named("a"))
        tcp.accept()[0].close()
        sink.write(named("b"))
        link, _ = tcp.accept()
    with link:
        assert ids(counted(everything(link))) == ["b"]


def test_a_stream_that_is_reset_sends_a_delivery_again(tcp, monkeypatch):
    with closing(to(tcp, "tcp")) as sink:
        sink.write(named("a"))
        tcp.accept()[0].close()
        monkeypatch.setattr(syslog, "_has_ended", lambda _: False)
        with pytest.raises(NetheedError, match=r"tcp://127\.0\.0\.1"):
            write_for_ever(sink, named("b", "c"))
        sink.write(named("b", "c"))
        link, _ = tcp.accept()
    with link:
        assert ids(counted(everything(link))) == ["b", "c"]


def test_a_notice_too_long_for_a_datagram_is_told_whole_with_less(udp):
    with closing(to(udp, form="eve")) as sink:
        sink.write([LARGE])

    said = udp.recv(1 << 16)
    alert = json.loads(read(said).text)["alert"]["metadata"]
    assert len(said) <= 2048
    assert len(FORMATS["eve"](LARGE)) > 2048
    assert alert["netheed_id"] == [LARGE.id]


def test_a_notice_is_told_with_as_much_as_fits(udp):
    with closing(to(udp, longest=65_507)) as sink:
        sink.write([LARGE])

    assert read(udp.recv(1 << 17)).text + b"\n" == FORMATS["jsonl"](LARGE)


def test_what_a_socket_does_not_take_is_told_with_less(datagrams):
    with closing(to(datagrams, longest=65_507)) as sink:
        sink._open().setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4608)
        sink.write([LARGE])

    assert json.loads(read(datagrams.recv(1 << 17)).text)["id"] == LARGE.id


def test_what_cannot_be_told_at_all_does_not_hold_up_the_rest(udp):
    told = []
    with closing(to(udp)) as sink:
        sink.tell = lambda event, **fields: told.append((event, fields))
        sink.write([HOPELESS, *named("b")])

    assert ids([udp.recv(1 << 16)]) == ["b"]
    ((event, fields),) = told
    assert (event, set(fields)) == ("notice_refused", {"where", "notice", "reason"})
    assert len(fields["notice"]) < 600


def test_after_a_failure_only_what_was_not_sent_is_sent(datagrams, tmp_path):
    path = tmp_path / "log"
    with closing(to(datagrams)) as sink:
        sink.write(named("a"))
        encode = sink.encode

        def leaving(notice: Notice) -> bytes:
            if notice.id == "c":
                raise ConnectionResetError(104, "left")
            return encode(notice)

        sink.encode = leaving
        with pytest.raises(NetheedError, match=f"{path}: left"):
            sink.write(named("b", "c"))
        sink.encode = encode
        sink.write(named("b", "c"))
        sink.write(named("b"))

    assert ids([datagrams.recv(1 << 16) for _ in range(4)]) == ["a", "b", "c", "b"]


def test_nobody_at_a_port_is_a_failure_at_once(udp):
    sink = to(udp)
    udp.close()

    with closing(sink), pytest.raises(NetheedError, match="refused"):
        sink.write(named("a"))


def test_a_socket_that_comes_back_is_found_again(tmp_path):
    sink = live_sink(SyslogSettings(address=str(tmp_path / "log")), None)
    with pytest.raises(NetheedError, match="No such file"):
        sink.write(named("a"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "log"))
        sink.write(named("a"))

        assert ids([server.recv(1 << 16)]) == ["a"]
    with pytest.raises(NetheedError, match="refused"):
        sink.write(named("b"))
    sink.close()


def test_who_listens_is_no_problem(datagrams, udp, tcp):
    for server, way in ((datagrams, ""), (udp, "udp"), (tcp, "tcp")):
        assert list(to(server, way).problems()) == []


@pytest.mark.parametrize("make", [None, Path.touch, Path.mkdir, os.mkfifo])
def test_what_is_no_socket_is_a_problem(tmp_path, make):
    if make is not None:
        make(tmp_path / "log")
    sink = live_sink(SyslogSettings(address=str(tmp_path / "log")), None)

    (problem,) = sink.problems()

    assert problem.setting == "address"
    assert problem.reason.startswith(str(tmp_path / "log"))


def test_a_port_that_nobody_listens_at_is_a_problem(tcp):
    sink = to(tcp, "tcp")
    tcp.close()

    (problem,) = sink.problems()

    assert "refused" in problem.reason


def test_a_host_without_an_address_is_a_problem():
    for way in ("udp", "tcp"):
        sink = live_sink(SyslogSettings(address=f"{way}://{'x' * 64}.invalid"), None)

        assert len(list(sink.problems())) == 1
        with pytest.raises(NetheedError):
            sink.write(named("a"))


def test_it_closes_twice_without_harm(udp):
    sink = to(udp)
    sink.write(named("a"))
    sink.close()
    sink.close()

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from netheed.doctor import machine
from netheed.doctor.machine import Machine, answers, output
from tests.installed_zeek import Pretended, connecting, reading


def test_a_program_says_its_output():
    assert output([sys.executable, "-c", "print('8.0.10')"]) == "8.0.10\n"


@pytest.mark.parametrize(
    "command",
    [["/nowhere/zeek"], [sys.executable, "-c", "raise SystemExit(3)"]],
    ids=["absent", "failing"],
)
def test_a_program_that_cannot_say_it_is_none(command):
    assert output(command) is None


def test_a_program_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(machine, "PATIENCE", 0.05)

    assert output([sys.executable, "-c", "input()" if os.name == "nt" else _FOREVER]) is None


_FOREVER = "import signal; signal.pause()"


def test_no_shell_sees_an_argument():
    said = output([sys.executable, "-c", "import sys; print(sys.argv[1])", "$(id); `id`"])

    assert said == "$(id); `id`\n"


def test_bytes_that_are_no_text_are_replaced():
    assert output([sys.executable, "-c", r"import os; os.write(1, b'8\xff')"]) == "8\ufffd"


def test_a_port_answers_while_somebody_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert answers("127.0.0.1", port)

    assert not answers("127.0.0.1", port)


@pytest.mark.parametrize("host", ["", "a" * 70 + ".example", "\udcff"])
def test_a_host_that_is_none_answers_not(host):
    assert not answers(host, 99_999)


def test_files_are_looked_for_below_the_root(tmp_path):
    here = Pretended(tmp_path)
    here.write("/etc/a", "text")

    found = here.machine()

    assert (found.exists("/etc/a"), found.text("/etc/a")) == (True, "text")
    assert (found.exists("/etc/b"), found.text("/etc/b")) == (False, None)


def test_a_folder_or_a_name_with_nul_is_no_text(tmp_path):
    found = Pretended(tmp_path).machine()

    assert found.text("/") is None
    assert found.text("/a\0b") is None
    assert not found.exists("/a\0b")
    assert not found.may_exist("/a\0b")


def test_what_is_behind_a_closed_door_may_exist(tmp_path, monkeypatch):
    found = Pretended(tmp_path).machine()
    there, absent = found.may_exist("/"), found.may_exist("/absent")

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(machine.Path, "stat", refuse)

    assert (there, absent, found.may_exist("/absent")) == (True, False, True)


def test_a_program_is_found_by_the_search_path_first(tmp_path):
    here = Pretended(tmp_path)
    here.write("/usr/bin/zeek", mode=0o755)
    here.write("/opt/zeek/bin/zeek", mode=0o755)

    assert here.machine().programs("zeek", ["/opt/zeek/bin"]) == [
        "/usr/bin/zeek",
        "/opt/zeek/bin/zeek",
    ]


def test_a_link_to_a_program_is_the_program(tmp_path):
    here = Pretended(tmp_path)
    place = here.write("/opt/zeek/bin/zeek", mode=0o755)
    (tmp_path / "usr" / "bin").mkdir(parents=True)
    (tmp_path / "usr" / "bin" / "zeek").symlink_to(place)

    assert here.machine().programs("zeek", ["/opt/zeek/bin"]) == ["/opt/zeek/bin/zeek"]


def test_what_cannot_be_executed_is_no_program(tmp_path):
    here = Pretended(tmp_path)
    here.write("/usr/bin/zeek", mode=0o644)

    assert here.machine().programs("zeek") == []


def test_a_relative_search_path_is_not_followed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Pretended(tmp_path).write("bin/zeek", mode=0o755)

    # Whoever can write into the working directory would choose the program.
    assert Machine(now=0.0, root=tmp_path, search=("bin", ".", "")).programs("zeek") == []


def test_paths_of_a_real_machine_are_its_own():
    assert Machine(now=0.0).at("/opt/zeek") == Path("/opt/zeek")


def test_a_configuration_names_what_it_has_under_a_key(tmp_path):
    here = Pretended(tmp_path)

    assert here.case(settings=reading("/logs/conn.log")).named("zeek_log", "path") == [
        "/logs/conn.log"
    ]
    assert here.case(settings=connecting("ws://a", "ws://b")).named("zeek_websocket", "url") == [
        "ws://a",
        "ws://b",
    ]
    assert here.case().named("zeek_websocket", "url") == []
    assert here.case(settings=connecting("ws://a")).named("other", "url") == []


def _speaking(server: socket.socket, said: bytes) -> threading.Thread:
    """Who answers once."""

    def speak() -> None:
        link, _ = server.accept()
        with link:
            link.recv(64)
            link.sendall(said)

    thread = threading.Thread(target=speak)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("said", "heard"),
    [(b"+PONG\r\n", b"+PONG\r"), (b"half", None), (b"x" * 5000, b"x" * 4096)],
    ids=["a line", "no line", "too long"],
)
def test_a_port_that_is_asked_says_one_line_at_most(said, heard):
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = _speaking(server, said)

        assert machine.reply(server.getsockname(), b"PING\r\n") == heard
        thread.join()


def test_a_socket_that_is_asked_says_a_line(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        thread = _speaking(server, b"{}\n")

        assert machine.reply(str(tmp_path / "s"), b"hello") == b"{}"
        thread.join()


@pytest.mark.parametrize("address", ["/nowhere", "a\0b", "x" * 200, ("127.0.0.1", 1), ("", 99999)])
def test_where_nobody_is_nothing_is_said(address):
    assert machine.reply(address, b"PING\r\n") is None


def test_who_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(machine, "HANDSHAKE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert machine.reply(server.getsockname(), b"PING\r\n") is None


def test_configured_parts_are_found_by_their_type(tmp_path):
    case = Pretended(tmp_path).case(settings=connecting("ws://h"))

    assert [part.url for part in case.sources("zeek_websocket")] == ["ws://h"]
    assert (case.sources("eve_file"), case.sinks("zeek_websocket")) == ([], [])
    assert Pretended(tmp_path).case().sinks("eve") == []

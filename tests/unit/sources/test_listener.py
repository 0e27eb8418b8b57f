"""Whoever may connect is heard, line by line."""

import grp
import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from netheed.errors import NetheedError
from netheed.sources.listener import MOST_CLIENTS, Listener, in_the_way


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    listening = Listener(path=str(tmp_path / "eve.sock"), mode=0o660, group=None)
    listening.start()
    yield listening
    listening.stop()


def client(listener: Listener) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connected.connect(listener.path)
    return connected


def until(true: Callable[[], bool]) -> bool:
    deadline = monotonic() + 10.0
    while not true() and monotonic() < deadline:
        sleep(0.01)
    return true()


def heard(listener: Listener, count: int) -> list[bytes | None]:
    lines: list[bytes | None] = []

    def enough() -> bool:
        lines.extend(listener.received.take())
        return len(lines) >= count

    assert until(enough)
    return lines


def test_lines_come_whole_though_they_were_sent_in_pieces(listener: Listener) -> None:
    with client(listener) as suricata:
        suricata.sendall(b"one\ntw")
        first = heard(listener, 1)
        suricata.sendall(b"o\n")

        assert (first, heard(listener, 1)) == ([b"one"], [b"two"])


def test_lines_of_two_clients_do_not_mix(listener: Listener) -> None:
    with client(listener) as a, client(listener) as b:
        a.sendall(b"a" * 10)
        b.sendall(b"b" * 10)
        a.sendall(b"a\n")
        b.sendall(b"b\n")

        assert sorted(map(bytes, filter(None, heard(listener, 2)))) == [b"a" * 11, b"b" * 11]


def test_a_client_that_goes_makes_room_and_leaves_what_it_had_begun(listener: Listener) -> None:
    with client(listener) as suricata:
        suricata.sendall(b'{"half')
        assert until(lambda: listener.clients == 1)

    assert heard(listener, 1) == [b'{"half']
    assert until(lambda: listener.clients == 0)


def test_who_comes_past_the_cap_is_sent_away(listener: Listener) -> None:
    clients = [client(listener) for _ in range(MOST_CLIENTS)]
    assert until(lambda: listener.clients == MOST_CLIENTS)

    with client(listener) as one_more:
        one_more.settimeout(10.0)
        assert one_more.recv(1) == b""

    for one in clients:
        one.close()


def test_the_socket_has_the_rights_and_the_group_that_were_asked_for(tmp_path: Path) -> None:
    group = grp.getgrgid(os.getgid()).gr_name
    path = tmp_path / "eve.sock"
    listening = Listener(path=str(path), mode=0o620, group=group)
    listening.start()
    status = path.stat()
    listening.stop()

    assert stat.S_IMODE(status.st_mode) == 0o620
    assert status.st_gid == os.getgid()
    assert not path.exists()


def test_a_socket_that_was_left_behind_is_taken_over(tmp_path: Path) -> None:
    path = str(tmp_path / "eve.sock")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)

    listening = Listener(path=path, mode=0o660, group=None)
    listening.start()
    with client(listening) as suricata:
        suricata.sendall(b"x\n")
        assert heard(listening, 1) == [b"x"]
    listening.stop()


def test_one_that_somebody_listens_at_is_left_alone(listener: Listener) -> None:
    with pytest.raises(NetheedError, match="somebody listens there already"):
        Listener(path=listener.path, mode=0o660, group=None).start()

    with client(listener) as suricata:
        suricata.sendall(b"x\n")
        assert heard(listener, 1) == [b"x"]


def test_a_file_is_left_alone(tmp_path: Path) -> None:
    (path := tmp_path / "eve.json").write_text("precious")

    with pytest.raises(NetheedError, match="is no socket"):
        Listener(path=str(path), mode=0o660, group=None).start()
    assert path.read_text() == "precious"


def test_another_ones_socket_is_not_taken_away_at_the_end(listener: Listener) -> None:
    Path(listener.path).unlink()
    other = Listener(path=listener.path, mode=0o660, group=None)
    other.start()

    listener.stop()

    assert Path(other.path).exists()
    other.stop()


def test_a_folder_or_a_group_that_is_not_there_is_an_error_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(NetheedError, match=r"none/eve\.sock: No such file"):
        Listener(path=str(tmp_path / "none" / "eve.sock"), mode=0o660, group=None).start()
    with pytest.raises(NetheedError, match=r"eve\.sock: there is no such group"):
        Listener(path=str(tmp_path / "eve.sock"), mode=0o660, group="no-such-group").start()


def test_what_is_not_there_is_in_nobodys_way(tmp_path: Path) -> None:
    assert in_the_way(str(tmp_path / "eve.sock")) is None

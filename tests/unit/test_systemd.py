"""What systemd hears, over real sockets; and that its absence harms nobody."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netheed import systemd
from netheed.systemd import Notifier


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@netheed{tmp_path}"


@pytest.fixture
def listener(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        listener.settimeout(5)
        yield listener


def heard(listener: socket.socket) -> list[bytes]:
    """All that has come."""
    listener.setblocking(False)
    found = []
    while True:
        try:
            found.append(listener.recv(4096))
        except BlockingIOError:
            return found


def test_assignments_come_as_lines_of_one_message(listener: socket.socket, address: str) -> None:
    Notifier(address)("READY=1", "STATUS=größer")

    assert heard(listener) == ["READY=1\nSTATUS=größer".encode()]


def test_the_environment_names_the_socket(
    listener: socket.socket, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    Notifier()("STOPPING=1")

    assert heard(listener) == [b"STOPPING=1"]


def test_it_beats_once_a_second(listener: socket.socket, address: str) -> None:
    notify = Notifier(address)

    for now in (100.0, 100.2, 100.9, 101.0, 101.5, 103.0):
        notify.beat(now)

    assert heard(listener) == [b"WATCHDOG=1"] * 3


@pytest.mark.parametrize(
    "nobody",
    [None, "", "relative", "vsock:2:1", "/nowhere/at/all", "@netheed-nobody", f"/{'x' * 300}"],
)
def test_where_nobody_listens_nothing_happens(
    nobody: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    Notifier(nobody)("READY=1")
    Notifier(nobody).beat(100.0)


def filled(address: str) -> int:
    """Fill the queue of a listener; how many messages went in."""
    count = 0
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.setblocking(False)
        try:
            while True:
                channel.sendto(b"x", f"\0{address[1:]}" if address.startswith("@") else address)
                count += 1
        except BlockingIOError:
            return count


def test_a_listener_that_takes_nothing_holds_up_nobody_for_long(
    listener: socket.socket, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "PATIENCE", 0.001)
    count = filled(address)

    begun = time.monotonic()
    Notifier(address)("WATCHDOG=1")
    took = time.monotonic() - begun

    assert took < 1.0
    assert heard(listener) == [b"x"] * count

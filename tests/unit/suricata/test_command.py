"""Commands are answered, or it is told with the socket's path why not."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from netheed.errors import NetheedError
from netheed.suricata import command
from netheed.suricata.command import LARGEST, SHOWN, session
from tests.fake_suricata import FakeSuricata, listening

SOON = 10.0
"""Seconds; none waits so long that succeeds."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s"


@pytest.fixture
def fake(path: Path) -> Iterator[FakeSuricata]:
    with listening(path, FakeSuricata()) as made:
        yield made


def test_the_version_is_said_alone_in_its_own_write(path: Path, fake: FakeSuricata) -> None:
    with session(str(path), SOON) as ask:
        ask("dataset-lookup", setname="netheed-noticed-ip", settype="ip", datavalue="10.0.0.5")

    assert fake.versions == [b'{"version":"0.2"}']
    assert fake.asked == [("dataset-lookup", "10.0.0.5")]


def test_a_yes_and_a_no_are_both_answers(path: Path, fake: FakeSuricata) -> None:
    with session(str(path), SOON) as ask:
        given = {"setname": "netheed-noticed-ip", "settype": "ip", "datavalue": "10.0.0.5"}
        yes = ask("dataset-add", **given)
        no = ask("dataset-add", **{**given, "setname": "other"})

    assert (yes.is_ok, yes.message) == (True, "data added")
    assert (no.is_ok, no.message) == (False, "set not found or wrong type")


def test_an_answer_may_come_in_pieces_and_be_no_text(path: Path, fake: FakeSuricata) -> None:
    fake.pieces = True
    fake.raw["uptime"] = b'{"message":{"seconds":[4]},"return":"OK"}\n'

    with session(str(path), SOON) as ask:
        assert ask("uptime").message == {"seconds": [4]}
        assert not ask("none").is_ok


def test_a_refused_version_is_told_without_control_characters(
    path: Path, fake: FakeSuricata
) -> None:
    fake.refuses_version = True

    with pytest.raises(NetheedError, match=r"refused the protocol: \\x1bno\\nsuch\Z"):
        session(str(path), SOON).__enter__()


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"", "closed by Suricata"),
        (b"[]\n", "Expected `object`"),
        (b"\xff\n", "malformed"),
        (b'{"message":"\xff","return":"OK"}\n', "can't decode"),
        (b'{"message":' + b"[" * 30_000 + b"\n", "recursion"),
        (b'{"message":' + b"9" * 6000 + b',"return":"OK"}\n', "out of range"),
        (b'{"message":"no word of how it went"}\n', "missing required field `return`"),
        (b"x" * (LARGEST + 5000), "an answer without an end"),
    ],
    ids=["nothing", "list", "no json", "no text", "deep", "large", "no return", "endless"],
)
def test_what_is_no_answer_is_an_error_with_the_socket(
    path: Path, fake: FakeSuricata, sent: bytes, told: str
) -> None:
    fake.raw["uptime"] = sent

    with session(str(path), SOON) as ask, pytest.raises(NetheedError, match=told) as caught:
        ask("uptime")

    assert str(caught.value).startswith(f"{path}: ")


def test_what_the_engine_says_is_shown_short_and_printable(path: Path, fake: FakeSuricata) -> None:
    fake.raw["uptime"] = b'{"message":"\\u001b[2J' + b"a" * 1000 + b'","return":"NOK"}\n'

    with session(str(path), SOON) as ask:
        words = ask("uptime").words

    assert words.isprintable()
    assert len(words) == SHOWN


def test_who_does_not_answer_is_waited_for_so_long(path: Path, fake: FakeSuricata) -> None:
    fake.silent = True

    with pytest.raises(NetheedError, match=r"no answer within 0\.05 s"):  # noqa: SIM117
        with session(str(path), 0.05) as ask:
            ask("uptime")


def test_a_socket_that_a_suricata_left_behind_is_told_as_such(path: Path) -> None:
    with listening(path, FakeSuricata()):
        pass

    with pytest.raises(NetheedError, match="no Suricata listens there any more"):
        session(str(path), SOON).__enter__()


@pytest.mark.parametrize(
    ("name", "told"),
    [("none", "No such file"), ("x" * 200, "too long")],
    ids=["missing", "long"],
)
def test_where_there_is_no_socket_it_is_told(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(NetheedError, match=told):
        session(str(tmp_path / name), SOON).__enter__()


def test_where_no_file_can_be_opened_it_is_told(
    path: Path, fake: FakeSuricata, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> socket.socket:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(command.socket, "socket", full)

    with pytest.raises(NetheedError, match="Too many open files"):
        session(str(path), SOON).__enter__()


def test_another_suricata_at_the_same_socket_is_another_life(path: Path) -> None:
    with listening(path, FakeSuricata()):
        first = command.life(str(path))
        assert command.life(str(path)) == first
    with listening(path, FakeSuricata()):
        assert command.life(str(path)) != first


def test_a_life_of_nobody_is_an_error(path: Path) -> None:
    with pytest.raises(NetheedError, match="No such file"):
        command.life(str(path))


def test_a_session_lets_the_next_client_in(path: Path, fake: FakeSuricata) -> None:
    for _ in range(3):
        with session(str(path), SOON) as ask:
            assert not ask("none").is_ok

    assert isinstance(ask.connection, socket.socket)
    assert ask.connection.fileno() == -1

"""What was written is read again, whatever happened between."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from netheed.errors import NetheedError
from netheed.sinks import ledger as ledgers
from netheed.sinks.ledger import LARGEST, Ledger

HELD = {"10.0.0.5": 1_700_000_060.5, "2001:db8::5": 1_700_000_120.0}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.json")


def test_what_was_written_is_read_and_only_its_owner_may(ledger: Ledger) -> None:
    assert ledger.read() == {}

    ledger.write({"10.0.0.6": 1.0})
    ledger.write(HELD)

    assert ledger.read() == HELD
    assert ledger.path.stat().st_mode & 0o777 == 0o600
    assert list(ledger.path.parent.iterdir()) == [ledger.path]


def test_addresses_are_read_in_canonical_text(ledger: Ledger) -> None:
    ledger.path.write_text('{"until": {"2001:DB8:0::5": 1}}')

    assert ledger.read() == {"2001:db8::5": 1.0}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"until": {"10.0.0.5": "soon"}}',
        '{"until": {"host": 1}}',
        '{"until": {"10.0.0.5": NaN}}',
        '{"until": {}, "more": 1}',
        "\x1b[2J",
        '{"until": {' + " " * LARGEST + "}}",
        '{"until": {"10.0.0.5": ' + "[" * 100_000,
        '{"deep": ' + "[" * 100_000,
    ],
    ids=lambda text: text[:32] or "empty",
)
def test_a_damaged_one_is_told_and_counts_as_empty(ledger: Ledger, text: str) -> None:
    ledger.path.write_text(text)

    with capture_logs() as told:
        assert ledger.read() == {}

    (event,) = told
    assert (event["event"], event["path"]) == ("ledger_damaged", str(ledger.path))
    assert event["reason"].isprintable()


def test_one_that_cannot_be_read_is_no_empty_one(ledger: Ledger) -> None:
    ledger.path.mkdir()

    with pytest.raises(NetheedError, match=r"ledger\.json: Is a directory"):
        ledger.read()


def test_a_disk_that_takes_nothing_keeps_the_one_before(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, os.strerror(28))

    ledger.write(HELD)
    monkeypatch.setattr(ledgers.os, "fsync", full)

    with pytest.raises(NetheedError, match=r"ledger\.json: No space left"):
        ledger.write({})

    assert ledger.read() == HELD


def test_why_it_could_not_be_written_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()

    assert Ledger(tmp_path / "ledger").problem() is None
    assert Ledger(tmp_path / "file").problem() is None
    assert Ledger(tmp_path / "folder").problem() == f"{tmp_path}/folder: is no file"
    assert Ledger(tmp_path / "no" / "l").problem() == f"{tmp_path}/no: No such file or directory"
    assert Ledger(tmp_path / "file" / "l").problem() == f"{tmp_path}/file/l: Not a directory"
    assert not (tmp_path / "ledger").exists()


def test_a_pipe_is_not_waited_for(ledger: Ledger) -> None:
    os.mkfifo(ledger.path)

    with capture_logs():
        assert ledger.read() == {}
    assert ledger.problem() == f"{ledger.path}: is no file"

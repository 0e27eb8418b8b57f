"""Whole lines at the end of whatever stands under the path; the sink's tests go on from here."""

import os
from contextlib import suppress
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest

from netheed.sinks import line_file
from netheed.sinks.line_file import LineFile


def test_a_file_that_was_renamed_is_made_anew_and_for_its_group_only(tmp_path: Path) -> None:
    path = tmp_path / "windows"
    file = LineFile(path=path, durable=False)
    file.append(b"1\n")
    path.rename(tmp_path / "windows.1")
    file.append(b"2\n")
    file.close()

    assert (tmp_path / "windows.1").read_bytes() == b"1\n"
    assert path.read_bytes() == b"2\n"
    assert path.stat().st_mode & 0o027 == 0


def test_a_line_that_was_left_half_is_cut_off_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "windows"
    path.write_bytes(b"1\nhal")
    file = LineFile(path=path)
    file.append(b"2\n")
    file.close()

    assert path.read_bytes() == b"1\n2\n"


@pytest.mark.parametrize("durable", [True, False])
def test_only_what_must_be_durable_is_forced_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable: bool
) -> None:
    forced: list[int] = []
    monkeypatch.setattr(os, "fsync", forced.append)

    file = LineFile(path=tmp_path / "lines", durable=durable)
    file.append(b"1\n")
    file.append(b"")
    file.close()

    assert len(forced) == durable


def test_a_pipe_that_nobody_reads_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OSError, match="No such device"):
        LineFile(path=tmp_path / "pipe", durable=False).open()


def test_a_pipe_is_no_place_for_what_must_be_durable(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)

    with pytest.raises(OSError, match="a pipe keeps nothing"):
        LineFile(path=tmp_path / "pipe").open()

    os.close(reader)


def test_a_pipe_that_is_read_no_more_is_an_error_and_is_written_to_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_file, "ROOM", 0.01)
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    file = LineFile(path=tmp_path / "pipe", durable=False)

    with pytest.raises(OSError, match="temporarily unavailable"):
        file.append(b"x" * (1 << 21))
    assert os.read(reader, 1 << 20)
    file.append(b"1\n")

    file.close()
    os.close(reader)


def test_more_than_a_pipe_holds_arrives_where_somebody_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    file = LineFile(path=tmp_path / "pipe", durable=False)
    lines = b"".join(b"%d\n" % n for n in range(100_000))

    deadline = monotonic() + 10.0
    while monotonic() < deadline:
        with suppress(OSError):  # nobody reads yet
            file.open()
            break
    file.append(lines)
    file.close()
    reader.join(10.0)

    assert got == [lines]

"""Whole files, of one user."""

import os
import stat
from pathlib import Path

import pytest

from netheed import durable


def test_what_is_written_replaces_what_was_there_and_is_forced_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path := tmp_path / "state").write_text("longer than what comes")
    path.chmod(0o644)
    forced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: forced.append(os.fstat(descriptor).st_ino))

    with durable.writing(path) as descriptor:
        for part in (b"one ", b"two"):
            durable.put(descriptor, part)
        assert forced == []
    durable.force(tmp_path)

    assert path.read_bytes() == b"one two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert forced == [path.stat().st_ino, tmp_path.stat().st_ino]


def test_a_disk_that_takes_only_pieces_is_given_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: whole(descriptor, data[:3]))

    durable.write(tmp_path / "state", b"0123456789")

    assert (tmp_path / "state").read_bytes() == b"0123456789"


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        durable.write(tmp_path / "none" / "state", b"")
    with pytest.raises(FileNotFoundError):
        durable.force(tmp_path / "none")

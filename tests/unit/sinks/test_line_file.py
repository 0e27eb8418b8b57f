"""Whole lines at the end of whatever stands under the path; the sink's tests go on from here."""

import os
from pathlib import Path

import pytest

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

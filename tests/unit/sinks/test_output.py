import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from netheed.errors import NetheedError
from netheed.sinks.output import Output, open_output, refuse_overwriting

FULL = Path("/dev/full")
WRITE_LINES = """
from netheed.sinks.output import open_output
with open_output(None) as output:
    output.writelines([b"one\\n", b"two\\n"])
"""


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """A full disk: the kernel writes what fits and refuses the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def run_writing_lines(stdout: BinaryIO) -> "subprocess.CompletedProcess[bytes]":
    """In another process: pytest holds the standard output of this one."""
    command = [sys.executable, "-c", WRITE_LINES]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, check=False)  # noqa: S603


def test_lines_are_in_the_file_as_soon_as_they_are_written(tmp_path: Path):
    file = tmp_path / "notices"

    with open_output(file) as output:
        output.write(b"one\n")
        output.writelines([b"two\n", b"three\n"])

        assert file.read_bytes() == b"one\ntwo\nthree\n"


def test_an_earlier_file_is_replaced(tmp_path: Path):
    file = tmp_path / "notices"
    file.write_bytes(b"of yesterday\n")

    with open_output(file) as output:
        output.write(b"one\n")

    assert file.read_bytes() == b"one\n"


def test_a_full_disk_is_an_error_and_leaves_no_half_line(tmp_path: Path):
    file = tmp_path / "notices"

    with open_output(file) as output, files_no_longer_than(10):
        output.write(b"eight..\n")
        with pytest.raises(NetheedError, match=r"notices: File too large"):
            output.write(b"too long for it\n")

    assert file.read_bytes() == b"eight..\n"


def test_after_a_full_disk_later_lines_follow_the_whole_ones(tmp_path: Path):
    file = tmp_path / "notices"

    with open_output(file) as output:
        with files_no_longer_than(10), pytest.raises(NetheedError):
            output.write(b"too long for it\n")
        output.write(b"two\n")

    assert file.read_bytes() == b"two\n"


def test_an_encoder_that_fails_leaves_what_was_written(tmp_path: Path):
    file = tmp_path / "notices"

    with open_output(file) as output:
        output.write(b"one\n")
        with pytest.raises(ZeroDivisionError):
            output.writelines(b"%d\n" % (1 // number) for number in (1, 0))

    assert file.read_bytes() == b"one\n"


def test_a_reading_error_of_the_run_is_not_called_one_of_the_output(tmp_path: Path):
    with pytest.raises(FileNotFoundError), open_output(tmp_path / "notices"):
        (tmp_path / "no-such-input").read_bytes()


@pytest.mark.parametrize("name", ["missing/notices", "."])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str):
    with (
        pytest.raises(NetheedError, match=r"(No such file|Is a directory)") as error,
        open_output(tmp_path / name),
    ):
        pass

    assert str(error.value).startswith(str(tmp_path))


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
def test_a_device_that_refuses_is_an_error():
    with open_output(FULL) as output, pytest.raises(NetheedError, match="No space left"):
        output.write(b"one\n")


def test_a_reader_that_left_is_not_dressed_up():
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb", buffering=0) as pipe, pytest.raises(BrokenPipeError):
        Output(pipe, "pipe", ours=False).write(b"one\n")


@pytest.mark.parametrize("path", [None, Path("-")])
def test_no_path_and_a_dash_are_standard_output(
    path: Path | None, capfdbinary: pytest.CaptureFixture[bytes]
):
    with open_output(path) as output:
        output.write(b"one\n")

    assert capfdbinary.readouterr().out == b"one\n"


def test_standard_output_that_is_appended_to_is_never_cut(tmp_path: Path):
    file = tmp_path / "log"
    file.write_bytes(b"of yesterday\n")

    with file.open("ab") as appended:
        run_writing_lines(appended)
        with files_no_longer_than(26):  # the child inherits it, and fails in its second line
            failed = run_writing_lines(appended)

    assert file.read_bytes() == b"of yesterday\none\ntwo\none\ntwo\n"[:26]
    assert b"standard output: File too large" in failed.stderr


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
def test_a_full_standard_output_is_told_once():
    with FULL.open("wb") as full:
        ended = run_writing_lines(full)

    assert ended.returncode == 1
    assert ended.stderr.count(b"standard output: No space left") == 1
    assert b"Exception ignored" not in ended.stderr


@pytest.fixture
def conn_log(tmp_path: Path) -> Path:
    file = tmp_path / "conn.log"
    file.write_bytes(b"of today\n")
    (tmp_path / "link").symlink_to(file)
    (tmp_path / "other name").hardlink_to(file)
    (tmp_path / "folder").symlink_to(tmp_path)
    return file


@pytest.mark.parametrize("name", ["conn.log", "link", "other name", "folder/conn.log"])
def test_an_output_that_is_an_input_is_refused_by_any_name(conn_log: Path, name: str):
    with pytest.raises(NetheedError, match=f"{name}: is read by the same run"):
        refuse_overwriting([conn_log], [None, conn_log.parent / name])


def test_two_outputs_that_will_be_one_file_are_refused(tmp_path: Path):
    (tmp_path / "link").symlink_to(tmp_path / "not there yet")

    with pytest.raises(NetheedError, match="not there yet: is written by the same run"):
        refuse_overwriting([], [tmp_path / "link", tmp_path / "not there yet"])


def test_an_output_beside_the_inputs_is_fine(conn_log: Path):
    refuse_overwriting([conn_log], [conn_log.parent / "a", conn_log.parent / "b"])


@pytest.mark.parametrize("outputs", [[None, None], [Path("-"), None], [Path("/dev/null")] * 2])
def test_what_no_writing_can_empty_may_be_named_twice(outputs: list[Path | None]):
    refuse_overwriting([Path("/dev/null")], outputs)


def test_standard_output_that_is_a_file_is_known(tmp_path: Path):
    file = tmp_path / "out"
    command = (
        "from pathlib import Path; from netheed.sinks.output import refuse_overwriting as refuse;"
        f"refuse([], [None, Path('-')]); refuse([Path({str(file)!r})], [None])"
    )

    with file.open("wb") as stdout:
        ended = subprocess.run(  # noqa: S603
            [sys.executable, "-c", command], stdout=stdout, stderr=subprocess.PIPE, check=False
        )

    assert b"standard output: is read by the same run" in ended.stderr

"""Whole lines at the end of a file, each notice once, whatever others do to the file."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from netheed.errors import NetheedError
from netheed.records import Notice
from netheed.sinks import EcsSettings, EveSettings, JsonlSettings, OcsfSettings, live_sink
from netheed.sinks.appended import AppendedFile
from netheed.sinks.formats import FORMATS
from netheed.sinks.line_file import TAIL
from tests.makers import make_notice

FULL = Path("/dev/full")
WRITES = """
import sys
from pathlib import Path
from netheed.sinks.appended import AppendedFile
from tests.makers import make_notice
sink = AppendedFile(path=Path(sys.argv[1]), encode=lambda n: n.id.encode() * 50 + b"\\n")
for begin in range(int(sys.argv[2]), 10**9, 4):
    sink.write([make_notice(id=f"<{n}>") for n in range(begin, begin + 4)])
    print(begin, flush=True)
"""


def short(notice: Notice) -> bytes:
    return f"<{notice.id}>\n".encode()


def notices(*names: object) -> list[Notice]:
    return [make_notice(id=f"id{name}") for name in names]


def lines(*names: object) -> bytes:
    return b"".join(map(short, notices(*names)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notices"


@pytest.fixture
def sink(path: Path) -> Iterator[AppendedFile]:
    with closing(AppendedFile(path=path, encode=short)) as sink:
        yield sink


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """A full disk: the kernel writes what fits and refuses the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_lines_are_whole_and_in_the_file_as_soon_as_they_are_written(
    sink: AppendedFile, path: Path
) -> None:
    sink.write(notices(1, 2))
    assert path.read_bytes() == lines(1, 2)

    sink.write(notices(3))

    assert path.read_bytes() == lines(1, 2, 3)


def test_what_stands_in_the_file_stays(sink: AppendedFile, path: Path) -> None:
    path.write_bytes(b"of yesterday\n")

    sink.write(notices(1))

    assert path.read_bytes() == b"of yesterday\n" + lines(1)


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o640), (0o077, 0o600), (0, 0o640)])
def test_the_group_may_read_the_file_and_others_not(
    sink: AppendedFile, path: Path, umask: int, mode: int
) -> None:
    before = os.umask(umask)
    try:
        sink.write(notices(1))
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == mode


def test_a_file_that_is_renamed_under_us_is_left_and_a_new_one_begun(
    sink: AppendedFile, path: Path
) -> None:
    sink.write(notices(1))
    path.rename(path.with_suffix(".1"))
    sink.write(notices(2))
    path.unlink()
    sink.write(notices(3))
    path.rename(path.with_suffix(".2"))
    path.write_bytes(b"made by the rotation\n")
    sink.write(notices(4))

    assert path.with_suffix(".1").read_bytes() == lines(1)
    assert path.with_suffix(".2").read_bytes() == lines(3)
    assert path.read_bytes() == b"made by the rotation\n" + lines(4)


def test_a_file_that_is_emptied_under_us_goes_on_at_its_new_end(
    sink: AppendedFile, path: Path
) -> None:
    sink.write(notices(*range(100)))

    os.truncate(path, 0)
    sink.write(notices("next"))

    assert path.read_bytes() == lines("next")


@pytest.mark.parametrize("cut", range(1, len(lines(2)) + 1))
def test_half_a_line_of_a_crash_is_cut_off_and_comes_as_a_whole(
    sink: AppendedFile, path: Path, cut: int
) -> None:
    path.write_bytes(lines(1, 2)[:-cut])

    sink.write(notices(1, 2, 3))

    assert path.read_bytes() == lines(1, 2, 3)


def test_a_first_line_that_was_never_finished_is_cut_off(sink: AppendedFile, path: Path) -> None:
    path.write_bytes(b"<id")

    sink.write(notices(1))

    assert path.read_bytes() == lines(1)


@pytest.mark.parametrize("form", FORMATS)
def test_what_stands_near_the_end_is_not_repeated_after_a_restart(path: Path, form: str) -> None:
    sink = AppendedFile(path=path, encode=FORMATS[form])
    sink.write(notices(1, 2))
    sink.close()
    written = path.read_bytes()

    sink = AppendedFile(path=path, encode=FORMATS[form])
    sink.write(notices(1, 2))
    sink.close()

    assert path.read_bytes() == written


def test_what_could_not_be_noted_as_taken_is_not_repeated_either(
    sink: AppendedFile, path: Path
) -> None:
    sink.write(notices(1, 2))
    sink.write(notices(1, 2, 3))
    sink.write(notices(2, 3))

    assert path.read_bytes() == lines(1, 2, 3)


def test_what_is_remembered_of_the_end_is_bounded(path: Path) -> None:
    with closing(AppendedFile(path=path, encode=lambda _: b"x" * 9999 + b"\n")) as sink:
        for number in range(30):
            sink.write(notices(number))

        assert path.stat().st_size > TAIL == len(sink._lines.tail)


def test_a_long_file_is_only_read_at_its_end(sink: AppendedFile, path: Path) -> None:
    path.write_bytes(b"x" * 99 + b"\n" + lines("early") + b"y" * TAIL + b"\n" + lines("late"))
    before = path.read_bytes()

    sink.write(notices("early", "late"))

    assert path.read_bytes() == before + lines("early")


@pytest.mark.parametrize("room", range(len(lines(1, 2))))
def test_a_full_disk_leaves_no_half_line_and_later_lines_follow_the_whole_ones(
    sink: AppendedFile, path: Path, room: int
) -> None:
    sink.write(notices(0))

    with (
        files_no_longer_than(len(lines(0)) + room),
        pytest.raises(NetheedError, match=f"{path}: (File too large|No space left on device)"),
    ):
        sink.write(notices(1, 2))
    assert path.read_bytes() == lines(0)
    sink.write(notices(1, 2))

    assert path.read_bytes() == lines(0, 1, 2)


def test_a_disk_that_cannot_be_forced_leaves_nothing_and_later_works(
    sink: AppendedFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    sink.write(notices(0))
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", broken)
        with pytest.raises(NetheedError, match="Input/output error"):
            sink.write(notices(1))
    assert path.read_bytes() == lines(0)

    sink.write(notices(1))

    assert path.read_bytes() == lines(0, 1)


def test_a_failed_write_to_a_file_that_was_emptied_meanwhile_leaves_no_zeros(
    sink: AppendedFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def emptied(_: int) -> None:
        os.truncate(path, 0)
        raise OSError(5, "Input/output error")

    sink.write(notices(0))
    monkeypatch.setattr(os, "fsync", emptied)
    with pytest.raises(NetheedError):
        sink.write(notices(1))

    assert path.read_bytes() == b""


def test_lines_are_on_the_disk_before_they_count_as_written(
    sink: AppendedFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        real(descriptor)
        forced.append(path.read_bytes())

    monkeypatch.setattr(os, "fsync", fsync)
    sink.write(notices(1))
    sink.write(notices(2))

    assert forced == [lines(1), lines(1, 2)]


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
def test_a_device_that_refuses_is_an_error() -> None:
    sink = AppendedFile(path=FULL, encode=short)

    with pytest.raises(NetheedError, match=r"/dev/full: "):
        sink.write(notices(1))


def test_a_pipe_in_place_of_the_file_is_an_error_and_is_not_held_open(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = len(list(Path("/proc/self/fd").iterdir()))
    sink = AppendedFile(path=tmp_path / "pipe", encode=short)

    for _ in range(5):
        with pytest.raises(NetheedError, match="pipe: No such device or address"):
            sink.write(notices(1))

    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_reason_is_that_of_the_write_though_nothing_can_be_cut_off() -> None:
    sink = AppendedFile(path=FULL, encode=short)

    with pytest.raises(NetheedError, match="/dev/full: No space left on device"):
        sink.write(notices(1))


@pytest.mark.parametrize(
    ("name", "reason"), [("gone/notices", "No such file or directory"), (".", "Is a directory")]
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str, reason: str) -> None:
    sink = AppendedFile(path=tmp_path / name, encode=short)

    with pytest.raises(NetheedError, match=f"{tmp_path / name}: {reason}"):
        sink.write(notices(1))


def test_a_folder_that_comes_back_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "mounted" / "notices"
    with closing(AppendedFile(path=path, encode=short)) as sink:
        with pytest.raises(NetheedError):
            sink.write(notices(1))
        path.parent.mkdir()
        sink.write(notices(1))

    assert path.read_bytes() == lines(1)


def test_a_file_that_was_closed_is_opened_again(sink: AppendedFile, path: Path) -> None:
    sink.write(notices(1))
    sink.close()
    sink.close()

    sink.write(notices(1, 2))

    assert path.read_bytes() == lines(1, 2)


def test_what_was_written_before_a_kill_stands_there_once_and_whole(path: Path) -> None:
    begin = 0
    for rounds in (1, 7, 20):
        command = [sys.executable, "-c", WRITES, str(path), str(begin)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:  # noqa: S603
            assert child.stdout is not None
            told = [int(child.stdout.readline()) for _ in range(rounds)]
            child.send_signal(signal.SIGKILL)
            told += map(int, child.stdout.read().split())
        begin = told[-1]  # as one that was killed before it could note them
    sink = AppendedFile(path=path, encode=lambda notice: notice.id.encode() * 50 + b"\n")
    with closing(sink):
        sink.write([make_notice(id=f"<{number}>") for number in range(begin, begin + 4)])

    written = path.read_bytes().splitlines()
    assert written[: begin + 4] == [b"<%d>" % number * 50 for number in range(begin + 4)]
    assert len(written) in (begin + 4, begin + 8)


@pytest.mark.parametrize(
    ("settings", "form"),
    [(JsonlSettings, "jsonl"), (EveSettings, "eve"), (EcsSettings, "ecs"), (OcsfSettings, "ocsf")],
)
def test_what_is_configured_is_written_in_its_form(path: Path, settings, form: str) -> None:
    with closing(live_sink(settings(path=str(path)), None)) as sink:
        sink.write(notices(1))

    assert path.read_bytes() == FORMATS[form](notices(1)[0])

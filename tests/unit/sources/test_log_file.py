"""A file is known by its first bytes and read from any line on, packed or not."""

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.sources.lines import BLOCK, DamagedError
from netheed.sources.log_file import HEAD, LogFile, digest, fits

HEADER = b"#separator \\x09\n#fields\tts\n"
LINES = [b"line %d %s" % (number, b"x" * 60) for number in range(2 * BLOCK // 60)]
CONTENT = HEADER + b"\n".join(LINES) + b"\n"

Opened = Callable[[bytes], LogFile]


@pytest.fixture(params=["plain", "packed"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Opens a file with some content."""
    files: list[LogFile] = []

    def open_(content: bytes) -> LogFile:
        path = tmp_path / "log"
        path.write_bytes(gzip.compress(content) if request.param == "packed" else content)
        file = LogFile.opened(path)
        assert file is not None
        files.append(file)
        return file

    yield open_
    for file in files:
        file.close()


@pytest.fixture
def grown(tmp_path: Path) -> Iterator[tuple[Path, LogFile]]:
    """A plain file with two lines, at its end."""
    path = tmp_path / "log"
    path.write_bytes(b"one\ntwo\n")
    file = LogFile.opened(path)
    assert file is not None
    assert rest(file) == [b"one", b"two"]
    yield path, file
    file.close()


def rest(file: LogFile) -> list[bytes | None]:
    """All lines that are there."""
    found: list[bytes | None] = []
    while (lines := file.lines()) is not None:
        found += lines
    return found


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@given(st.binary(min_size=1, max_size=50), st.binary(max_size=50))
def test_a_file_that_has_grown_is_still_known(head: bytes, more: bytes) -> None:
    assert fits(digest(head), head + more)


@given(st.binary(min_size=1, max_size=50), st.binary(max_size=50))
def test_a_file_that_begins_otherwise_is_not_known(head: bytes, other: bytes) -> None:
    assert fits(digest(head), other) == other.startswith(head)


def test_an_empty_file_is_nobody() -> None:
    assert digest(b"") == ""
    assert not fits(digest(b""), b"")
    assert not fits(digest(b""), b"anything")


def test_a_log_and_its_packed_copy_are_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(CONTENT)
    (tmp_path / "log.gz").write_bytes(gzip.compress(CONTENT))

    files = [LogFile.opened(tmp_path / name) for name in ("log", "log.gz")]

    heads = [file.head for file in files if file is not None]
    assert heads == [CONTENT[:HEAD]] * 2
    assert [file.is_packed for file in files if file is not None] == [False, True]
    for file in files:
        assert file is not None
        file.close()


@pytest.mark.parametrize("what", ["gone", "a folder", "broken"])
def test_what_is_no_file_yet_is_nothing(tmp_path: Path, what: str) -> None:
    path = tmp_path / "log"
    if what == "a folder":
        path.mkdir()
    elif what == "broken":
        path.write_bytes(gzip.compress(CONTENT)[:12])

    assert LogFile.opened(path) is None


@pytest.mark.parametrize("data", [b"\x1f", b"\x1f\x8b", b"\x1f\x8b\x08", b"\x1f\x8b" + b"x" * 99])
def test_no_beginning_of_a_packed_file_is_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "log"
    path.write_bytes(data)

    file = LogFile.opened(path)

    assert (file is None) == (len(data) > 1)
    if file is not None:
        file.close()


def test_all_lines_come_and_are_counted(opened: Opened) -> None:
    file = opened(CONTENT)
    file.go_to(0, 0)

    found = rest(file)

    assert found == [*HEADER.splitlines(), *LINES]
    assert (file.offset, file.line) == (len(CONTENT), len(LINES) + 2)


def test_from_wherever_reading_stopped_it_goes_on(opened: Opened) -> None:
    file = opened(CONTENT)
    file.go_to(0, 0)
    found = list(file.lines() or [])
    places = [(file.offset, file.line)]

    while True:
        again = opened(CONTENT)
        header = again.go_to(*places[-1])
        assert header == HEADER.splitlines()
        assert (again.offset, again.line) == places[-1]
        lines = again.lines()
        if lines is None:
            break
        found += lines
        places.append((again.offset, again.line))

    assert found == [*HEADER.splitlines(), *LINES]
    assert len(places) > 2


@pytest.mark.parametrize("line", [1, 2, 3, 5000])
def test_reading_goes_on_at_any_line(opened: Opened, line: int) -> None:
    everything = CONTENT.splitlines(keepends=True)
    file = opened(CONTENT)

    file.go_to(sum(map(len, everything[:line])), line)

    assert rest(file) == [line.rstrip(b"\n") for line in everything[line:]]
    assert (file.offset, file.line) == (len(CONTENT), len(everything))


def test_a_file_without_comments_has_no_header(opened: Opened) -> None:
    assert opened(b"one\n#two\n").go_to(4, 1) == []


def test_a_place_past_the_end_gives_nothing(opened: Opened) -> None:
    file = opened(b"one\n")

    file.go_to(10**6, 9)

    assert file.lines() is None


def test_a_packed_file_that_breaks_off_says_so_after_its_whole_lines(tmp_path: Path) -> None:
    path, packed = tmp_path / "log", gzip.compress(CONTENT)
    path.write_bytes(packed[:-100])
    file = LogFile.opened(path)
    assert file is not None
    file.go_to(0, 0)
    found: list[bytes | None] = []

    with pytest.raises(DamagedError):
        found.extend(line for lines in iter(file.lines, None) for line in lines)

    assert len(found) > 1000
    assert found == [*HEADER.splitlines(), *LINES][: len(found)]
    file.close()


def test_a_packed_file_that_breaks_off_before_the_place_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(gzip.compress(CONTENT)[:-5000])
    file = LogFile.opened(path)
    assert file is not None

    with pytest.raises(DamagedError):
        file.go_to(len(CONTENT), len(LINES) + 2)
    file.close()


def test_a_line_comes_when_its_end_has_come(grown: tuple[Path, LogFile]) -> None:
    path, file = grown
    append(path, b"thr")
    assert file.lines() == []
    assert (file.offset, file.read_to, file.line) == (8, 11, 2)
    assert file.lines() is None

    append(path, b"ee\nfo")

    assert file.lines() == [b"three"]
    assert (file.offset, file.read_to, file.line) == (14, 16, 3)


def test_the_last_line_needs_no_newline_once_nothing_comes(grown: tuple[Path, LogFile]) -> None:
    path, file = grown
    append(path, b"three")
    rest(file)

    assert file.last_line() == [b"three"]
    assert (file.offset, file.line) == (13, 3)
    assert file.last_line() == []


def test_a_short_file_is_known_by_more_as_it_grows(grown: tuple[Path, LogFile]) -> None:
    path, file = grown
    before = digest(file.head)
    append(path, b"x" * HEAD + b"\n")

    rest(file)

    assert file.head == path.read_bytes()[:HEAD]
    assert fits(before, file.head)


def test_what_is_written_over_in_place_is_seen(grown: tuple[Path, LogFile]) -> None:
    path, file = grown
    append(path, b"three\n")
    assert file.begins_as_before()

    with path.open("r+b") as over:
        over.write(b"ONE")

    assert not file.begins_as_before()


def test_what_was_cut_shorter_is_seen(grown: tuple[Path, LogFile]) -> None:
    path, file = grown

    os.truncate(path, 2)

    assert not file.begins_as_before()
    assert file.size < file.read_to


def test_a_file_is_the_same_under_another_name(grown: tuple[Path, LogFile]) -> None:
    path, file = grown
    before = file.inode

    path.rename(path.with_suffix(".1"))
    path.write_bytes(b"one\ntwo\n")
    append(path.with_suffix(".1"), b"three\n")

    status = path.stat()
    assert file.inode == before != (status.st_dev, status.st_ino)
    assert rest(file) == [b"three"]
    assert file.size == 14


def test_when_it_was_written_is_known_to_the_nanosecond(grown: tuple[Path, LogFile]) -> None:
    path, file = grown

    os.utime(path, ns=(5, 1_700_000_000_000_000_123))

    assert file.modified == 1_700_000_000_000_000_123


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert LogFile.opened(tmp_path / "pipe") is None
    assert LogFile.opened(Path("/dev/null")) is None
    assert LogFile.opened(tmp_path) is None

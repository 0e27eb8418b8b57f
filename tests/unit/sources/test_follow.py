"""Every line once and in order, whatever rotation does to the file."""

import gzip
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from netheed.sources import follow
from netheed.sources.follow import Follower, Place

ARCHIVES = "conn.*.log*"


OPEN: list[Follower] = []


@dataclass
class Clock:
    """Goes on only where a test says so."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


CLOCK = Clock()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def follower(folder: Path, place: Place | None = None) -> Follower:
    return following(folder / "conn.log", str(folder / ARCHIVES), place=place)


def following(path: Path, *archives: str, place: Place | None = None) -> Follower:
    OPEN.append(Follower(path=path, clock=CLOCK, archives=archives, place=place or Place()))
    return OPEN[-1]


def drained(reading: Follower, looks: int = 6, step: float = 0.5) -> list[bytes]:
    """All lines until nothing has come for some looks, so many seconds apart."""
    found: list[bytes] = []
    quiet = 0
    while quiet < looks:
        CLOCK.now += step
        piece = reading.next()
        found += [line or b"" for line in piece.lines]
        quiet = 0 if piece.lines or piece.begins else quiet + 1
    return found


@dataclass
class Writer:
    """Writes numbered lines and does to the log what rotations do."""

    folder: Path
    written: list[bytes] = field(default_factory=list)
    rotations: int = 0
    half: bytes = b""

    @property
    def log(self) -> Path:
        return self.folder / "conn.log"

    def line(self) -> bytes:
        self.written.append(
            b"%d %s" % (len(self.written), b"x" * random.Random(len(self.written)).randrange(90))
        )
        return self.written[-1]

    def write(self, data: bytes) -> None:
        with self.log.open("ab") as file:
            file.write(data)

    def append(self, count: int) -> None:
        begun, self.half = self.half, b""
        self.write(begun and begun + b"\n")
        for _ in range(count):
            self.write(self.line() + b"\n")

    def begin_a_line(self) -> None:
        if not self.half:
            line = self.line()
            self.write(line[:3])
            self.half = line[3:]
            if not self.half:
                self.half = b""
                self.write(b"\n")

    def archive(self) -> Path:
        self.rotations += 1
        return self.folder / f"conn.{self.rotations:04d}.log"

    def whole(self) -> None:
        self.append(0)

    def rename(self) -> Path:
        self.whole()
        to = self.archive()
        if self.log.exists():
            self.log.rename(to)
        return to

    def rename_and_create(self) -> None:
        self.rename()
        self.log.touch()

    def rename_and_pack(self) -> None:
        to = self.rename()
        if to.exists():
            Path(f"{to}.gz").write_bytes(gzip.compress(to.read_bytes()))
            to.unlink()

    def copy_and_truncate(self) -> None:
        self.whole()
        if self.log.exists():
            shutil.copy2(self.log, self.archive())
            os.truncate(self.log, 0)


def test_lines_come_as_they_are_written(tmp_path: Path) -> None:
    writer, reading = Writer(tmp_path), follower(tmp_path)

    got = drained(reading)
    writer.append(3)
    got += drained(reading)
    writer.begin_a_line()
    got += drained(reading)
    unfinished = len(got)
    writer.append(1)
    got += drained(reading)

    assert unfinished == 3
    assert got == writer.written


@pytest.mark.parametrize(
    "rotation",
    [Writer.rename, Writer.rename_and_create, Writer.rename_and_pack, Writer.copy_and_truncate],
)
@pytest.mark.parametrize("read_before", [True, False])
def test_what_was_not_read_before_a_rotation_is_read_after_it(
    tmp_path: Path, rotation, read_before: bool
) -> None:
    writer, reading = Writer(tmp_path), follower(tmp_path)
    writer.append(50)
    got = drained(reading)

    writer.append(20)
    if read_before:
        got += drained(reading)
    rotation(writer)
    writer.append(30)
    got += drained(reading)

    assert got == writer.written


@pytest.mark.parametrize("seed", range(60))
def test_any_order_of_writes_rotations_and_restarts_gives_every_line_once(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    writer, reading = Writer(tmp_path), follower(tmp_path)
    got: list[bytes] = []
    writer.append(1)
    got += drained(reading)
    saved = (len(got), reading.place)
    for _ in range(40):
        action = chance.choice(
            ["append"] * 4 + ["begin", "look", "look", "drain", "save", "kill", "rotate"]
        )
        if action == "append":
            writer.append(chance.randrange(1, 40))
        elif action == "begin":
            writer.begin_a_line()
        elif action == "look":
            got += [line or b"" for line in reading.next().lines]
        elif action == "drain":
            got += drained(reading)
        elif action == "save":
            saved = (len(got), reading.place)
        elif action == "kill":
            reading.close()
            reading = follower(tmp_path, Place.of(saved[1].text))
            del got[saved[0] :]
        else:
            rotations = [Writer.rename, Writer.rename_and_create, Writer.rename_and_pack]
            chance.choice([*rotations, Writer.copy_and_truncate])(writer)
            writer.append(chance.randrange(1, 5))
            # Two rotations by copying within a look cannot be told apart by anybody.
            got += drained(reading)
    writer.append(1)
    got += drained(reading)

    assert got == writer.written


def test_a_file_cut_shorter_in_place_is_not_read_twice(tmp_path: Path) -> None:
    writer, reading = Writer(tmp_path), follower(tmp_path)
    writer.append(100)
    got = drained(reading)

    os.truncate(writer.log, writer.log.read_bytes().index(b"\n50 ") + 1)
    got += drained(reading)
    writer.append(2)
    got += drained(reading)

    assert got == writer.written


def test_what_was_written_over_in_place_with_more_than_before_is_read(tmp_path: Path) -> None:
    writer, reading = Writer(tmp_path), follower(tmp_path)
    writer.append(5)
    got = drained(reading)
    shutil.copy2(writer.log, writer.archive())
    os.truncate(writer.log, 0)
    writer.append(200)
    got += drained(reading)

    assert got == writer.written


def test_a_log_that_is_gone_without_a_copy_is_given_up_and_the_next_one_read(
    tmp_path: Path,
) -> None:
    writer, reading = Writer(tmp_path), follower(tmp_path)
    writer.append(5)
    drained(reading)
    place = reading.place
    reading.close()

    writer.log.unlink()
    writer.append(3)
    again = follower(tmp_path, place)
    early = drained(again, looks=int(follow.SOUGHT) - 10, step=1.0)
    got = drained(again, looks=20, step=1.0)

    assert early == []
    assert got == writer.written[5:]


def test_a_log_that_is_gone_is_not_waited_for_where_there_are_no_archives(tmp_path: Path) -> None:
    writer, reading = Writer(tmp_path), following(tmp_path / "conn.log")
    writer.append(5)
    drained(reading)
    writer.log.unlink()
    writer.append(3)

    again = following(tmp_path / "conn.log", place=reading.place)

    assert drained(again, step=0.0) == writer.written[5:]


def given_up(writer: Writer, beyond: int) -> tuple[Path, Place]:
    """A log of which so many lines were not read when it went elsewhere, and the place after."""
    reading = follower(writer.folder)
    writer.append(5)
    drained(reading)
    reading.close()
    writer.append(beyond)
    elsewhere = writer.folder / "elsewhere"
    writer.log.rename(elsewhere)
    os.utime(elsewhere, ns=(reading.place.modified, reading.place.modified))
    writer.append(3)
    again = follower(writer.folder, reading.place)
    assert drained(again, looks=200, step=1.0) == writer.written[-3:]
    return elsewhere, again.place


@pytest.mark.parametrize("packed", [True, False])
def test_a_log_that_comes_back_after_it_was_given_up_is_read_on_and_not_again(
    tmp_path: Path, packed: bool
) -> None:
    writer = Writer(tmp_path)
    elsewhere, place = given_up(writer, beyond=4)
    back = writer.archive()
    data = elsewhere.read_bytes()
    back.write_bytes(gzip.compress(data) if packed else data)
    shutil.copystat(elsewhere, back)
    again = follower(tmp_path, Place.of(place.text))
    writer.rename()
    writer.append(1)

    got = drained(again, looks=20)

    assert got == [*writer.written[5:9], writer.written[-1]]
    assert again.place.left == ()


def test_a_log_that_came_back_is_read_on_after_a_restart_in_its_middle(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    elsewhere, place = given_up(writer, beyond=20_000)
    elsewhere.rename(writer.archive())
    again = follower(tmp_path, place)
    writer.rename()
    got: list[bytes] = []
    while not 0 < len(got) < 20_000:
        CLOCK.now += 1.0
        got += [line or b"" for line in again.next().lines]
    again.close()
    assert again.place.left != ()

    got += drained(follower(tmp_path, Place.of(again.place.text)))

    assert got == writer.written[5:20_005]


def test_the_files_that_were_given_up_are_bounded(tmp_path: Path) -> None:
    writer, reading = Writer(tmp_path), following(tmp_path / "conn.log")
    for _ in range(follow.LEFT + 3):
        writer.append(2)
        drained(reading)
        reading.close()
        writer.log.unlink()

    drained(reading)

    assert len(reading.place.left) == follow.LEFT


def test_a_place_of_an_earlier_version_is_understood() -> None:
    text = '{"head":"1:a","offset":7,"line":2,"modified":3,"done":["1:b"]}'

    assert Place.of(text) == Place(head="1:a", offset=7, line=2, modified=3, done=("1:b",))


def test_an_archive_that_is_dated_back_when_it_is_packed_is_still_the_one(tmp_path: Path) -> None:
    writer, reading = Writer(tmp_path), follower(tmp_path)
    writer.append(20_000)
    got = [line or b"" for line in [*reading.next().lines, *reading.next().lines]]
    reading.close()
    packed, written = gzip.compress(writer.log.read_bytes()), writer.log.stat().st_mtime_ns
    writer.log.unlink()
    archive = tmp_path / "conn.0001.log.gz"
    archive.write_bytes(packed[: len(packed) // 2])
    later = written + 60 * 10**9
    os.utime(archive, ns=(later, later))
    again = follower(tmp_path, reading.place)
    got += drained(again)

    archive.write_bytes(packed)
    os.utime(archive, ns=(written, written))
    got += drained(again)

    assert got == writer.written


def test_an_archive_that_is_still_being_packed_is_waited_for(tmp_path: Path) -> None:
    writer, reading = Writer(tmp_path), follower(tmp_path)
    writer.append(3000)
    got = [line or b"" for line in [*reading.next().lines, *reading.next().lines]]
    place = reading.place
    reading.close()
    packed = gzip.compress(writer.log.read_bytes())
    writer.log.unlink()
    archive = tmp_path / "conn.0001.log.gz"
    archive.write_bytes(packed[: len(packed) // 2])
    again = follower(tmp_path, place)
    got += drained(again)

    archive.write_bytes(packed)
    writer.append(1)
    got += drained(again)

    assert got == writer.written


def packed_meanwhile(folder: Path) -> tuple[Writer, list[bytes], Place, bytes]:
    """A line of a log was read to a place; what is in it now is packed, and the log is gone."""
    writer, reading = Writer(folder), follower(folder)
    writer.append(1)
    got = drained(reading)
    reading.close()
    writer.append(20_000)
    packed = gzip.compress(writer.log.read_bytes())
    writer.log.unlink()
    return writer, got, reading.place, packed


def test_an_archive_that_stays_broken_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    writer, got, place, packed = packed_meanwhile(tmp_path)
    (tmp_path / "conn.0001.log.gz").write_bytes(packed[: len(packed) // 2])
    before = len(writer.written)
    writer.append(3)

    again = follower(tmp_path, place)
    until = CLOCK.now + follow.STILL
    while CLOCK.now < until:
        CLOCK.now += 1.0
        got += [line or b"" for line in again.next().lines]
    waited = list(got)
    got += drained(again, looks=10, step=1.0)

    assert len(got) > 5000
    assert waited == writer.written[: len(waited)]
    assert got == waited + writer.written[before:]


def test_an_archive_that_grows_is_not_given_up_however_long_it_takes(tmp_path: Path) -> None:
    writer, got, place, packed = packed_meanwhile(tmp_path)
    archive = tmp_path / "conn.0001.log.gz"
    again = follower(tmp_path, place)
    for part in range(1, 21):
        archive.write_bytes(packed[: len(packed) * part // 20])
        got += drained(again, looks=30, step=1.0)

    assert got == writer.written


def test_an_archive_that_was_broken_is_read_on_when_it_is_whole(tmp_path: Path) -> None:
    writer, got, place, packed = packed_meanwhile(tmp_path)
    archive = tmp_path / "conn.0001.log.gz"
    archive.write_bytes(packed[: len(packed) // 2])
    again = follower(tmp_path, place)
    got += drained(again, looks=100, step=1.0)

    archive.write_bytes(packed)
    got += drained(again)

    assert got == writer.written


def test_a_position_that_is_none_is_the_beginning() -> None:
    assert Place.of("17") == Place.of(None) == Place()


def test_a_folder_in_place_of_the_log_is_waited_out(tmp_path: Path) -> None:
    (tmp_path / "conn.log").mkdir()
    reading = follower(tmp_path)
    assert drained(reading) == []

    (tmp_path / "conn.log").rmdir()
    writer = Writer(tmp_path)
    writer.append(2)

    assert drained(reading) == writer.written


@dataclass
class Counted:
    """How often a folder was listed and a file's status asked for."""

    globs: list[Path] = field(default_factory=list)
    stats: list[Path] = field(default_factory=list)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    count, glob, stat = Counted(), Path.glob, Path.stat

    def globbed(self: Path, pattern: str) -> Iterator[Path]:
        count.globs.append(self)
        return glob(self, pattern)

    def asked(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        count.stats.append(self)
        return stat(self, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "glob", globbed)
    monkeypatch.setattr(Path, "stat", asked)
    return count


def read_and_renamed(folder: Path) -> Place:
    """A place in a log that has become an archive; nothing bears its name."""
    writer, reading = Writer(folder), follower(folder)
    writer.append(3)
    drained(reading)
    writer.rename()
    drained(reading)
    return reading.place


def test_archives_are_looked_for_once_a_second_while_no_log_is_there(
    tmp_path: Path, counted: Counted
) -> None:
    reading = follower(tmp_path, read_and_renamed(tmp_path))
    counted.globs.clear()
    counted.stats.clear()

    assert drained(reading, looks=500, step=0.02) == []

    archive = tmp_path / "conn.0001.log"
    assert 9 <= len(counted.globs) <= 11
    assert counted.stats.count(archive) <= 11
    assert len(counted.stats) < 600


def test_a_log_that_comes_to_its_name_is_read_at_once(tmp_path: Path) -> None:
    writer, reading = Writer(tmp_path), follower(tmp_path, read_and_renamed(tmp_path))
    drained(reading, step=0.0)

    writer.log.touch()
    drained(reading, step=0.0)
    writer.append(2)

    assert drained(reading, step=0.0) == writer.written


def test_a_look_that_takes_long_is_followed_by_a_longer_rest(
    tmp_path: Path, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = follower(tmp_path, read_and_renamed(tmp_path))
    glob = Path.glob

    def slow(self: Path, pattern: str) -> Iterator[Path]:
        CLOCK.now += 1.0
        return glob(self, pattern)

    monkeypatch.setattr(Path, "glob", slow)
    counted.globs.clear()
    drained(reading, looks=200)

    assert 4 <= len(counted.globs) <= 6


def test_folders_of_days_before_the_place_are_not_listed(tmp_path: Path, counted: Counted) -> None:
    place = Place(modified=read_and_renamed(tmp_path).modified)
    days = [tmp_path / f"2023-11-{day}" for day in (10, 11, 12, 13, 14)]
    for age, day in enumerate(reversed(days)):
        day.mkdir()
        (day / "conn.x.log").write_bytes(b"a line\n" if age == 0 else b"")
        past = place.modified - age * follow.DAY
        os.utime(day, ns=(past, past))
    reading = following(tmp_path / "conn.log", f"{tmp_path}/????-??-??/conn.*", place=place)
    counted.globs.clear()

    got = drained(reading, looks=1)

    assert got == [b"a line"]
    assert set(counted.globs) & set(days) == set(days[-2:])

"""Suricata's EVE files while they are written: every flow once, whatever rotates them."""

import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from netheed.core.networks import AddressWords
from netheed.errors import BadRecordError
from netheed.ports import Read
from netheed.records import Tally
from netheed.sources.eve_file import GONE, MOST, EveFile, EveFileSettings
from tests.lines import EVE_FLOW, changed

DAY = 86_400


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A source over a pattern below a folder; time goes on by two seconds a look."""

    def __init__(self, folder: Path, pattern: str = "eve*.json", **given: Any) -> None:
        self.folder, self.clock = folder, Clock()
        self.tally, self.bad = Tally(), list[BadRecordError]()
        self.source = EveFile(
            settings=EveFileSettings(path=f"{folder}/{pattern}"),
            words=lambda _: AddressWords(),
            tally=self.tally,
            on_bad=self.bad.append,
            clock=self.clock,
            **given,
        )
        self.positions: dict[str, str] = {}
        self.reads: Iterator[Read] = iter(())
        self.ended: list[str] = []

    def write(self, name: str, *numbers: int) -> None:
        with (self.folder / name).open("ab") as file:
            file.writelines(changed(EVE_FLOW, flow_id=number) for number in numbers)

    def start(self) -> "Watched":
        self.reads = self.source.reads(dict(self.positions))
        return self

    def looked(self, times: int = 12) -> dict[str, list[int]]:
        """The flows of some Reads by the name of their origin."""
        found: dict[str, list[int]] = {}
        for _ in range(times):
            read = next(self.reads)
            self.clock.now += 2.0
            self.positions[read.origin] = read.position
            self.ended += [Path(read.origin).name] * read.last
            if len(read.batch):
                flows = found.setdefault(Path(read.origin).name, [])
                flows += [int(uid) for uid in read.batch.uid.told(slice(None))]
        return found

    def stop(self) -> None:
        self.source.stop()
        assert len(list(self.reads)) <= MOST


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Makes sources that are stopped in the end."""
    made: list[Watched] = []

    def make(*given: Any, folder: Path = tmp_path, **named: Any) -> Watched:
        made.append(Watched(folder, *given, **named))
        return made[-1]

    yield make
    for one in made:
        one.stop()


Watching = Callable[..., Watched]


def restarted(before: Watched, watching: Watching) -> Watched:
    """Another run, from where this one came to."""
    before.stop()
    other = watching(Path(before.source.settings.path).name)
    other.positions = before.positions
    return other.start()


def test_each_threads_file_is_an_origin_of_its_own(watching: Watching, tmp_path: Path) -> None:
    watched = watching()
    watched.write("eve.1.json", 1, 2)
    watched.write("eve.2.json", 3)
    watched.start()

    first = watched.looked()
    watched.write("eve.2.json", 4)

    assert first == {"eve.1.json": [1, 2], "eve.2.json": [3]}
    assert watched.looked() == {"eve.2.json": [4]}


def test_a_file_that_comes_later_is_read_from_its_beginning(
    watching: Watching, tmp_path: Path
) -> None:
    watched = watching().start()
    nobody = next(watched.reads)

    watched.write("eve.json", 1)

    assert watched.looked() == {"eve.json": [1]}
    assert nobody.origin == f"{tmp_path}/eve*.json"
    assert watched.ended == ["eve*.json"]


@pytest.mark.parametrize("name", ["eve.json.1", "eve.json-20261126", "eve-20261126.json"])
@pytest.mark.parametrize("pattern", ["eve*.json", "eve.json"])
def test_a_log_that_is_renamed_is_read_once_to_its_end(
    watching: Watching, tmp_path: Path, pattern: str, name: str
) -> None:
    watched = watching(pattern)
    watched.write("eve.json", 1)
    watched.start()
    first = watched.looked()
    watched.write("eve.json", 2)
    (tmp_path / "eve.json").rename(tmp_path / name)
    watched.write(name, 3)
    between = watched.looked()
    watched.write("eve.json", 4)

    assert first == {"eve.json": [1]}
    assert between == {"eve.json": [2, 3]}
    assert watched.looked(30) == {"eve.json": [4]}


@pytest.mark.parametrize("name", ["eve.json.1", "eve-20261126.json"])
def test_a_log_that_is_renamed_meanwhile_is_read_on_and_not_again(
    watching: Watching, tmp_path: Path, name: str
) -> None:
    watched = watching()
    watched.write("eve.json", 1)
    watched.start().looked()
    watched.write("eve.json", 2)
    (tmp_path / "eve.json").rename(tmp_path / name)
    watched.write("eve.json", 3)

    again = restarted(watched, watching)

    assert again.looked(30) == {"eve.json": [2, 3]}


def test_a_log_that_was_packed_meanwhile_is_read_on(watching: Watching, tmp_path: Path) -> None:
    watched = watching("eve.json")
    watched.write("eve.json", 1)
    watched.start().looked()
    watched.write("eve.json", 2)
    packed = tmp_path / "eve.json.1.gz"
    packed.write_bytes(gzip.compress((tmp_path / "eve.json").read_bytes()))
    (tmp_path / "eve.json").unlink()
    watched.write("eve.json", 3)

    assert restarted(watched, watching).looked(30) == {"eve.json": [2, 3]}


def test_copytruncate_loses_nothing_that_the_copy_has(watching: Watching, tmp_path: Path) -> None:
    watched = watching()
    watched.write("eve.json", 1)
    watched.start().looked()
    watched.write("eve.json", 2)

    shutil.copyfile(tmp_path / "eve.json", tmp_path / "eve.json.1")
    os.truncate(tmp_path / "eve.json", 0)
    watched.write("eve.json", 3)

    assert watched.looked(30) == {"eve.json": [2, 3]}


def test_files_with_dates_in_their_names_are_one_origin(watching: Watching, tmp_path: Path) -> None:
    watched = watching("eve-%Y-%m-%d.json")
    watched.write("eve-2026-11-25.json", 1)
    watched.start()
    first = watched.looked()
    watched.write("eve-2026-11-25.json", 2)
    watched.write("eve-2026-11-26.json", 3)
    second = watched.looked(20)
    watched.write("eve-2026-11-26.json", 4)

    assert first == {"eve-%Y-%m-%d.json": [1]}
    assert second == {"eve-%Y-%m-%d.json": [2, 3]}
    assert watched.looked() == {"eve-%Y-%m-%d.json": [4]}


def test_days_that_passed_while_nobody_read_are_read_in_their_order(
    watching: Watching, tmp_path: Path
) -> None:
    watched = watching("eve-%d.json")
    watched.write("eve-24.json", 1)
    watched.start().looked()
    watched.write("eve-24.json", 2)
    for at, day in enumerate((24, 25, 26)):
        if day > 24:
            watched.write(f"eve-{day}.json", day)
        later = (tmp_path / "eve-24.json").stat().st_mtime + at
        os.utime(tmp_path / f"eve-{day}.json", (later, later))

    assert restarted(watched, watching).looked(30) == {"eve-%d.json": [2, 25, 26]}


def test_a_file_that_netheed_writes_itself_is_left_out(watching: Watching, tmp_path: Path) -> None:
    own = frozenset([str(tmp_path.resolve() / "eve-netheed.json")])
    watched = watching(own=own)
    watched.write("eve-netheed.json", 1)
    watched.write("eve.json", 2)

    assert watched.start().looked() == {"eve.json": [2]}


def test_files_that_lie_there_for_a_day_are_left_where_they_are(
    watching: Watching, tmp_path: Path
) -> None:
    watched = watching()
    watched.write("eve-old.json", 1)
    watched.write("eve.json", 2)
    old = (tmp_path / "eve.json").stat().st_mtime - DAY - 10
    os.utime(tmp_path / "eve-old.json", (old, old))

    assert watched.start().looked() == {"eve.json": [2]}


def test_a_log_whose_file_has_been_gone_for_long_has_ended(
    watching: Watching, tmp_path: Path
) -> None:
    watched = watching()
    watched.write("eve.1.json", 1)
    watched.write("eve.2.json", 2)
    watched.start().looked()
    (tmp_path / "eve.2.json").unlink()

    watched.looked()
    before = list(watched.ended)
    watched.clock.now += GONE
    watched.looked()

    assert (before, watched.ended) == ([], ["eve.2.json"])
    assert watched.positions[f"{tmp_path}/eve.2.json"] == ""


def test_a_busy_log_does_not_hide_that_another_is_silent(
    watching: Watching, tmp_path: Path
) -> None:
    watched = watching()
    watched.write("eve.1.json", 1)
    watched.write("eve.2.json", 2)
    watched.start().looked()

    origins = set()
    for number in range(60):
        watched.write("eve.1.json", number)
        origins.add(Path(next(watched.reads).origin).name)

    assert origins == {"eve.1.json", "eve.2.json"}


def test_no_more_logs_than_the_cap_are_followed(watching: Watching, tmp_path: Path) -> None:
    watched = watching()
    for number in range(MOST + 3):
        watched.write(f"eve.{number}.json", number)

    assert len(watched.start().looked(2 * MOST + 2)) == MOST


def test_a_line_that_cannot_be_read_is_told_with_its_file(
    watching: Watching, tmp_path: Path
) -> None:
    watched = watching()
    watched.write("eve.json", 1)
    with (tmp_path / "eve.json").open("ab") as file:
        file.write(b'{"event_type":"flow"\n')
    watched.write("eve.json", 2)

    assert watched.start().looked() == {"eve.json": [1, 2]}
    assert [error.where for error in watched.bad] == [f"{tmp_path}/eve.json:2"]


def test_a_folder_that_is_not_there_is_a_problem_of_the_path_and_may_come(
    watching: Watching, tmp_path: Path
) -> None:
    folder = tmp_path / "suricata"
    watched = watching(folder=folder).start()

    assert {problem.setting for problem in watched.source.problems()} == {"path"}
    assert watched.looked(3) == {}
    folder.mkdir()
    watched.write("eve.json", 1)
    assert watched.looked() == {"eve.json": [1]}
    assert list(watched.source.problems()) == []


def test_wildcards_and_dates_of_a_folder_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="only the name of a file"):
        msgspec.convert({"type": "eve_file", "path": "/var/*/eve.json"}, EveFileSettings)


def test_its_logs_are_its_own_and_others_are_not(watching: Watching, tmp_path: Path) -> None:
    source = watching().source

    assert source.owns(f"{tmp_path}/eve.3.json")
    assert source.owns(f"{tmp_path}/eve*.json")
    assert not source.owns(f"{tmp_path}/conn.log")

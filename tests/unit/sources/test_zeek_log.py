"""Zeek's conn.log while it is written: the connections are those of the finished files."""

import errno
import gzip
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from netheed.core.columns import Columns
from netheed.core.networks import AddressWords
from netheed.errors import BadRecordError
from netheed.ports import Read
from netheed.records import Tally
from netheed.sources.follow import Place
from netheed.sources.zeek_log import ZeekLog, ZeekLogSettings
from tests.acts import ZEEK_DCE_RPC
from tests.lines import CONN_JSON, TSV_HEADER, TSV_ROW

LINES_OF_HEADER = TSV_HEADER.count(b"\n")


class Watched:
    """A source over tmp_path/current/conn.log, and what was told of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "current" / "conn.log"
        self.path.parent.mkdir(exist_ok=True)
        self.tally, self.bad = Tally(), list[BadRecordError]()
        self.source = ZeekLog(
            settings=ZeekLogSettings(path=str(self.path)),
            words=lambda _: AddressWords(),
            tally=self.tally,
            on_bad=self.bad.append,
        )

    def write(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def rows(*numbers: int) -> bytes:
    return b"".join(TSV_ROW.replace(b"CHhAvVGS1DHFjwGM9", b"C%d" % n) for n in numbers)


def looked(reads: Iterator[Read], times: int = 6) -> tuple[list[str], str]:
    """The uids of some Reads, and the last position."""
    read = [next(reads) for _ in range(times)]
    batch = Columns.joined([one.batch for one in read])
    return [str(uid) for uid in batch.uid.told(slice(None))], read[-1].position


def end(watched: Watched, reads: Iterator[Read]) -> None:
    watched.source.stop()
    assert list(reads) == []


def test_records_come_as_they_are_written(watched: Watched) -> None:
    watched.write(TSV_HEADER + rows(1, 2))
    reads = watched.source.reads({})

    first, _ = looked(reads)
    watched.write(rows(3)[:40])
    half, _ = looked(reads)
    watched.write(rows(3)[40:])
    rest, _ = looked(reads)

    end(watched, reads)
    assert (first, half, rest) == (["C1", "C2"], [], ["C3"])


def test_reading_goes_on_in_the_middle_of_a_file_that_has_a_header(tmp_path: Path) -> None:
    before = Watched(tmp_path)
    before.write(TSV_HEADER + rows(1, 2))
    reads = before.source.reads({})
    _, position = looked(reads)
    end(before, reads)

    after = Watched(tmp_path)
    after.write(rows(3) + b"broken\n" + rows(4))
    reads = after.source.reads({str(after.path): position})
    found, _ = looked(reads)

    end(after, reads)
    assert found == ["C3", "C4"]
    assert [error.where for error in after.bad] == [f"{after.path}:{LINES_OF_HEADER + 4}"]
    assert after.tally.connections == 2


def test_the_rest_of_a_log_that_zeekctl_has_packed_is_read_from_its_archive(
    tmp_path: Path,
) -> None:
    before = Watched(tmp_path)
    before.write(TSV_HEADER + rows(1))
    reads = before.source.reads({})
    _, position = looked(reads)
    end(before, reads)
    before.write(rows(2, 3) + b"#close\t2023-11-14-23-00-00\n")
    day = tmp_path / "2023-11-14"
    day.mkdir()
    packed = day / "conn.22:00:00-23:00:00.log.gz"
    packed.write_bytes(gzip.compress(before.path.read_bytes()))
    (day / "conn-summary.22:00:00-23:00:00.log.gz").write_bytes(gzip.compress(b"#a summary\n"))
    before.path.unlink()

    after = Watched(tmp_path)
    after.write(TSV_HEADER.replace(b"22-13-20", b"23-00-00") + rows(4))
    reads = after.source.reads({str(after.path): position})
    found, _ = looked(reads)

    end(after, reads)
    assert found == ["C2", "C3", "C4"]
    assert after.bad == []


def test_a_log_may_turn_from_tsv_to_json_at_a_rotation(watched: Watched) -> None:
    watched.write(TSV_HEADER + rows(1))
    reads = watched.source.reads({})
    first, _ = looked(reads)
    watched.path.rename(watched.path.with_name("conn.2023-11-14-22-13-20.log"))
    watched.write(CONN_JSON)

    second, _ = looked(reads)

    end(watched, reads)
    assert (first, second) == (["C1"], ["CHhAvVGS1DHFjwGM9"])


def test_its_path_is_the_origin_and_no_other(watched: Watched) -> None:
    assert watched.source.owns(str(watched.path))
    assert not watched.source.owns("conn.log")


def test_a_log_that_is_there_or_may_come_is_no_problem(watched: Watched) -> None:
    before = list(watched.source.problems())
    watched.write(TSV_HEADER)

    assert before == list(watched.source.problems()) == []


def test_a_log_that_cannot_be_read_is_a_problem_of_its_path(watched: Watched) -> None:
    watched.path.mkdir()

    assert list(watched.source.problems()) == [("path", f"{watched.path}: Is a directory")]


def test_a_pipe_is_a_problem_and_holds_nobody_up(watched: Watched) -> None:
    os.mkfifo(watched.path)

    told = list(watched.source.problems())

    assert told == [("path", f"{watched.path}: no file that can be followed")]
    assert looked(watched.source.reads({})) == ([], Place().text)


def test_a_folder_that_is_not_there_is_a_problem_of_the_path(watched: Watched) -> None:
    folder = watched.path.parent
    folder.rmdir()

    assert list(watched.source.problems()) == [("path", f"{folder}: No such file or directory")]


def test_a_folder_that_cannot_be_listed_is_a_problem_of_the_path(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)

    assert list(watched.source.problems()) == [
        ("path", f"{watched.path.parent}: Permission denied")
    ]


def test_named_archives_take_the_place_of_the_usual_ones(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.source.settings = ZeekLogSettings(
        path=str(watched.path), archives=(f"{tmp_path}/old/*.gz",)
    )
    watched.write(CONN_JSON)
    reads = watched.source.reads({})
    looked(reads)
    end(watched, reads)
    # What follows was packed where nobody would look for it.
    position = looked_at_the_end(watched)
    (tmp_path / "old").mkdir()
    second = CONN_JSON.replace(b"CHhAvVGS1DHFjwGM9", b"C2")
    watched.write(second)
    (tmp_path / "old" / "x.gz").write_bytes(gzip.compress(watched.path.read_bytes()))
    watched.path.unlink()

    again = Watched(tmp_path)
    again.source.settings = watched.source.settings
    reads = again.source.reads({str(again.path): position})
    found, _ = looked(reads)

    end(again, reads)
    assert found == ["C2"]


def looked_at_the_end(watched: Watched) -> str:
    other = Watched(watched.path.parents[1])
    reads = other.source.reads({})
    _, position = looked(reads)
    end(other, reads)
    return position


def test_acts_in_the_log_are_given_beside_its_connections(watched: Watched) -> None:
    watched.write(CONN_JSON + ZEEK_DCE_RPC)
    reads = watched.source.reads({})

    found = [next(reads) for _ in range(4)]

    assert sum(len(read.batch) for read in found) == 1
    assert sum(len(read.acts) for read in found) == 1
    end(watched, reads)


def test_what_is_written_and_not_read_is_its_lag(tmp_path: Path) -> None:
    watched, now = Watched(tmp_path), [100.0]
    watched.source.clock = lambda: now[0]
    watched.write(TSV_HEADER + rows(1))
    reads = watched.source.reads({})
    looked(reads)
    now[0] = 110.0
    looked(reads, 1)
    assert watched.source.lag == 0.0

    watched.write(rows(*range(2, 9_000)))  # several blocks
    now[0] = 112.0
    looked(reads, 1)

    assert watched.source.lag == 2.0  # written since the last look, perhaps at once
    looked(reads, 8)
    assert watched.source.lag == 0.0
    end(watched, reads)


@pytest.mark.parametrize("how", ["renamed", "copied"])
def test_what_a_rotation_leaves_to_be_read_is_lag_since_the_end_was_read_last(
    tmp_path: Path, how: str
) -> None:
    watched, now, lags = Watched(tmp_path), [100.0], []
    watched.source.clock = lambda: now[0]
    watched.write(TSV_HEADER + rows(1))
    reads = watched.source.reads({})
    looked(reads)
    now[0] = 110.0
    looked(reads, 2)

    old = watched.path.with_name("conn.2023-11-14-22-13-20.log")
    watched.write(rows(*range(2, 4_500)))
    if how == "renamed":
        watched.path.rename(old)
    else:
        shutil.copyfile(watched.path, old)
        os.truncate(watched.path, 0)
    watched.write(TSV_HEADER + rows(*range(4_500, 9_000)))
    for _ in range(30):
        now[0] += 1.0
        if watched.tally.connections < 8_999:
            lags.append(watched.source.lag)
        looked(reads, 1)

    assert watched.tally.connections == 8_999
    assert len(lags) > 3
    assert lags == [1.0 + at for at in range(len(lags))]
    assert watched.source.lag == 0.0
    end(watched, reads)


def test_a_sample_of_a_log_is_counted_to_the_connection(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.write(TSV_HEADER + rows(1))
    reads = watched.source.reads({})
    looked(reads)
    watched.source.intake.halvings = 3

    watched.write(rows(*range(2, 2_002)))
    uids, _ = looked(reads)

    assert len(uids) + watched.tally.lost["sampled"] == 2_000
    assert 180 < len(uids) < 320
    end(watched, reads)

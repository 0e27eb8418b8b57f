"""One log that is written, as Reads."""

from pathlib import Path

from netheed.core.networks import AddressWords
from netheed.errors import BadRecordError
from netheed.ports import Read
from netheed.records import Tally
from netheed.sources.follow import Follower, Place
from netheed.sources.followed import FollowedLog, problems_of, unlisted
from tests.acts import ZEEK_DCE_RPC
from tests.lines import CONN_JSON, EVE_FLOW, TSV_HEADER, TSV_ROW

LINES = TSV_HEADER.count(b"\n")


def followed(path: Path, bad: list[BadRecordError], position: str = "") -> FollowedLog:
    return FollowedLog(
        origin="origin",
        follower=Follower(path=path, clock=lambda: 0.0, place=Place.of(position)),
        words=AddressWords(),
        tally=Tally(),
        on_bad=bad.append,
    )


def looked(log: FollowedLog) -> list[Read]:
    reads = [log.next() for _ in range(4)]
    log.close()
    return reads


def test_connections_names_and_acts_come_with_the_origin_and_its_position(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(CONN_JSON + ZEEK_DCE_RPC + EVE_FLOW)

    reads = looked(followed(path, []))

    assert sum(len(read.batch) for read in reads) == 2
    assert sum(len(read.acts) for read in reads) == 1
    assert {read.origin for read in reads} == {"origin"}
    assert Place.of(reads[-1].position).line == 3


def test_reading_goes_on_behind_a_header_that_was_read_before(tmp_path: Path) -> None:
    path, bad = tmp_path / "log", list[BadRecordError]()
    path.write_bytes(TSV_HEADER + TSV_ROW)
    position = looked(followed(path, bad))[-1].position
    with path.open("ab") as file:
        file.write(TSV_ROW + b"broken\n")

    reads = looked(followed(path, bad, position))

    assert sum(len(read.batch) for read in reads) == 1
    assert [error.where for error in bad] == [f"{path}:{LINES + 3}"]


def test_what_may_come_is_no_problem_and_what_never_can_is_one(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    assert list(problems_of(tmp_path / "log")) == []
    assert [problem.setting for problem in problems_of(tmp_path / "folder")] == ["path"]
    assert [problem.setting for problem in problems_of(tmp_path / "none" / "log")] == ["path"]
    assert list(unlisted(tmp_path)) == []

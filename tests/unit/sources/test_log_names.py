"""Which files are one log."""

import os
from pathlib import Path

import pytest

from netheed.sources.log_names import LogNames


def found(folder: Path, pattern: str) -> dict[str, list[str]]:
    files = LogNames(f"{folder}/{pattern}").files()
    return {Path(origin).name: [path.name for path in paths] for origin, paths in files.items()}


def write(folder: Path, *names: str) -> None:
    """Files in the order of their last change."""
    for at, name in enumerate(names):
        (folder / name).write_text("{}\n")
        os.utime(folder / name, (1000 + at, 1000 + at))


def test_a_plain_path_is_one_log_though_it_is_not_there(tmp_path: Path) -> None:
    assert found(tmp_path, "eve.json") == {"eve.json": ["eve.json"]}


def test_each_file_that_fits_a_wildcard_is_a_log(tmp_path: Path) -> None:
    write(tmp_path, "eve.json", "eve.1.json", "eve.json.1", "stats.log")

    assert found(tmp_path, "eve*.json") == {"eve.json": ["eve.json"], "eve.1.json": ["eve.1.json"]}


def test_an_empty_file_and_a_folder_are_no_log_yet(tmp_path: Path) -> None:
    (tmp_path / "eve.1.json").touch()
    (tmp_path / "eve.2.json").mkdir()

    assert found(tmp_path, "eve*.json") == {}


def test_files_with_dates_are_one_log_the_newest_last(tmp_path: Path) -> None:
    write(tmp_path, "eve-2026-11-27.json", "eve-2026-11-26.json", "eve-netheed.json")

    assert found(tmp_path, "eve-%Y-%m-%d.json") == {
        "eve-%Y-%m-%d.json": ["eve-2026-11-27.json", "eve-2026-11-26.json"]
    }


def test_threads_with_dates_are_a_log_each(tmp_path: Path) -> None:
    write(tmp_path, "eve-26.1.json", "eve-27.1.json", "eve-27.2.json", "eve-27.json")

    assert found(tmp_path, "eve-%d.*.json") == {
        "eve-%d.1.json": ["eve-26.1.json", "eve-27.1.json"],
        "eve-%d.2.json": ["eve-27.2.json"],
    }


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("eve-%F-%T.json", "eve-2026-11-26-10:00:00.json", True),
        ("eve-%F.json", "eve-26-11-2026.json", False),
        ("eve-%b%d.json", "eve-Nov26.json", True),
        ("eve-%s.json", "eve-1764150000.json", True),
        ("eve%%-%H.json", "eve%-09.json", True),
        ("eve.?.json", "eve.1.json", True),
        ("eve.?.json", "eve.12.json", False),
        ("eve.[!a-f].json", "eve.a.json", False),
        ("eve.[12].json", "eve.2.json", True),
        ("eve(1)*.json", "eve(1).json", True),
    ],
)
def test_what_fits_a_name(tmp_path: Path, pattern: str, name: str, fits: bool) -> None:
    write(tmp_path, name)

    assert bool(found(tmp_path, pattern)) is fits


@pytest.mark.parametrize(
    "pattern", ["eve.json", "eve*.json", "eve-%F.?.json", "eve-%b%d.json", "e[!a]e.[12].json"]
)
def test_examples_are_files_that_fit(pattern: str) -> None:
    names = LogNames(f"/logs/{pattern}")

    assert any(map(names.fits, names.examples))


def test_a_log_is_owned_by_the_name_that_it_is_given(tmp_path: Path) -> None:
    write(tmp_path, "eve-26.1.json", "eve-27.json")
    threads, days = LogNames(f"{tmp_path}/eve-%d.*.json"), LogNames(f"{tmp_path}/eve-%d.json")

    assert [threads.owns(origin) for origin in threads.files()] == [True]
    assert [days.owns(origin) for origin in days.files()] == [True]
    assert not threads.owns(f"{tmp_path}/eve-26.1.json")
    assert not threads.owns("/elsewhere/eve-%d.1.json")
    assert LogNames(f"{tmp_path}/eve*.json").owns(f"{tmp_path}/eve.7.json")


@pytest.mark.parametrize("pattern", ["/var/*/eve.json", "/var/%Y/eve.json", "/var/[ab]/eve.json"])
def test_a_folder_has_neither_wildcards_nor_dates(pattern: str) -> None:
    assert LogNames(pattern).misplaced
    assert not LogNames("/var/log/eve-%Y*.json").misplaced


def test_archives_of_a_log_are_what_logrotate_makes_of_it_and_of_no_other(tmp_path: Path) -> None:
    write(
        tmp_path, "eve.json.1", "eve.json.2.gz", "eve.json-20261126", "eve.1.json.1", "eve.1.json"
    )

    patterns = LogNames(f"{tmp_path}/eve*.json").archives(f"{tmp_path}/eve.json")

    assert {path.name for one in patterns for path in tmp_path.glob(Path(one).name)} == {
        "eve.json.1",
        "eve.json.2.gz",
        "eve.json-20261126",
    }


def test_archives_of_a_dated_log_are_its_other_files_packed_or_not(tmp_path: Path) -> None:
    ours = {"eve-2026-11-26.json", "eve-2026-11-25.json.gz"}
    write(tmp_path, *ours, "eve-2026-11-26.1.json", "eve-netheed.json")
    pattern = f"{tmp_path}/eve-%Y-%m-%d.json"

    patterns = LogNames(pattern).archives(pattern)

    assert {path.name for one in patterns for path in tmp_path.glob(Path(one).name)} == ours


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        LogNames(f"{tmp_path}/missing/eve*.json").files()

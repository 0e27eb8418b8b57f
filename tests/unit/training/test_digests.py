"""Kept results are found again while nothing has changed, and not afterwards."""

from pathlib import Path

import pytest

from netheed.training.digests import _code_of, code, digest, with_imports


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "room").mkdir()
    (tmp_path / "__init__.py").touch()
    (tmp_path / "room" / "one.py").write_text("1")
    (tmp_path / "two.py").write_text("2")
    monkeypatch.setattr("netheed.__file__", str(tmp_path / "__init__.py"))
    return tmp_path


def test_parts_that_are_cut_elsewhere_have_another_digest():
    assert digest("ab", "c") != digest("a", "bc")


def test_equal_code_has_an_equal_digest(package: Path):
    assert code(("room", "two.py")) == code(("room", "two.py"))


@pytest.mark.parametrize("changed", ["room/one.py", "two.py", "room/new.py"])
def test_any_change_of_a_maker_changes_the_digest(package: Path, changed: str):
    before = code(("room", "two.py"))

    (package / changed).write_text("3")

    assert code(("room", "two.py")) != before


def test_a_change_elsewhere_changes_nothing(package: Path):
    before = code(("room",))

    (package / "two.py").write_text("3")

    assert code(("room",)) == before


@pytest.fixture
def importing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`netheed.room.a` imports `b` by name and `c` as a module, `c` imports what is outside."""
    room = tmp_path / "room"
    room.mkdir()
    for folder in (tmp_path, room):
        (folder / "__init__.py").touch()
    (room / "a.py").write_text("from netheed.room.b import B\nfrom netheed.room import c\n")
    (room / "b.py").write_text("B = 1\n")
    (room / "c.py").write_text("import os\nimport netheed.outside\n")
    (room / "d.py").write_text("D = 1\n")
    (tmp_path / "outside.py").write_text("X = 1\n")
    monkeypatch.setattr("netheed.__file__", str(tmp_path / "__init__.py"))
    return tmp_path


def imported() -> str:
    _code_of.cache_clear()
    return with_imports("netheed.room.a", "netheed.room")


@pytest.mark.parametrize("changed", ["a", "b", "c"])
def test_what_is_imported_in_the_room_counts(importing: Path, changed: str):
    before = imported()

    (importing / "room" / f"{changed}.py").write_text("from netheed.room import b, c\nX = 2\n")

    assert imported() != before


@pytest.mark.parametrize("changed", ["room/d.py", "outside.py"])
def test_what_is_not_imported_or_not_in_the_room_does_not(importing: Path, changed: str):
    before = imported()

    (importing / changed).write_text("X = 3\n")

    assert imported() == before


def test_what_is_only_said_does_not_count(importing: Path):
    before = imported()

    (importing / "room" / "b.py").write_text('"""Of B."""\n\nB = 1  # one\n"""What it is."""\n')

    assert imported() == before

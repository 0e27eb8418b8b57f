"""Kept results are found again while nothing has changed, and not afterwards."""

from pathlib import Path

import pytest

from netheed.training.digests import code, digest


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

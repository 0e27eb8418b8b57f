"""The whole report."""

import shutil

import pytest

from netheed.errors import NetheedError
from netheed.training.report.report import report


@pytest.fixture
def copied(kept, tmp_path):
    return shutil.copytree(kept, tmp_path / "copied")


def test_everything_lands_beside_the_results(copied):
    report(copied)

    files = {str(path.relative_to(copied)) for path in copied.rglob("*") if path.is_file()}
    assert {"report.md", "report.html", "cells.jsonl", "summary.json"} < files
    text = (copied / "report.md").read_text()
    assert all(name in files for name in _pictures(text))


def test_the_same_results_make_the_same_report(copied):
    names = ("report.md", "report.html", "summary.json")
    report(copied)
    before = [(copied / name).read_bytes() for name in names]

    report(copied)

    assert [(copied / name).read_bytes() for name in names] == before


def test_without_results_there_is_no_report(tmp_path):
    with pytest.raises(NetheedError, match="out: holds no results to report"):
        report(tmp_path / "out")

    assert not (tmp_path / "out").exists()


def _pictures(text):
    return [part.split(")")[0] for part in text.split("](") if part.startswith("pictures/")]

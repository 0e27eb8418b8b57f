"""The whole report."""

import json

from netheed.training.report.report import report


def test_everything_lands_in_one_folder(kept, tmp_path):
    report(kept, tmp_path)

    files = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert {
        "report.md",
        "report.html",
        "results.jsonl",
        "summary.json",
        "search.json",
        "sites.json",
    } < files
    text = (tmp_path / "report.md").read_text()
    assert all(name in files for name in _pictures(text))
    assert json.loads((tmp_path / "search.json").read_text()) == {
        "x": {"settings": {}, "trials": []}
    }


def test_the_same_results_make_the_same_report(kept, tmp_path):
    report(kept, tmp_path / "a")
    report(kept, tmp_path / "b")

    for name in ("report.md", "report.html", "results.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_folder_without_results_makes_a_report_without_rows(tmp_path):
    report(tmp_path, tmp_path / "out")

    assert "| method |" in (tmp_path / "out" / "report.md").read_text()


def _pictures(text):
    return [part.split(")")[0] for part in text.split("](") if part.startswith("pictures/")]

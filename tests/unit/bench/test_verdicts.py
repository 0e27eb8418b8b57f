"""What two revisions say of the same recordings, side by side."""

import json
from pathlib import Path

from bench.verdicts import compared


def write(folder: Path, score: float, kind: str, notices: list[str]) -> Path:
    folder.mkdir()
    window = {"host": "10.0.0.5", "start": "t", "score": score, "class": kind}
    (folder / "a.windows").write_text(json.dumps(window) + "\n")
    told = [{"host": h, "start": "t", "class": "scan", "severity": "low"} for h in notices]
    (folder / "a.notices").write_text("".join(json.dumps(notice) + "\n" for notice in told))
    return folder


def test_moved_scores_other_kinds_and_notices_of_one_only_are_told(tmp_path: Path) -> None:
    before = write(tmp_path / "before", 1.0, "benign", ["10.0.0.5"])
    after = write(tmp_path / "after", 1.5, "scan", ["10.0.0.6"])

    assert list(compared(before, after)) == [
        "a: gone ('t', '10.0.0.5', 'scan', 'low')",
        "a: new ('t', '10.0.0.6', 'scan', 'low')",
        "1 windows, 1 of another kind; notices 1, then 1",
        "scores move by 0.5000 in the median, 0.5000 in 99 of 100, 0.5000 at most",
    ]

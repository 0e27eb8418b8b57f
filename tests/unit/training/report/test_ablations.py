"""The report of ablations."""

from netheed.training.ablations import ALL, MECHANISMS, Ablations, Row
from netheed.training.report.ablations import report


def row(group: str, found: int, part: str = "pairs") -> Row:
    return Row(
        part=part,
        group=group,
        threshold=1.0,
        recorded=(1, 8),
        laid={"polls": (found, 8), "sleeps": (2, 7)},
        grown=((0.0034, 5), (0.025, 4)),
    )


def test_a_row_says_what_was_found_without_a_group(tmp_path):
    mechanism = next(iter(MECHANISMS))
    rows = (row(ALL, 7), row("names", 3), row(mechanism, 4), row(ALL, 0, "hours"))
    report(Ablations(rows=rows, failures=(("x", "why"),), seconds=3.0, worked=9), tmp_path)

    grown = "0.0034 | 5 of 15 | 0.0250 | 4 of 15"
    text = (tmp_path / "ablations.md").read_text()
    head = (
        "| features | recorded attacks | judged implants "
        "| benign looks, 7 times | implants, 7 times | benign looks, 30 times | implants, 30 times "
        "| polls | sleeps |"
    )
    assert head in text
    assert f"| {ALL} | 1 of 8 | 9 of 15 | {grown} | 7 of 8 | 2 of 7 |" in text
    assert f"| names | 1 of 8 | 5 of 15 | {grown} | 3 of 8 | 2 of 7 |" in text
    assert "| x | why |" in text
    added = text.partition("**What the papers add**")[2]
    assert f"| {mechanism} | 1 of 8 | 6 of 15 | {grown} | 4 of 8 | 2 of 7 |" in added
    assert text.count(mechanism) == 1

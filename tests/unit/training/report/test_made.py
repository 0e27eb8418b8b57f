"""What the comparison took stands in its report."""

import shutil

from netheed.training.comparison.kept import FILES, lines
from netheed.training.report.made import TAKEN, section
from netheed.training.report.results import Results


def rows(folder):
    (table,) = section(Results(folder)).parts
    return {row[0]: row[1:] for row in table.rows}


def test_minutes_are_the_sum_of_a_kind_and_the_longest_is_named(kept):
    cells = list(lines(kept / FILES["cell"]))
    site, longest = next(lines(kept / FILES["site"])), max(cells, key=lambda cell: cell.seconds)
    count, minutes, most, which = rows(kept)[TAKEN["cell"]]

    assert (count, which) == (str(len(cells)), longest.name)
    assert float(minutes) == round(sum(cell.seconds for cell in cells) / 60, 1) > 1
    assert most == f"{longest.seconds:.0f}"
    assert rows(kept)[TAKEN["site"]][2:] == (f"{site.seconds:.0f}", "x")


def test_the_last_row_is_of_all(kept):
    found = rows(kept)

    assert list(found)[-1] == "all"
    assert int(found["all"][0]) == sum(int(found[name][0]) for name in TAKEN.values())


def test_what_was_not_worked_out_has_no_row(kept, tmp_path):
    copied = shutil.copytree(kept, tmp_path / "copied")
    (copied / FILES["site"]).unlink()

    assert TAKEN["site"] not in rows(copied)
    assert rows(tmp_path) == {"all": ("0", "0.0", "-", "-")}

"""What a cell is called."""

from netheed.training.comparison.cell import Cell


def test_a_cell_is_called_by_all_that_it_is():
    plain = Cell(protocol="2", split="iot23", method="rules", seed=1)
    changed = Cell(protocol="2", split="iot23", method="rules", seed=1, change="hour")

    assert str(plain) == "2 / iot23 / rules / seed 1"
    assert str(changed) == "2 / iot23 / rules / hour / seed 1"


def test_seeds_share_a_row():
    rows = {Cell(protocol="3", split="x", method="SVM", seed=seed).row for seed in range(3)}

    assert rows == {("3", "x", "SVM", "")}

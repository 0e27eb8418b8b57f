"""Cells are planned once each: every method by every seed, then what only ours is asked."""

from collections import Counter
from itertools import takewhile

import pytest

from netheed.training.attention import ABLATIONS
from netheed.training.comparison.cell import Cell
from netheed.training.comparison.plan import METHODS, UNTUNED, is_searched, method_of, plan
from netheed.training.splits import names

CELL = Cell(protocol="2", split="iot23", method="attention", seed=0)


def test_no_two_cells_are_called_alike():
    cells = [str(cell) for cell in plan(3)]

    assert len(cells) == len(set(cells)) > 500


def test_a_stopped_run_has_whole_tables_of_fewer_seeds():
    cells = list(plan(3))
    first = list(takewhile(lambda cell: cell.change in {"", "hour"}, cells))

    assert [cell.seed for cell in first] == sorted(cell.seed for cell in first)
    assert {cell.seed for cell in first} == {0, 1, 2}
    methods = Counter(cell.method for cell in first)
    assert methods.keys() == METHODS.keys()
    assert len(set(methods.values())) == 1
    rest = [cell.seed for cell in cells[len(first) :]]
    assert rest == sorted(rest)
    assert not any(cell.change in {"", "hour"} for cell in cells[len(first) :])


def test_every_method_stands_on_every_split():
    plain = {(c.protocol, c.split, c.method) for c in plan(1) if not c.change}

    assert plain == {(*split, method) for split in names() for method in METHODS}


def test_every_ablation_of_the_model_has_its_cells():
    assert set(ABLATIONS) <= {cell.change for cell in plan(1) if cell.method == "attention"}


@pytest.mark.parametrize(
    ("method", "protocol", "change", "searched"),
    [
        ("attention", "2", "", True),
        ("attention", "2", UNTUNED, False),
        ("attention", "2-family", "", False),
        ("netheed", "2", "", False),
        ("rules", "2", "", False),
    ],
)
def test_settings_are_searched_for_where_there_are_any_to_choose(
    method, protocol, change, searched
):
    cell = Cell(protocol=protocol, split="iot23", method=method, seed=0, change=change)

    assert is_searched(cell) == searched


def test_an_ablation_is_another_method():
    assert method_of(CELL) is METHODS["attention"]
    changed = Cell(**{**{f: getattr(CELL, f) for f in CELL.__struct_fields__}, "change": "wider"})
    assert method_of(changed).name == "wider"

"""ARCHITECTURE.md says what is there."""

import re
from pathlib import Path

from bench import graph

REPOSITORY = Path(__file__).parents[1]
PACKAGE = REPOSITORY / "plugin" / "netheed"
TEXT = (REPOSITORY / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_every_arrow_of_the_imports_is_drawn_and_no_other():
    drawn = re.findall(r"^\w+ -> .+$", TEXT, re.MULTILINE)

    assert drawn == graph.lines()


def test_no_room_imports_one_that_imports_it():
    arrows = graph.rooms()

    both = {(a, b) for a in arrows for b in arrows[a] if a in arrows.get(b, set())}
    assert not both


def test_every_room_is_in_the_table():
    rooms = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith("_")}

    table = [line for line in TEXT.splitlines() if line.startswith("| `")]
    named = {name for line in table for name in re.findall(r"`(\w+)", line.split("|")[1])}
    assert rooms - {"models", "py"} <= named

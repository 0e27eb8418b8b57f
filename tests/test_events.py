"""The list of events in docs/events.md is complete, and names none that is not told."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
TELLING = re.compile(r"""(?:\blog\.\w+|\b_?tell|\bwarn|\binfo)\(\s*"([a-z_]+)\"""")


def test_every_event_that_is_told_is_documented_and_no_other() -> None:
    modules = (REPOSITORY / "plugin" / "netheed").rglob("*.py")
    told = {event for path in modules for event in TELLING.findall(path.read_text())}
    page = (REPOSITORY / "docs" / "events.md").read_text()
    rows = re.findall(r"^\| (`.*?) \| \w+ \|", page, re.MULTILINE)
    documented = {event for row in rows for event in re.findall(r"`([a-z_]+)`", row)}

    assert len(told) > 20
    assert documented == told

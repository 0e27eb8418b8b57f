"""Counting what is no connection."""

from netheed.records import Tally
from netheed.sources.decode.skipped import KINDS, count


def test_a_kind_that_is_no_plain_word_is_counted_as_other() -> None:
    tally = Tally()

    for kind in ("dns", "a\x1b[2J", "x" * 99, ""):
        count(tally, kind)

    assert tally.skipped == {"dns": 1, "other": 3}


def test_only_so_many_kinds_are_counted_by_name() -> None:
    tally = Tally()

    for number in range(1000):
        count(tally, f"k{number}")

    assert len(tally.skipped) == KINDS + 1
    assert sum(tally.skipped.values()) == 1000

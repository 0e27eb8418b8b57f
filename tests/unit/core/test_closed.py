"""Windows that are closed, as ranges of their numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netheed.core import closed
from netheed.core.closed import GAP, Closed


@given(st.lists(st.integers(-300, 300), max_size=60))
def test_what_was_added_is_held_and_no_later_one(numbers: list[int]) -> None:
    made = Closed()
    for number in numbers:
        made.add(number)

    asked = np.arange(-400, 400)
    held = set(asked[made.holds(asked)].tolist())
    before = {n - back for n in numbers for back in range(GAP)}
    assert set(numbers) <= held <= before
    assert made.firsts == sorted(made.firsts)
    between = zip(made.lasts, made.firsts[1:], strict=False)
    assert all(last + 1 < first for last, first in between)


@given(st.lists(st.integers(-300, 300), max_size=60))
def test_ranges_bring_the_same_back(numbers: list[int]) -> None:
    made = Closed()
    for number in numbers:
        made.add(number)

    assert Closed.of(made.ranges()) == made


def test_a_long_quiet_log_is_few_numbers_and_bounded(monkeypatch) -> None:
    monkeypatch.setattr(closed, "MOST", 10)
    made = Closed()
    for night in range(100):
        for minute in range(0, 600, 7):
            made.add(night * 1440 + minute)

    assert len(made.firsts) == 10
    assert made.lasts[-1] == 99 * 1440 + 595

"""Sorted keys in two parts, beside a dict."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core import index
from netheed.core.index import Indexes


@given(st.lists(st.sets(st.integers(0, 200), max_size=20), max_size=20), st.booleans())
def test_every_key_keeps_its_number_whichever_part_it_stands_in(
    steps: list[set[int]], early: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "_FEWEST_LATE", 4 if early else 1024)
        kept, plain = Indexes(), dict[int, int]()
        for number, step in enumerate(steps):
            fresh = np.array(sorted(step - plain.keys()), dtype=np.uint64)
            kept.insert(fresh, np.full(len(fresh), number, dtype=np.uint32))
            plain |= dict.fromkeys(fresh.tolist(), number)

    told = dict[int, int]()
    for part in (kept.main, kept.late):
        assert part.keys.tolist() == sorted(part.keys.tolist())
        told |= dict(zip(part.keys.tolist(), part.numbers.tolist(), strict=True))
    assert told == plain
    assert len(kept) == len(plain)


def test_late_keys_join_the_others_when_they_are_many() -> None:
    kept, keys = Indexes(), np.arange(3000, dtype=np.uint64)

    for key in np.split(keys, 30):
        kept.insert(key, key.astype(np.uint32))

    assert len(kept.main.keys) > 1000
    assert len(kept.late.keys) < 2000


def test_a_key_that_is_not_there_has_no_place() -> None:
    kept = Indexes()
    kept.insert(np.array([3, 5], dtype=np.uint64), np.zeros(2, dtype=np.uint32))

    for part, expected in ((kept.late, [False, True, False]), (kept.main, [False] * 3)):
        assert part.place(np.array([1, 5, 9], dtype=np.uint64))[1].tolist() == expected

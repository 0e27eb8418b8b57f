"""Keys beside the same thing said with a dict."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.core.keys import Keys

LIMIT = 32


def words(*keys: int) -> np.ndarray:
    return np.array(sorted(keys), dtype=np.uint64)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sets(st.integers(0, 60), max_size=8), st.booleans()), max_size=120))
def test_keys_alone_are_remembered_and_forgotten_like_those_of_a_dict(
    steps: list[tuple[set[int], bool]],
) -> None:
    kept, plain = Keys(LIMIT), dict[int, int]()
    for now, (keys, stop) in enumerate(steps):
        asked = words(*keys)
        found = kept.find(asked)
        assert found.known.tolist() == [key in plain for key in sorted(keys)]

        new = keys - plain.keys()
        excess = len(plain) + len(new) - LIMIT
        kept.admit(asked, np.full(len(asked), float(now)), found)

        if new and excess > 0:
            going = min(excess + LIMIT // 16, len(plain.keys() - keys))
            gone = set(plain) - set(kept.snapshot()["keys"].tolist())
            border = sorted(plain[key] for key in plain.keys() - keys)[going - 1]
            assert len(gone) == going
            assert not gone & keys
            assert max(plain[key] for key in gone) <= border
            plain = {key: seen for key, seen in plain.items() if key not in gone}
        plain |= dict.fromkeys(keys, now)
        state = kept.snapshot()
        assert dict(zip(state["keys"].tolist(), state["seen"].tolist(), strict=True)) == plain
        assert len(kept) <= LIMIT
        if stop:
            kept = Keys(LIMIT)
            kept.restore(state)


def test_more_keys_than_the_limit_at_once_are_refused() -> None:
    kept, asked = Keys(2), words(1, 2, 3)

    with pytest.raises(ValueError, match="3 keys at once"):
        kept.admit(asked, np.zeros(3), kept.find(asked))

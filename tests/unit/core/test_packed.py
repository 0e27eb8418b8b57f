"""Short texts end to end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.packed import NONE, Packed

texts = st.lists(st.one_of(st.none(), st.text(max_size=5)), max_size=20)


@given(texts, texts, st.data())
def test_joined_and_taken_the_texts_are_still_themselves(
    first: list[str | None], second: list[str | None], data: st.DataObject
) -> None:
    both = first + second
    places = data.draw(st.lists(st.integers(0, len(both) - 1), max_size=9)) if both else []

    packed = Packed.joined([Packed.of(first), Packed.of(second)])

    assert packed.told(slice(None)) == both
    assert packed.take(np.array(places, dtype=np.int64)).told(slice(None)) == [
        both[at] for at in places
    ]


def test_nothing_is_not_the_empty_text() -> None:
    assert Packed.of(["", None, ""]).told(slice(None)) == ["", None, ""]


def test_a_text_whose_length_would_mean_none_is_refused() -> None:
    assert Packed.of(["x" * (NONE - 1)]).told(slice(None)) == ["x" * (NONE - 1)]
    with pytest.raises(ValueError, match="65535 characters"):
        Packed.of(["x" * NONE])


@given(texts)
def test_a_snapshot_brings_the_same_texts_back(given_: list[str | None]) -> None:
    state = Packed.of(given_).snapshot()

    assert Packed.restored(state).told(slice(None)) == given_
    assert not any(array.dtype.hasobject for array in state.values())


def test_a_snapshot_whose_lengths_are_not_those_of_its_text_is_refused() -> None:
    state = Packed.of(["one", None, "three"]).snapshot()

    with pytest.raises(ValueError, match="another length"):
        Packed.restored({**state, "text": state["text"][:-1]})

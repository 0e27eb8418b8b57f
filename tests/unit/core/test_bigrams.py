"""The weights that were made."""

from netheed.core.bigrams import MIDDLE, ROWS, STEP, WIDTH
from netheed.core.generated import ALPHABET


def test_there_is_a_weight_for_each_pair_of_characters() -> None:
    assert len(ROWS) == len(ALPHABET)
    assert {len(bytes.fromhex(row)) for row in ROWS} == {len(ALPHABET)}


def test_the_units_are_usable() -> None:
    assert STEP > 0
    assert WIDTH > 0
    assert -2 < MIDDLE < 2

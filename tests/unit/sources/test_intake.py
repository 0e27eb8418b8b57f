"""All is taken in, or a sample that nobody can choose."""

import numpy as np
import pytest

from netheed.sources.intake import LARGER, Intake
from netheed.sources.lines import BLOCK


def test_nothing_is_left_out_before_there_is_too_much() -> None:
    assert len(Intake().left_out(1000)) == 0
    assert Intake().probability == 1.0


@pytest.mark.parametrize("halvings", [1, 2, 3, 8])
def test_each_is_taken_in_with_the_stated_probability(halvings: int) -> None:
    intake = Intake(halvings=halvings, draw=np.random.default_rng(7))
    count = 1 << 18

    taken = count - len(intake.left_out(count))

    expected = count * 2.0**-halvings
    assert abs(taken - expected) < 4 * np.sqrt(expected)


def test_two_runs_draw_differently() -> None:
    first, second = (Intake(halvings=1).left_out(256).tolist() for _ in range(2))

    assert first != second


def test_larger_pieces_are_larger() -> None:
    assert Intake(larger=True).block == LARGER * BLOCK == LARGER * Intake().block
    assert Intake(larger=True).frames == LARGER * Intake().frames

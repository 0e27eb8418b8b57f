"""What is usual of a host, and of the others."""

import numpy as np

from netheed.core.ranges import own_range, peers_range
from netheed.core.sequences import Sequences
from netheed.core.vector import FEWEST, Ranges


def rings(windows: dict[int, list[float]]) -> Sequences:
    """Hosts with their windows of one feature."""
    made = Sequences(width=1, length=32)
    for host, values in windows.items():
        for now, value in enumerate(values):
            word = np.array([host], dtype=np.uint64)
            made.push(word, np.array([[value]], dtype=np.float32), float(now))
    return made


def word(host: int) -> np.ndarray:
    return np.array([host], dtype=np.uint64)


def test_a_host_has_a_range_of_its_own_after_enough_windows_without_the_newest() -> None:
    few, enough = rings({1: [1.0] * FEWEST}), rings({1: [*[1.0] * FEWEST, 50.0]})

    assert own_range(few, word(1)) is None
    own = own_range(enough, word(1))
    assert own is not None
    assert (own.low.item(), own.median.item(), own.high.item()) == (1.0, 1.0, 1.0)


def test_the_range_of_the_others_leaves_the_host_itself_out() -> None:
    made = rings({host: [float(host)] for host in range(1, FEWEST + 1)} | {99: [1000.0]})

    others = peers_range(made, word(99))

    assert others is not None
    assert others.high.item() < 10.0
    assert peers_range(rings({1: [1.0], 2: [2.0]}), word(1)) is None


def test_a_range_is_the_middle_nine_tenths() -> None:
    found = Ranges.of(np.arange(101, dtype=np.float32)[:, None])

    assert found is not None
    assert (found.low.item(), found.median.item(), found.high.item()) == (5.0, 50.0, 95.0)

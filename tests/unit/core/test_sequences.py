"""The ring of each host's last windows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.sequences import Sequences
from netheed.core.vector import STEPS


def hosts(*words: int) -> np.ndarray:
    return np.array(words, dtype=np.uint64)


def pushed(
    rings: Sequences, words: np.ndarray, vectors: np.ndarray, now: float
) -> tuple[np.ndarray, np.ndarray]:
    """What the model reads after a push."""
    rings.push(words, vectors, now)
    return rings.read(words)


def vector(value: float) -> np.ndarray:
    return np.full((1, 3), value, dtype=np.float32)


def test_a_new_host_is_padded_in_front() -> None:
    sequences, mask = pushed(Sequences(width=3, length=4), hosts(7), vector(2.0), 0.0)

    assert mask.tolist() == [[False, False, False, True]]
    assert sequences[0, :, 0].tolist() == [0.0, 0.0, 0.0, 2.0]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60))
def test_each_host_gets_its_own_last_windows_oldest_first(order: list[int]) -> None:
    rings = Sequences(width=3, length=4)
    told: dict[int, list[float]] = {}
    for step, host in enumerate(order):
        got, mask = pushed(rings, hosts(host), vector(step / 2), float(step))
        told.setdefault(host, []).append(step / 2)

        assert got[0, mask[0], 0].tolist() == told[host][-4:]


def test_a_dropped_host_comes_back_as_a_new_one_and_takes_nobodys_ring() -> None:
    rings = Sequences(width=3, length=4, max_hosts=16)
    for host in range(200):
        got, mask = pushed(rings, hosts(host), vector(float(host % 30)), float(host))

        assert got[0, mask[0], 0].tolist() == [float(host % 30)]
    got, mask = pushed(rings, hosts(0), vector(9.0), 300.0)

    assert got[0, mask[0], 0].tolist() == [9.0]


def test_no_host_gets_anothers_sequence_when_many_come_at_once_to_a_full_table() -> None:
    rings = Sequences(width=3, length=4, max_hosts=16)
    rings.push(hosts(*range(16)), np.zeros((16, 3), dtype=np.float32), 0.0)

    # All sixteen places are taken: eight of those hosts come again, with eight new ones.
    again = hosts(*range(8), *range(100, 108))
    vectors = np.arange(48, dtype=np.float32).reshape(16, 3) / 2
    got, mask = pushed(rings, again, vectors, 0.0)

    assert got[:, -1].tolist() == vectors.tolist()
    assert mask.sum(axis=1).tolist() == [2] * 8 + [1] * 8


def test_the_past_of_a_host_leaves_its_newest_window_out() -> None:
    rings = Sequences(width=3, length=4)
    for step in range(6):
        rings.push(hosts(1), vector(float(step)), float(step))

    assert sorted(rings.past(hosts(1))[:, 0].tolist()) == [2.0, 3.0, 4.0]


def test_the_newest_windows_are_those_of_the_hosts_seen_last() -> None:
    rings = Sequences(width=3, length=4)
    for host in (3, 1, 2):
        rings.push(hosts(host), vector(float(host)), float(host))

    words, newest = rings.newest(2)

    assert words.tolist() == [3, 2]
    assert newest[:, 0].tolist() == [3.0, 2.0]


@given(st.integers(1, 9), st.integers(0, 2**32))
def test_a_value_is_kept_to_half_a_step_and_at_most_as_the_last(width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    steps = rng.choice([1 / 4095, 1 / 128, 1 / 192], width).astype(np.float32)
    values = rng.uniform(0, 5000, (3, width)).astype(np.float32) * steps

    got, _ = pushed(Sequences(width=width, length=4, steps=steps), hosts(1, 2, 3), values, 0.0)

    expected = np.minimum(values, 4095 * steps)
    assert (np.abs(got[:, -1] - expected) <= steps * 0.5001).all()


def test_a_share_of_one_is_kept_as_one() -> None:
    rings = Sequences(width=len(STEPS), length=4, steps=STEPS)

    got, _ = pushed(rings, hosts(1), np.ones((1, len(STEPS)), dtype=np.float32), 0.0)

    assert got[0, -1] == pytest.approx(np.ones(len(STEPS)), abs=1e-7)


def test_what_was_saved_goes_on_as_it_was() -> None:
    straight = Sequences(width=3, length=4, max_hosts=16)
    stopped = Sequences(width=3, length=4, max_hosts=16)
    rng = np.random.default_rng(3)
    for step in range(100):
        words = np.unique(rng.integers(0, 40, 5).astype(np.uint64))
        vectors = rng.uniform(0, 30, (len(words), 3)).astype(np.float32)
        expected, got = (pushed(each, words, vectors, float(step)) for each in (straight, stopped))
        np.testing.assert_array_equal(got[0], expected[0])
        kept = stopped.snapshot()
        stopped = Sequences(width=3, length=4, max_hosts=16)
        stopped.restore(kept)

    for name, array in straight.snapshot().items():
        np.testing.assert_array_equal(array, kept[name], err_msg=name)
    assert straight.newest(9)[0].tolist() == stopped.newest(9)[0].tolist()


def test_sequences_of_another_width_are_refused() -> None:
    kept = Sequences(width=3, length=4).snapshot()

    with pytest.raises(ValueError, match="another length or width"):
        Sequences(width=5, length=4).restore(kept)

"""The ring of each host's last windows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.sequences import Sequences


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
        got, mask = pushed(rings, hosts(host), vector(float(step)), float(step))
        told.setdefault(host, []).append(float(step))

        assert got[0, mask[0], 0].tolist() == told[host][-4:]


def test_a_dropped_host_comes_back_as_a_new_one_and_takes_nobodys_ring() -> None:
    rings = Sequences(width=3, length=4, max_hosts=16)
    for host in range(200):
        got, mask = pushed(rings, hosts(host), vector(float(host % 50)), float(host))

        assert got[0, mask[0], 0].tolist() == [float(host % 50)]
    got, mask = pushed(rings, hosts(0), vector(9.0), 300.0)

    assert got[0, mask[0], 0].tolist() == [9.0]


def test_no_host_gets_anothers_sequence_when_many_come_at_once_to_a_full_table() -> None:
    rings = Sequences(width=3, length=4, max_hosts=16)
    rings.push(hosts(*range(16)), np.zeros((16, 3), dtype=np.float32), 0.0)

    # All sixteen places are taken: eight of those hosts come again, with eight new ones.
    again = hosts(*range(8), *range(100, 108))
    vectors = np.arange(48, dtype=np.float32).reshape(16, 3)
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

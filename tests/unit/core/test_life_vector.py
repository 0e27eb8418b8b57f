"""What the pair's model reads, in units and on the model's scale."""

import numpy as np
import pytest

from netheed.core.life_vector import CALLS, CONTEXT, PairLooks, known, plain, scaled
from netheed.core.lives import LENGTH


@pytest.mark.parametrize("features", [CALLS, CONTEXT])
def test_what_was_scaled_is_plain_again(features):
    values = np.linspace(0.0, 900.0, len(features), dtype=np.float32)

    assert plain(scaled(values, features), features) == pytest.approx(values, rel=1e-5)


def test_shares_stay_as_they_are_and_counts_become_logarithms():
    columns = scaled(np.full(len(CONTEXT), 0.5, dtype=np.float32), CONTEXT)

    said = dict(zip(CONTEXT, columns.tolist(), strict=True))
    assert said["persistence"] == 0.5
    assert said["connections"] == pytest.approx(np.log1p(0.5))


def test_one_thing_is_read_by_its_name_in_its_unit():
    context = np.zeros(len(CONTEXT), dtype=np.float32)
    context[list(CONTEXT).index("longest")] = np.log1p(7200.0)

    assert known(context, "longest") == pytest.approx(7200.0, rel=1e-5)


def looks(hosts: list[int]) -> PairLooks:
    size = len(hosts)
    return PairLooks(
        host=np.array(hosts),
        row=np.arange(size) + 10,
        key=np.arange(size, dtype=np.uint64),
        calls=np.zeros((size, LENGTH, len(CALLS)), dtype=np.float32),
        there=np.zeros((size, LENGTH), dtype=np.bool_),
        context=np.zeros((size, len(CONTEXT)), dtype=np.float32),
    )


def test_of_several_ticks_each_has_its_own_hosts_and_rows_from_nought_on():
    part = looks([0, 2, 2, 5]).of_tick(slice(2, 4), 10)

    assert (part.host.tolist(), part.row.tolist()) == ([0, 0], [1, 2])
    assert part.key.tolist() == [1, 2]


def test_joined_looks_stand_one_after_the_other():
    both = PairLooks.joined([looks([0]), looks([]), looks([1, 1])])

    assert (len(both), both.host.tolist()) == (3, [0, 1, 1])

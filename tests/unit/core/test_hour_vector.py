"""What the hours' model reads, in units and on the model's scale."""

import numpy as np
import pytest

from netheed.core.hour_vector import AROUND, HOURS, HourLooks
from netheed.core.hours import LENGTH
from netheed.core.life_vector import plain, scaled
from netheed.core.vector import linear


@pytest.mark.parametrize("features", [HOURS, AROUND])
def test_what_was_scaled_is_plain_again(features):
    values = np.linspace(0.0, 900.0, len(features), dtype=np.float32)

    assert plain(scaled(values, features), features) == pytest.approx(values, rel=1e-5)


def test_all_that_is_said_of_an_hour_is_kept_as_a_logarithm():
    assert not linear(HOURS).any()


def looks(hosts: list[int]) -> HourLooks:
    size = len(hosts)
    return HourLooks(
        host=np.array(hosts, dtype=np.int64),
        steps=np.full((size, LENGTH, len(HOURS)), np.array(hosts)[:, None, None], np.float32),
        there=np.zeros((size, LENGTH), dtype=np.bool_),
        context=np.zeros((size, len(AROUND)), dtype=np.float32),
    )


def test_of_several_ticks_each_has_its_own_hosts_from_nought_on():
    part = looks([0, 2, 3, 5]).of_tick(slice(2, 4))

    assert part.host.tolist() == [0, 1]
    assert part.steps[:, 0, 0].tolist() == [2.0, 3.0]


def test_joined_looks_stand_one_after_the_other():
    both = HourLooks.joined([looks([0]), looks([]), looks([1, 2])])

    assert (len(both), both.host.tolist()) == (3, [0, 1, 2])

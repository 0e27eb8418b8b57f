"""What the models of lives read."""

import numpy as np

from netheed.core.life_vector import CONTEXT
from netheed.model.life import HOUR_LIFE, LIVES, PAIR_LIFE


def test_a_pair_is_inside_or_outside_by_its_peer() -> None:
    context = np.zeros((2, len(CONTEXT)), dtype=np.float32)
    context[1, list(CONTEXT).index("external")] = 1.0

    assert [PAIR_LIFE.groups[at] for at in PAIR_LIFE.group_of(context)] == ["inside", "outside"]


def test_all_hosts_hours_are_of_one_group() -> None:
    context = np.zeros((2, len(HOUR_LIFE.context)), dtype=np.float32)

    assert [HOUR_LIFE.groups[at] for at in HOUR_LIFE.group_of(context)] == ["host", "host"]


def test_each_has_a_file_of_its_own() -> None:
    assert [life.file for life in LIVES] == ["pairs.onnx", "hours.onnx"]

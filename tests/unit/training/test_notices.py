"""Which windows would be noticed."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from netheed.classes import CLASSES, UNKNOWN
from netheed.core.vector import FEATURES, transform
from netheed.model.calibration import p_values
from netheed.model.manifest import GROUPS
from netheed.training.calibrate import tail
from netheed.training.datasets import KINDS
from netheed.training.examples import Examples
from netheed.training.notices import REPEAT, enough, noticed, worth
from tests.unit.training.baselines.planted import quiet

UNKNOWN_CODE, SCAN, FLOOD = 0, KINDS.index("scan"), KINDS.index("flood")


def windows(count: int, **values: float) -> Examples:
    """Windows of one host, a minute apart, with the given features and zeros elsewhere."""
    table = np.zeros((count, len(FEATURES)), dtype=np.float32)
    for name, value in values.items():
        table[:, list(FEATURES).index(name)] = value
    return replace(quiet(1, count, seed=0), vectors=transform(table).astype(np.float16))


def scans(ends: list[float], tracks: list[int] | None = None) -> Examples:
    """Windows with the evidence of a scan and of a flood."""
    made = windows(len(ends), new_destinations_recent=100, peak_second=100)
    track = made.track if tracks is None else np.array(tracks)
    return replace(made, end=np.array(ends), track=track)


def rows(examples: Examples, kinds: list[int] | None = None, p: float = 1e-4) -> list[int]:
    """What is noticed when every window has the same p-value."""
    count = len(examples.label)
    kind = np.full(count, SCAN) if kinds is None else np.array(kinds)
    return noticed(examples, np.full(count, p), kind, 1e-3).tolist()


def of_kind(code: int) -> NDArray[np.int64]:
    return np.array([code])


@pytest.mark.parametrize("name", [UNKNOWN, *KINDS[1:]])
def test_evidence_is_enough_from_the_floor_of_its_kind(name: str):
    code = 0 if name == UNKNOWN else KINDS.index(name)
    floor = CLASSES[name].floor
    above = {feature: 1.1 * least for feature, least in floor.items()}

    assert enough(windows(1, **above), of_kind(code)).all()
    for feature, least in floor.items():
        assert not enough(windows(1, **above | {feature: 0.9 * least}), of_kind(code)).any()


def test_the_evidence_of_another_kind_does_not_count():
    loud = windows(1, peak_second=1000)

    assert enough(loud, of_kind(FLOOD)).all()
    assert not enough(loud, of_kind(SCAN)).any()


def test_a_window_is_noticed_up_to_the_given_p_value():
    two = scans([60.0, 60.0], [0, 1])

    assert noticed(two, np.array([0.01, 0.0101]), np.array([SCAN, SCAN]), 0.01).tolist() == [0]


def test_without_enough_evidence_nothing_is_noticed():
    assert rows(windows(3, new_destinations_recent=1)) == []


def test_a_repeat_is_noticed_again_when_its_time_has_passed():
    assert rows(scans([0.0, REPEAT - 1, REPEAT, 2 * REPEAT - 1, 2 * REPEAT])) == [0, 2, 4]


def test_another_kind_or_another_host_is_no_repeat():
    assert rows(scans([0.0, 60.0, 120.0]), [SCAN, FLOOD, SCAN]) == [0, 1]
    assert rows(scans([0.0, 60.0, 120.0], [0, 1, 0])) == [0, 1]


def test_the_earliest_window_is_noticed_in_whatever_order_they_stand():
    assert rows(scans([120.0, 0.0, 60.0])) == [1]


def test_a_window_below_the_floor_does_not_hide_the_next():
    made = scans([0.0, 60.0])
    made.vectors[0] = 0.0

    assert rows(made) == [1]


def test_each_window_is_worth_what_its_own_group_says():
    rng = np.random.default_rng(0)
    calibration = {
        name: tail(rng.normal(3.0 * number, 1.0, 400).astype(np.float32))
        for number, name in enumerate(GROUPS)
    }
    score, group = np.full(4, 4.0, dtype=np.float32), np.array([2, 0, 1, 0])

    p_value = worth(score, group, calibration)

    own = [p_values(score[:1], calibration[GROUPS[number]])[0] for number in group]
    assert p_value.tolist() == own
    assert p_value[1] < p_value[2] < p_value[0]

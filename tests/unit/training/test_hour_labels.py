"""What a host's hours are, by the labels of its connections."""

import numpy as np
import pytest

from netheed.records import Connection
from netheed.training.datasets import HOUR_KINDS, LATERAL, Recording
from netheed.training.examples import UNLABELLED, windows_of
from netheed.training.hour_labels import HourLabels
from tests.connections import connection

BEGUN = 1_699_999_200.0
"""The beginning of an hour."""
HOST, OTHER = "10.0.0.5", "10.0.0.6"
MOVED = HOUR_KINDS.index("lateral_movement")


def at(hours: float, **given: object) -> Connection:
    return connection(start=BEGUN + 3600 * hours, orig=HOST, **given)  # type: ignore[arg-type]


def labels(
    connections: list[Connection],
    said: list[str | None],
    host: str = HOST,
    attacks: list[str | None] | None = None,
) -> list[int]:
    """Of the looks at a host, in order of time."""
    made = Recording(name="r", family="r", connections=connections, labels=said, attacks=attacks)
    of = HourLabels(made)
    return [
        label
        for windows in windows_of(made)
        for at, label in zip(windows.hours.host.tolist(), of.of(windows).tolist(), strict=True)
        if windows.names[at] == host
    ]


def test_hours_are_what_most_attacks_of_the_running_one_are():
    calls = [at(0.1), at(0.11), at(0.12)]

    assert labels(calls, ["scan", "beacon", "beacon"])[-1] == HOUR_KINDS.index("beacon")


def test_an_attack_counts_from_the_window_in_which_it_ended():
    found = labels([at(0.1), at(0.2)], ["benign", "scan"])

    assert found == [0, HOUR_KINDS.index("scan")]


@pytest.mark.parametrize(("later", "kind"), [(1.1, UNLABELLED), (6.1, UNLABELLED)])
def test_an_attack_of_an_earlier_hour_that_is_kept_leaves_the_running_one_unlabelled(
    later: float, kind: int
):
    assert labels([at(0.1), at(later)], ["scan", "benign"])[-1] == kind


def test_an_attack_that_is_kept_no_more_is_forgotten():
    calls = [at(0.1), *(at(hour + 0.1) for hour in range(1, 9))]

    assert labels(calls, ["scan", *["benign"] * 8])[-1] == 0


def test_hours_with_a_connection_that_nobody_has_judged_are_not_benign():
    assert labels([at(0.1), at(0.2)], ["benign", None])[-1] == UNLABELLED


def test_the_target_of_an_attack_is_neither_benign_nor_guilty():
    assert labels([at(0.1, resp=OTHER)], ["scan"], host=OTHER) == [UNLABELLED]


def test_what_is_published_as_lateral_is_lateral_movement():
    calls = [at(0.1, resp=OTHER), at(0.2, resp=OTHER)]

    assert labels(calls, ["benign", None], attacks=["benign", LATERAL])[-1] == MOVED


def test_there_is_a_label_for_each_look():
    made = Recording(name="r", family="r", connections=[at(0.1)], labels=["benign"])

    for windows in windows_of(made):
        assert HourLabels(made).of(windows).dtype == np.int64
        assert len(HourLabels(made).of(windows)) == len(windows.hours)

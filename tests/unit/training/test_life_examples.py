"""Recordings become labelled looks at pairs by the code that serves."""

import numpy as np
import pytest

from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.lives import FEWEST, LENGTH
from netheed.training import examples
from netheed.training.datasets import KINDS, Recording
from netheed.training.examples import UNLABELLED
from netheed.training.life_examples import (
    PAIRS,
    LifeExamples,
    Owner,
    joined,
    keys_of,
    life_examples,
    pair_kinds,
)
from tests.connections import connection, host_windows
from tests.unit.training.made import C2, HOST, calls, recording, scan
from tests.unit.training.made_lives import BEACON, METRONOME, drawn, habits, same

CALLED = Owner(HOST, C2, 8080, "tcp")


def keys(looks: LifeExamples) -> list[Owner]:
    return [looks.keys[pair] for pair in looks.owner.tolist()]


def of_labels(*labels: str | None) -> Recording:
    """One pair, a connection a minute."""
    made = [connection(uid=f"{n}", start=1_700_000_040.0 + 60 * n) for n in range(len(labels))]
    return Recording(name="r", family="r", connections=made, labels=list(labels))


def test_each_look_has_the_label_of_its_pair():
    looks = life_examples(recording("called", "m57", calls(), "beacon")).pairs

    told = {(key, label) for key, label in zip(keys(looks), looks.label.tolist(), strict=True)}
    assert (CALLED, BEACON) in told
    assert {label for key, label in told if key != CALLED} == {0}
    assert len(told) == len({key for key, _ in told}) == 11


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        (("benign", "benign", "benign", "benign"), 0),
        (("benign", "benign", "benign", None), UNLABELLED),
        (("benign", "benign", "benign", "beacon"), UNLABELLED),
        (("benign", None, "beacon", "beacon"), BEACON),
        (("scan", "beacon", "beacon", "benign"), BEACON),
        ((None, None, None, None), UNLABELLED),
    ],
    ids=["benign", "unjudged", "seldom", "half", "most", "unknown"],
)
def test_a_pair_is_what_half_of_its_connections_are(labels: tuple[str | None, ...], kind: int):
    assert list(pair_kinds(of_labels(*labels)).values()) == [kind]


def test_a_look_at_a_mixed_pair_with_an_unjudged_connection_is_unlabelled():
    looks = life_examples(of_labels("benign", "benign", None, "beacon", "benign")).pairs

    assert set(looks.label.tolist()) == {UNLABELLED}


def test_another_protocol_is_another_pair():
    both = [
        connection(uid=f"{proto}{n}", start=1_700_000_040.0 + 60 * n, proto=proto)
        for n in range(6)
        for proto in ("tcp", "udp")
    ]
    labels = ["beacon" if c.proto == "udp" else "benign" for c in both]

    looks = life_examples(
        Recording(name="r", family="r", connections=both, labels=list(labels))
    ).pairs

    told = zip(keys(looks), looks.label.tolist(), strict=True)
    assert {(key.proto, label) for key, label in told} == {("tcp", 0), ("udp", BEACON)}


@pytest.mark.parametrize("together", [1, 7, 64])
def test_quiet_minutes_that_pass_together_give_what_they_give_one_by_one(
    monkeypatch: pytest.MonkeyPatch, together: int
):
    # The scan's minute is not quiet, and comes between those that are.
    monkeypatch.setattr(examples, "QUIET", 100)
    monkeypatch.setattr(examples, "TOGETHER", together)
    made = recording("both", "m57", [*calls(), *scan()], "beacon")

    looks = life_examples(made).pairs

    served = [windows for windows in host_windows(made.connections) if len(windows.lives)]
    assert keys(looks) == [key for windows in served for key in keys_of(windows)]
    for name in ("steps", "there", "context"):
        expected = np.concatenate([getattr(windows.lives, name) for windows in served])
        given = getattr(looks, name)
        np.testing.assert_array_equal(given, expected.astype(given.dtype))


def test_a_minute_that_is_not_quiet_is_looked_at(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(examples, "QUIET", 3)

    at_once = [connection(uid=f"{n}", start=1_700_000_041.0 + n) for n in range(10)]
    looks = life_examples(
        Recording(name="r", family="r", connections=at_once, labels=["benign"] * 10)
    ).pairs

    assert len(looks) == 1


def test_a_pair_of_fewer_connections_is_not_looked_at():
    assert len(life_examples(of_labels(*["benign"] * (FEWEST - 1))).pairs) == 0
    assert len(life_examples(of_labels(*["benign"] * FEWEST)).pairs) == 1


def test_looks_are_in_order_of_time():
    looks = life_examples(habits()).pairs

    assert (np.diff(looks.end) >= 0).all()


def test_a_recording_without_connections_has_no_looks():
    looks = life_examples(of_labels()).pairs

    assert looks.steps.shape == (0, LENGTH, len(CALLS))
    assert looks.context.shape == (0, len(CONTEXT))


def test_joined_sets_keep_their_pairs_and_recordings_apart():
    one, other = life_examples(habits(1)).pairs, life_examples(habits(2, host="10.0.0.6")).pairs

    both = joined(PAIRS, [one, other])

    assert keys(both) == keys(one) + keys(other)
    assert both.recording.tolist() == [0] * len(one) + [1] * len(other)
    assert not set(both.owner[: len(one)]) & set(both.owner[len(one) :])


def test_the_same_pair_of_two_recordings_is_two():
    one = drawn(40)

    assert len(set(joined(PAIRS, [one, one]).owner.tolist())) == 2 * len(one.keys)


def test_nothing_joined_is_nothing():
    looks = joined(PAIRS, [])

    assert (len(looks), looks.keys) == (0, [])
    assert same(joined(PAIRS, [looks, drawn(30)]), drawn(30))


def test_some_of_the_looks_are_still_at_their_pairs():
    looks = life_examples(habits()).pairs

    beacons = looks.only(looks.label == KINDS.index("beacon"))

    assert {key.port for key in keys(beacons)} == {METRONOME}
    assert 0 < len(beacons) < len(looks)

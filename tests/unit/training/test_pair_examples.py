"""Recordings become labelled looks at pairs by the code that serves."""

import numpy as np
import pytest

from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.lives import FEWEST, LENGTH
from netheed.training import examples
from netheed.training.datasets import KINDS, Recording
from netheed.training.examples import UNLABELLED
from netheed.training.pair_examples import (
    PairExamples,
    PairKey,
    joined,
    keys_of,
    pair_examples,
    pair_kinds,
)
from tests.connections import connection, host_windows
from tests.unit.training.made import C2, HOST, calls, recording, scan
from tests.unit.training.made_pairs import BEACON, METRONOME, drawn, habits, same

CALLED = PairKey(HOST, C2, 8080, "tcp")


def keys(looks: PairExamples) -> list[PairKey]:
    return [looks.keys[pair] for pair in looks.pair.tolist()]


def of_labels(*labels: str | None) -> Recording:
    """One pair, a connection a minute."""
    made = [connection(uid=f"{n}", start=1_700_000_040.0 + 60 * n) for n in range(len(labels))]
    return Recording(name="r", family="r", connections=made, labels=list(labels))


def test_each_look_has_the_label_of_its_pair():
    looks = pair_examples(recording("called", "m57", calls(), "beacon"))

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
    looks = pair_examples(of_labels("benign", "benign", None, "beacon", "benign"))

    assert set(looks.label.tolist()) == {UNLABELLED}


def test_another_protocol_is_another_pair():
    both = [
        connection(uid=f"{proto}{n}", start=1_700_000_040.0 + 60 * n, proto=proto)
        for n in range(6)
        for proto in ("tcp", "udp")
    ]
    labels = ["beacon" if c.proto == "udp" else "benign" for c in both]

    looks = pair_examples(Recording(name="r", family="r", connections=both, labels=list(labels)))

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

    looks = pair_examples(made)

    served = [windows for windows in host_windows(made.connections) if len(windows.lives)]
    assert keys(looks) == [key for windows in served for key in keys_of(windows)]
    for name in ("calls", "there", "context"):
        expected = np.concatenate([getattr(windows.lives, name) for windows in served])
        given = getattr(looks, name)
        np.testing.assert_array_equal(given, expected.astype(given.dtype))


def test_a_minute_that_is_not_quiet_is_looked_at(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(examples, "QUIET", 3)

    at_once = [connection(uid=f"{n}", start=1_700_000_041.0 + n) for n in range(10)]
    looks = pair_examples(
        Recording(name="r", family="r", connections=at_once, labels=["benign"] * 10)
    )

    assert len(looks) == 1


def test_a_pair_of_fewer_connections_is_not_looked_at():
    assert len(pair_examples(of_labels(*["benign"] * (FEWEST - 1)))) == 0
    assert len(pair_examples(of_labels(*["benign"] * FEWEST))) == 1


def test_looks_are_in_order_of_time():
    looks = pair_examples(habits())

    assert (np.diff(looks.end) >= 0).all()


def test_a_recording_without_connections_has_no_looks():
    looks = pair_examples(of_labels())

    assert looks.calls.shape == (0, LENGTH, len(CALLS))
    assert looks.context.shape == (0, len(CONTEXT))


def test_joined_sets_keep_their_pairs_and_recordings_apart():
    one, other = pair_examples(habits(1)), pair_examples(habits(2, host="10.0.0.6"))

    both = joined([one, other])

    assert keys(both) == keys(one) + keys(other)
    assert both.recording.tolist() == [0] * len(one) + [1] * len(other)
    assert not set(both.pair[: len(one)]) & set(both.pair[len(one) :])


def test_the_same_pair_of_two_recordings_is_two():
    one = drawn(40)

    assert len(set(joined([one, one]).pair.tolist())) == 2 * len(one.keys)


def test_nothing_joined_is_nothing():
    looks = joined([])

    assert (len(looks), looks.keys) == (0, [])
    assert same(joined([looks, drawn(30)]), drawn(30))


def test_some_of_the_looks_are_still_at_their_pairs():
    looks = pair_examples(habits())

    beacons = looks.only(looks.label == KINDS.index("beacon"))

    assert {key.port for key in keys(beacons)} == {METRONOME}
    assert 0 < len(beacons) < len(looks)

"""Recordings become labelled windows by the code that serves."""

from dataclasses import replace

import numpy as np
import pytest

from netheed.classes import CLASSES
from netheed.core.hour_vector import ACTS, AROUND
from netheed.core.life_vector import plain
from netheed.core.vector import FEATURES, transform
from netheed.records import Connection, Outcome
from netheed.training.datasets import KINDS, Recording
from netheed.training.examples import UNLABELLED, Examples, examples_of, windows_of
from tests.acts import act
from tests.connections import connection, host_windows
from tests.names import naming

SCAN = KINDS.index("scan")


def scan(count: int, *, minute: int) -> list[Connection]:
    return [
        connection(
            uid=f"S{n}",
            start=1_700_000_040.0 + 60 * minute + n / 10,
            duration=0.0,
            resp=f"10.0.1.{n + 1}",
            resp_port=22,
            outcome=Outcome.REFUSED,
        )
        for n in range(count)
    ]


def examples(connections: list[Connection], labels: list[str | None]) -> Examples:
    return examples_of([Recording(name="r", family="r", connections=connections, labels=labels)])


def label_of(made: Examples, host: str) -> list[int]:
    return [int(label) for label, name in zip(made.label, made.host, strict=True) if name == host]


def test_the_vectors_are_those_that_serving_computes() -> None:
    connections = [connection(start=1_700_000_000.0 + 20 * n, uid=str(n)) for n in range(30)]
    served = np.concatenate([windows.values for windows in host_windows(connections)])

    made = examples(connections, ["benign"] * 30)

    np.testing.assert_array_equal(made.vectors, transform(served).astype(np.float16))
    assert made.vectors.shape[1] == len(FEATURES)


def test_an_originator_of_a_scan_is_labelled_and_its_targets_are_not() -> None:
    made = examples(scan(40, minute=0), ["scan"] * 40)

    assert label_of(made, "10.0.0.5") == [SCAN]
    assert label_of(made, "10.0.1.1") == [UNLABELLED]


def test_an_attack_that_cannot_be_seen_yet_is_neither_benign_nor_attack() -> None:
    assert label_of(examples(scan(7, minute=0), ["scan"] * 7), "10.0.0.5") == [UNLABELLED]
    assert label_of(examples(scan(8, minute=0), ["scan"] * 8), "10.0.0.5") == [SCAN]


@pytest.mark.parametrize("least", [1e-9, 1e9])
def test_a_floor_of_triage_changes_no_label(monkeypatch: pytest.MonkeyPatch, least: float) -> None:
    for name, entry in CLASSES.items():
        monkeypatch.setitem(CLASSES, name, entry._replace(floor=dict.fromkeys(FEATURES, least)))

    assert label_of(examples(scan(40, minute=0), ["scan"] * 40), "10.0.0.5") == [SCAN]
    assert label_of(examples(scan(3, minute=0), ["scan"] * 3), "10.0.0.5") == [UNLABELLED]


def test_a_window_with_something_unknown_is_unlabelled() -> None:
    pair = [connection(uid="1"), connection(uid="2", orig_port=2)]

    assert label_of(examples(pair, ["benign", None]), "10.0.0.5") == [UNLABELLED]
    assert label_of(examples(pair, ["benign", "benign"]), "10.0.0.5") == [0]


def test_a_target_is_labelled_when_the_attack_is_most_of_its_window() -> None:
    guesses = [
        connection(uid=str(n), start=1_700_000_041.0 + n, resp="10.0.0.9", resp_port=22,
                   service="ssh", duration=0.0)
        for n in range(30)
    ]  # fmt: skip

    made = examples(guesses, ["brute_force"] * 30)

    assert label_of(made, "10.0.0.9") == [KINDS.index("brute_force")]


def test_histories_end_with_their_window_and_stay_in_their_track() -> None:
    connections = [
        connection(uid=f"{host}{n}", orig=f"10.0.0.{host}", start=1_700_000_000.0 + 60 * n)
        for host in (5, 6)
        for n in range(5)
    ]
    made = examples(connections, ["benign"] * 10)

    rows = made.history(4)

    assert rows[:, -1].tolist() == list(range(10))
    assert rows[5].tolist() == [-1, -1, -1, 5]
    assert rows[9].tolist() == [6, 7, 8, 9]


def test_windows_of_a_recording_know_its_names_and_its_acts() -> None:
    calls = [connection(start=1_700_000_000.0 + 60 * n, resp="10.0.0.9") for n in range(10)]
    labels: list[str | None] = ["benign"] * 10
    bare = Recording(name="r", family="r", connections=calls, labels=labels)
    said = replace(bare, namings=(naming(peer="10.0.0.9"),), acts=(act(), act(kind="alert")))

    last = [windows for windows in windows_of(said) if len(windows.hours)][-1]
    context = plain(last.hours.context[0], AROUND)

    assert context[list(AROUND).index("admin_peers")] > 0.9
    assert last.raised.at(0, -1) != []
    assert all(not w.hours.context[:, -len(ACTS) :].any() for w in windows_of(bare))

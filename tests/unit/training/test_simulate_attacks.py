"""Simulated attacks are what their names say."""

import numpy as np
import pytest

from netheed.records import Connection, Outcome
from netheed.training.datasets import KINDS
from netheed.training.simulate_attacks import ATTACKS
from netheed.training.simulate_hosts import scene
from netheed.training.wire import Wire


def episodes(kind: str, count: int = 12) -> list[list[Connection]]:
    made = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        place, wire = scene(rng), Wire(rng=rng)
        ATTACKS[kind](wire, place, place.hosts[0], place.begin + 1800)
        made.append(wire.connections)
    return made


def test_every_kind_but_benign_is_simulated() -> None:
    assert set(ATTACKS) == set(KINDS) - {"benign"}


@pytest.mark.parametrize("kind", ATTACKS)
def test_an_episode_has_one_originator_and_begins_when_told(kind: str) -> None:
    for connections in episodes(kind):
        assert len({c.orig for c in connections}) == 1
        assert min(c.start for c in connections) >= 1800
        assert all(c.orig != c.resp for c in connections)


def test_a_scan_reaches_many_destinations_and_mostly_fails() -> None:
    for connections in episodes("scan"):
        assert len({(c.resp, c.resp_port) for c in connections}) >= 25
        failed = [c.outcome in (Outcome.REFUSED, Outcome.UNANSWERED) for c in connections]
        assert np.mean(failed) > 0.8


@pytest.mark.parametrize("kind", ["beacon", "exfiltration", "brute_force"])
def test_one_peer_is_the_reason(kind: str) -> None:
    for connections in episodes(kind):
        assert len({(c.resp, c.resp_port) for c in connections}) == 1


def test_a_beacon_keeps_its_period() -> None:
    for connections in episodes("beacon"):
        gaps = np.diff([c.start for c in connections])
        if len(gaps) >= 8:
            near = np.abs(gaps - np.median(gaps)) <= 0.65 * np.median(gaps)
            assert near.mean() > 0.85


def test_exfiltration_sends_far_more_than_it_gets() -> None:
    for connections in episodes("exfiltration"):
        sent, received = (
            sum(c.orig_bytes for c in connections),
            sum(c.resp_bytes for c in connections),
        )
        assert sent > 5 * received


def test_a_flood_is_dense() -> None:
    for connections in episodes("flood"):
        starts = np.sort([c.start for c in connections])
        assert len(starts) / (starts[-1] - starts[0]) > 8

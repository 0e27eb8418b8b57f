"""Attacks: possible records, and the mark of each kind."""

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from netheed.core.networks import LOCAL, AddressWords
from netheed.records import Connection, Outcome
from netheed.training.datasets import KINDS
from netheed.training.simulate_attacks import ATTACKS, FIRES, beacon
from netheed.training.simulate_network import Scene, scene
from netheed.training.wire import Wire
from tests.simulated import impossible

FAR = 1200.0
SEEDS = 20


@cache
def episode(kind: str, seed: int) -> tuple[Scene, str, list[Connection]]:
    """One episode of a kind: its network, the host, the connections."""
    rng = np.random.default_rng(seed)
    place = scene(rng)
    wire = Wire(rng=rng)
    ATTACKS[kind](wire, place, place.hosts[0], place.begin + FAR)
    return place, place.hosts[0], wire.connections


def test_every_kind_but_benign_can_be_simulated():
    assert set(ATTACKS) == set(KINDS) - {"benign"}


@pytest.mark.parametrize("kind", ATTACKS)
def test_an_attack_is_possible(kind):
    for seed in range(6):
        place, host, made = episode(kind, seed)

        assert {reason for c in made for reason in impossible(c)} == set()
        assert all(place.begin + FAR <= c.start for c in made)
        assert all(host in {c.orig, c.resp} for c in made)


@pytest.mark.parametrize("kind", ATTACKS)
def test_an_attack_is_never_empty(kind):
    assert all(episode(kind, seed)[2] for seed in range(SEEDS))


@pytest.mark.parametrize("kind", ATTACKS)
def test_the_same_seed_gives_the_same_attack(kind):
    assert episode(kind, 5) == episode.__wrapped__(kind, 5)


@pytest.mark.parametrize("kind", ["scan", "brute_force", "flood"])
def test_an_attack_is_done_or_suffered(kind):
    roles = set()
    for seed in range(SEEDS):
        _, host, made = episode(kind, seed)
        roles.add("done" if made[0].orig == host else "suffered")

    assert roles == {"done", "suffered"}


@pytest.mark.parametrize("kind", ["dns_tunnel", "beacon", "exfiltration"])
def test_what_leaves_a_network_is_done_by_its_host(kind):
    for seed in range(SEEDS):
        _, host, made = episode(kind, seed)
        assert {c.orig for c in made} == {host}


@pytest.mark.parametrize("kind", ["beacon", "exfiltration"])
def test_orders_and_loot_go_to_one_stranger(kind):
    words = AddressWords()
    for seed in range(SEEDS):
        peers = {c.resp for c in episode(kind, seed)[2]}
        assert len(peers) == 1
        assert not words[peers.pop()] & LOCAL


def test_a_beacon_without_jitter_has_equal_gaps_but_for_missed_beats():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        place, wire = scene(rng), Wire(rng=rng)

        beacon(wire, place, place.hosts[0], place.begin, jitter=0.0)

        gaps = np.array([b.start - a.start for a, b in pairwise(wire.connections)])
        beats = gaps / gaps.min()
        assert beats == pytest.approx(beats.round())
        assert (beats.round() == 1).mean() > 0.8


def test_beacons_call_in_many_ways():
    first = [episode("beacon", seed)[2][0] for seed in range(SEEDS)]

    ways = {(c.proto, c.resp_port) for c in first}
    assert len(ways) > 5
    assert {proto for proto, _ in ways} == {"tcp", "udp"}
    assert ways - {(proto, port) for proto, port, _ in FIRES}


@pytest.mark.parametrize("kind", ["beacon", "exfiltration", "brute_force"])
def test_one_peer_is_the_reason(kind):
    for seed in range(SEEDS):
        assert len({(c.resp, c.resp_port) for c in episode(kind, seed)[2]}) == 1


def test_a_beacon_keeps_its_period():
    for seed in range(SEEDS):
        gaps = np.diff([c.start for c in episode("beacon", seed)[2]])
        if len(gaps) >= 8:
            near = np.abs(gaps - np.median(gaps)) <= 0.65 * np.median(gaps)
            assert near.mean() > 0.85


def test_exfiltration_sends_far_more_than_it_gets():
    for seed in range(SEEDS):
        made = episode("exfiltration", seed)[2]
        assert sum(c.orig_bytes for c in made) > 5 * sum(c.resp_bytes for c in made)


def test_a_flood_is_dense():
    for seed in range(SEEDS):
        starts = np.sort([c.start for c in episode("flood", seed)[2]])
        assert len(starts) / (starts[-1] - starts[0]) > 8


def test_scans_are_fast_and_slow():
    gaps = []
    for seed in range(SEEDS):
        starts = [c.start for c in episode("scan", seed)[2]]
        gaps.append(float(np.mean(np.diff(starts))))

    assert min(gaps) < 0.01
    assert max(gaps) > 30


def test_a_scan_reaches_many_destinations_and_mostly_fails():
    for seed in range(SEEDS):
        made = episode("scan", seed)[2]
        assert len({(c.resp, c.resp_port) for c in made}) >= 25
        failed = [c.outcome in (Outcome.REFUSED, Outcome.UNANSWERED) for c in made]
        assert np.mean(failed) > 0.8


@pytest.mark.parametrize("kind", sorted(set(ATTACKS) - {"flood"}))
def test_an_episode_has_one_originator(kind):
    for seed in range(SEEDS):
        assert len({c.orig for c in episode(kind, seed)[2]}) == 1


def test_floods_are_spoofed_or_not():
    sources = {len({c.orig for c in episode("flood", seed)[2]}) for seed in range(SEEDS)}

    assert 1 in sources
    assert max(sources) > 100

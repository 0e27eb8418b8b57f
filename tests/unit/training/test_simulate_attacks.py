"""Attacks: possible records, and the mark of each kind."""

from itertools import pairwise

import numpy as np
import pytest

from netheed.networks import LOCAL, AddressWords
from netheed.records import Connection
from netheed.training.datasets import KINDS
from netheed.training.simulate_attacks import ATTACKS, FIRES, beacon
from netheed.training.simulate_network import Scene, scene
from netheed.training.wire import Wire
from tests.simulated import impossible

FAR = 1200.0


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
    for seed in range(12):
        place, host, made = episode(kind, seed)

        assert {reason for c in made for reason in impossible(c)} == set()
        assert all(place.begin + FAR <= c.start for c in made)
        assert all(host in {c.orig, c.resp} for c in made)


@pytest.mark.parametrize("kind", ATTACKS)
def test_an_attack_is_never_empty(kind):
    assert all(episode(kind, seed)[2] for seed in range(25))


@pytest.mark.parametrize("kind", ATTACKS)
def test_the_same_seed_gives_the_same_attack(kind):
    assert episode(kind, 5) == episode(kind, 5)


@pytest.mark.parametrize("kind", ["scan", "brute_force", "flood"])
def test_an_attack_is_done_or_suffered(kind):
    roles = set()
    for seed in range(25):
        _, host, made = episode(kind, seed)
        roles.add("done" if made[0].orig == host else "suffered")

    assert roles == {"done", "suffered"}


@pytest.mark.parametrize("kind", ["dns_tunnel", "beacon", "exfiltration"])
def test_what_leaves_a_network_is_done_by_its_host(kind):
    for seed in range(12):
        _, host, made = episode(kind, seed)
        assert {c.orig for c in made} == {host}


@pytest.mark.parametrize("kind", ["beacon", "exfiltration"])
def test_orders_and_loot_go_to_one_stranger(kind):
    words = AddressWords()
    for seed in range(12):
        peers = {c.resp for c in episode(kind, seed)[2]}
        assert len(peers) == 1
        assert not words[peers.pop()] & LOCAL


class Unmoved:
    """A generator whose beacons have neither jitter nor missed beats."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def uniform(self, low: float, high: float) -> float:
        return low if low == high else self._rng.uniform(low, high)

    def integers(self, low: int, high: int) -> int:
        # The choices of jitter (5) and of missed beats (3) begin with nothing.
        return 0 if high in {3, 5} else int(self._rng.integers(low, high))

    def __getattr__(self, name: str) -> object:
        return getattr(self._rng, name)


def test_a_beacon_without_jitter_has_equal_gaps():
    for seed in range(8):
        rng = Unmoved(seed)
        place = scene(np.random.default_rng(seed))
        wire = Wire(rng=rng)

        beacon(wire, place, place.hosts[0], place.begin)

        gaps = [b.start - a.start for a, b in pairwise(wire.connections)]
        assert gaps == pytest.approx([gaps[0]] * len(gaps))


def test_beacons_call_in_many_ways():
    ways = {(made[0].proto, made[0].resp_port) for _, _, made in map(beacons, range(60))}

    assert len(ways & {(proto, port) for proto, port, _ in FIRES}) == len(FIRES)
    assert len(ways) > len(FIRES)


def beacons(seed: int) -> tuple[Scene, str, list[Connection]]:
    return episode("beacon", seed)


def test_exfiltration_sends_much_more_than_it_receives():
    for seed in range(12):
        made = episode("exfiltration", seed)[2]
        assert sum(c.orig_bytes for c in made) > 10 * sum(c.resp_bytes for c in made)


def test_scans_are_fast_and_slow():
    gaps = []
    for seed in range(40):
        starts = [c.start for c in episode("scan", seed)[2]]
        gaps.append(float(np.mean(np.diff(starts))))

    assert min(gaps) < 0.01
    assert max(gaps) > 30


def test_a_scan_touches_many_doors():
    for seed in range(12):
        made = episode("scan", seed)[2]
        assert len({(c.resp, c.resp_port) for c in made}) >= 20


def test_floods_are_spoofed_or_not():
    sources = {len({c.orig for c in episode("flood", seed)[2]}) for seed in range(40)}

    assert 1 in sources
    assert max(sources) > 100

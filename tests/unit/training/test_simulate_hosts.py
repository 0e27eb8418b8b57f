"""Simulated networks are different each time and the same for one seed."""

import numpy as np

from netheed.training.simulate_hosts import ordinary, scene
from netheed.training.wire import Wire


def traffic(seed: int) -> Wire:
    rng = np.random.default_rng(seed)
    wire = Wire(rng=rng)
    ordinary(wire, scene(rng))
    return wire


def test_the_same_seed_gives_the_same_network_and_another_gives_another() -> None:
    assert traffic(1).connections == traffic(1).connections
    assert traffic(1).connections != traffic(2).connections


def test_ordinary_traffic_begins_in_its_scene() -> None:
    rng = np.random.default_rng(3)
    place = scene(rng)
    wire = Wire(rng=rng)
    ordinary(wire, place)

    starts = [connection.start for connection in wire.connections]
    assert min(starts) >= place.begin
    assert np.mean([start <= place.end for start in starts]) > 0.97


def test_no_host_talks_to_itself() -> None:
    assert all(c.orig != c.resp for seed in range(3) for c in traffic(seed).connections)

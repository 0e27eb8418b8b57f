"""Ordinary hosts: possible records, drawn widely, the same for the same seed."""

import numpy as np
import pytest

from netheed.training import simulate_hosts
from netheed.training.simulate_hosts import Scene, ordinary, scene
from netheed.training.wire import Wire
from tests.simulated import impossible

HOUR = Scene(
    begin=1_700_000_000.0,
    length=3600.0,
    hosts=("10.1.1.10", "10.1.1.11", "10.1.1.12"),
    resolver="10.1.1.2",
    server="10.1.1.2",
    sites=tuple(f"203.0.113.{n}" for n in range(1, 60)),
    clouds=("198.51.100.1", "198.51.100.2", "198.51.100.3"),
)


def wire(seed: int) -> Wire:
    return Wire(rng=np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(3))
def test_ordinary_traffic_is_possible(seed):
    made = wire(seed)

    ordinary(made, scene(made.rng))

    assert len(made.connections) > 100
    assert {reason for c in made.connections for reason in impossible(c)} == set()


def test_the_same_seed_gives_the_same_traffic():
    first, second = wire(7), wire(7)

    ordinary(first, HOUR)
    ordinary(second, HOUR)

    assert first.connections == second.connections


def test_another_seed_gives_other_traffic():
    first, second = wire(1), wire(2)

    ordinary(first, HOUR)
    ordinary(second, HOUR)

    assert first.connections != second.connections


def test_ordinary_traffic_begins_in_its_scene():
    made = wire(3)
    place = scene(made.rng)

    ordinary(made, place)

    starts = [c.start for c in made.connections]
    assert min(starts) >= place.begin
    assert np.mean([start <= place.end for start in starts]) > 0.97


def test_uids_are_unique():
    made = wire(1)

    ordinary(made, HOUR)

    assert len({c.uid for c in made.connections}) == len(made.connections)


def test_ipv6_networks_keep_to_ipv6():
    rng = np.random.default_rng(0)
    place = next(p for p in (scene(rng) for _ in range(100)) if ":" in p.server)
    made = wire(1)

    ordinary(made, place)

    assert all(":" in c.orig and ":" in c.resp for c in made.connections)


def test_two_hosts_of_a_role_differ_in_their_clocks():
    periods = set()
    for seed in range(6):
        made = wire(seed)
        simulate_hosts.telemetry(made, HOUR, HOUR.hosts[0])
        starts = [c.start for c in made.connections]
        periods.add(round(float(np.median(np.diff(starts)))))

    assert len(periods) > 3


def test_hosts_back_up_to_one_cloud_that_they_share():
    made = wire(2)

    simulate_hosts.shared_backup(made, HOUR)

    assert len({c.orig for c in made.connections}) > 1
    assert len({c.resp for c in made.connections}) == 1
    assert all(c.orig_bytes > c.resp_bytes for c in made.connections)


def test_the_local_resolver_asks_many_strangers():
    made = wire(3)

    simulate_hosts.name_server(made, HOUR)

    assert {c.orig for c in made.connections} == {HOUR.server}
    assert len({c.resp for c in made.connections}) > 10


def test_a_monitor_asks_every_neighbour():
    made = wire(4)

    simulate_hosts.monitor(made, HOUR, HOUR.hosts[0])

    assert {c.resp for c in made.connections} == set(HOUR.hosts[1:])

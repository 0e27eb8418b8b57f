"""Who is in a simulated network."""

import numpy as np

from netheed.core.networks import LOCAL, AddressWords
from netheed.training.simulate_network import Scene, neighbourhood, same_version, scene, stranger


def scenes() -> list[Scene]:
    return [scene(np.random.default_rng(seed)) for seed in range(60)]


def test_the_same_seed_gives_the_same_network():
    assert scene(np.random.default_rng(3)) == scene(np.random.default_rng(3))


def test_hosts_are_local_and_what_is_outside_is_not():
    words = AddressWords()

    for place in scenes():
        assert all(words[host] & LOCAL for host in (*place.hosts, place.server))
        assert not any(words[other] & LOCAL for other in (*place.sites, *place.clouds))


def test_everything_in_a_network_speaks_one_version_of_ip():
    for place in scenes():
        everything = (*place.hosts, place.resolver, *place.sites, *place.clouds)
        assert all(same_version(place.server, other) for other in everything)


def test_both_versions_of_ip_are_drawn():
    assert {":" in place.server for place in scenes()} == {False, True}


def test_a_host_is_not_its_own_neighbour():
    place = scenes()[0]

    assert place.hosts[0] not in place.near(place.hosts[0])
    assert place.server in place.near(place.hosts[0])


def test_a_host_of_the_other_version_has_no_neighbours_here():
    place = next(place for place in scenes() if ":" not in place.server)

    assert place.near("fd12:1::5") == []


def test_a_neighbourhood_keeps_the_network_of_an_address():
    assert neighbourhood("192.168.7.9", [1, 200]) == ["192.168.7.1", "192.168.7.200"]
    assert neighbourhood("fd12:1::9", [1, 200]) == ["fd12:1::1", "fd12:1::c8"]


def test_a_stranger_speaks_the_version_that_was_asked_for():
    rng = np.random.default_rng(1)

    assert all(":" in stranger(rng, "fd12:1::9") for _ in range(50))
    assert not any(":" in stranger(rng, "10.0.0.9") for _ in range(50))

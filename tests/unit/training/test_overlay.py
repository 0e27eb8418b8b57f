"""Attacks over other hosts' time-lines: what changes, and what must not."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from netheed.training.datasets import Recording
from netheed.training.overlay import (
    FEWEST,
    Episode,
    episodes,
    families,
    jittered,
    lay,
    mapped,
    mixed,
    neighbours,
    overlaid,
    shifted,
    stretched,
    thinned,
)
from tests.connections import connection

OFFICE = ("192.168.7.10", "192.168.7.11", "192.168.7.12")


def office(family: str = "office") -> Recording:
    """Three hosts, one connection each a minute, for an hour."""
    connections = [
        connection(uid=f"B{minute}-{host}", start=5000.0 + 60 * minute, orig=host)
        for minute in range(60)
        for host in OFFICE
    ]
    return Recording(name="office", family=family, connections=connections, labels=["benign"] * 180)


def infected(begin: float = 100.0, count: int = 20) -> Recording:
    """10.0.0.5 scans its neighbours and calls home, with benign traffic and unknown between."""
    connections, labels = [], []
    for number in range(count):
        at = begin + 10.0 * number
        peer = f"10.0.0.{20 + number}"
        connections += [
            connection(uid=f"S{number}", start=at, resp=peer, resp_port=445),
            connection(uid=f"C{number}", start=at + 1),
            connection(uid=f"N{number}", start=at + 2, resp="198.51.100.1"),
            connection(uid=f"U{number}", start=at + 3, resp="198.51.100.2"),
        ]
        labels += ["scan", "beacon", "benign", None]
    return Recording(name="infected", family="lab", connections=connections, labels=labels)


def only(kind: str, recording: Recording) -> Episode:
    return next(e for e in episodes(recording) if e.kind == kind)


def by_uid(recording: Recording) -> dict[str, str | None]:
    return {c.uid: label for c, label in zip(recording.connections, recording.labels, strict=True)}


def in_order(recording: Recording) -> bool:
    starts = [c.start for c in recording.connections]
    return starts == sorted(starts)


def test_an_episode_holds_one_kind_by_one_host():
    found = episodes(infected())

    assert [(e.host, e.kind) for e in found] == [("10.0.0.5", "scan"), ("10.0.0.5", "beacon")]
    assert all(set(e.recording.labels) == {e.kind} for e in found)
    assert all(len(e.recording.connections) == 20 for e in found)


def test_a_long_quiet_time_parts_two_episodes():
    early, late = infected(100.0), infected(100_000.0)
    both = replace(
        early,
        connections=[*early.connections, *late.connections],
        labels=[*early.labels, *late.labels],
    )

    assert Counter(e.kind for e in episodes(both)) == {"scan": 2, "beacon": 2}


def test_a_handful_of_connections_is_no_episode():
    assert episodes(infected(count=FEWEST - 1)) == []


def test_an_attack_from_outside_belongs_to_its_target():
    strange = [
        connection(uid=f"S{n}", start=float(n), orig="203.0.113.9", resp="10.0.0.5")
        for n in range(20)
    ]
    recording = Recording(name="r", family="f", connections=strange, labels=["scan"] * 20)

    assert [e.host for e in episodes(recording)] == ["10.0.0.5"]


def test_another_clock_keeps_all_gaps():
    made = shifted(infected(), 1000.0)

    before = [c.start for c in infected().connections]
    assert [c.start for c in made.connections] == [start + 1000.0 for start in before]


def test_half_the_rate_doubles_the_gaps():
    episode = only("beacon", infected()).recording

    slow = stretched(episode, 2.0)

    starts = [c.start for c in slow.connections]
    assert [b - a for a, b in pairwise(starts)] == [20.0] * 19
    assert [c.duration for c in slow.connections] == [c.duration for c in episode.connections]


def test_jitter_stays_within_its_bound_and_keeps_labels():
    made = jittered(infected(), 30.0, seed=1)

    before = {c.uid: c.start for c in infected().connections}
    assert all(abs(c.start - before[c.uid]) <= 30.0 for c in made.connections)
    assert by_uid(made) == by_uid(infected())
    assert in_order(made)


def test_dropping_keeps_about_the_share_that_was_asked_for():
    made = thinned(infected(count=500), 0.3, seed=1)

    assert 0.25 * 2000 < len(made.connections) < 0.35 * 2000
    assert by_uid(made).items() <= by_uid(infected(count=500)).items()


def test_only_the_named_addresses_change():
    made = mapped(infected(), {"10.0.0.5": "172.16.0.9"})

    assert {c.orig for c in made.connections} == {"172.16.0.9"}
    assert "198.51.100.1" in {c.resp for c in made.connections}


def test_an_overlay_has_the_connections_of_both_and_their_labels():
    scan = only("scan", infected())

    made = lay(office(), scan, host="192.168.7.11", at=6000.0)

    assert len(made.connections) == 180 + 20
    assert Counter(made.labels) == {"benign": 180, "scan": 20}
    assert in_order(made)
    attack = [c for c, label in zip(made.connections, made.labels, strict=True) if label == "scan"]
    assert {c.orig for c in attack} == {"192.168.7.11"}
    assert attack[0].start == 6000.0


def test_local_peers_move_into_the_new_network_and_strangers_stay():
    scan, beacon = episodes(infected())

    over = lay(lay(office(), scan, host=OFFICE[0], at=6000.0, seed=1), beacon, host=OFFICE[0], at=6)

    peers = {"scan": set(), "beacon": set(), "benign": set()}
    for c, label in zip(over.connections, over.labels, strict=True):
        peers[label].add(c.resp)
    assert len(peers["scan"]) == 20
    assert all(peer.startswith("192.168.7.") and peer != OFFICE[0] for peer in peers["scan"])
    assert peers["beacon"] == {"203.0.113.9"}


def test_peers_without_a_free_address_keep_theirs():
    count = 300
    wide = [
        connection(uid=f"S{n}", start=float(n), resp=f"10.1.{n >> 8}.{n & 255 or 7}")
        for n in range(count)
    ]
    recording = Recording(name="r", family="f", connections=wide, labels=["scan"] * count)

    found = neighbours(only("scan", recording), office(), OFFICE[0], seed=1)

    assert len(found) == 253
    assert OFFICE[0] not in found.values()


def test_nobody_comes_to_talk_to_himself():
    scan = only("scan", infected())

    made = lay(office(), scan, host="10.0.0.25", at=6000.0)

    assert all(c.orig != c.resp for c in made.connections)


def test_an_ipv4_attack_cannot_be_laid_over_an_ipv6_host():
    with pytest.raises(ValueError, match="version of IP"):
        lay(office(), only("scan", infected()), host="fe80::1", at=0.0)


def test_one_episode_can_be_laid_twice_with_uids_of_its_own():
    scan = only("scan", infected())

    once = lay(office(), scan, host=OFFICE[0], at=6000.0)
    twice = lay(once, scan, host=OFFICE[1], at=7000.0)

    assert len({c.uid for c in twice.connections}) == 180 + 40


def test_a_mixture_of_families_names_them_all():
    made = lay(office(), only("scan", infected()), host=OFFICE[0], at=6000.0)

    assert families(made) == {"office", "lab"}
    assert families(lay(made, only("scan", infected()), host=OFFICE[1], at=6)) == {"office", "lab"}


def test_an_overlay_drops_nothing_and_its_seed_decides_it():
    attacks = episodes(infected())

    first, again, other = (overlaid(office(), attacks, seed=seed) for seed in (1, 1, 2))

    assert len(first.connections) == 180 + 40
    assert first == again
    assert first != other
    assert {c.orig for c in first.connections} == set(OFFICE)
    assert in_order(first)


def test_a_recording_without_local_hosts_takes_no_attack():
    strangers = mapped(office(), dict.fromkeys(OFFICE, "203.0.113.1"))

    with pytest.raises(ValueError, match="no local host"):
        overlaid(strangers, episodes(infected()), seed=1)


def test_two_networks_mixed_share_no_local_host():
    first, second = office(), office(family="other")

    made = mixed(first, second, seed=1)

    assert len(made.connections) == 360
    assert len({c.orig for c in made.connections}) == 6
    assert len({c.uid for c in made.connections}) == 360
    assert {c.resp for c in made.connections} == {"203.0.113.9"}
    assert families(made) == {"office", "other"}
    assert min(c.start for c in made.connections) == 5000.0


def test_a_mixed_in_ipv6_host_stays_one():
    six = mapped(office(), {OFFICE[0]: "fe80::1", "203.0.113.9": "2001:db8::9"})

    made = mixed(office(), six, seed=1)

    assert all((":" in c.orig) <= (":" in c.resp) for c in made.connections)

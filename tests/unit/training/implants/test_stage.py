"""An implant is given to a host that could have it, while it is up."""

from dataclasses import replace
from itertools import pairwise, repeat

import numpy as np
import pytest

from netheed.core.networks import LOCAL, AddressWords
from netheed.training.implants.spells import seconds_in
from netheed.training.implants.stage import FEWEST, NoRoomError, beats, jittered
from tests.connections import connection
from tests.unit.training.implants.recorded import benign, office, stage, weeks


def busy(host: str, count: int = 50, **given) -> list:
    starts = [1_700_000_000.0 + 60 * n for n in range(count)]
    return [connection(uid=f"{host}/{at}", orig=host, start=at, **given) for at in starts]


def test_the_host_is_local_and_begins_connections():
    for seed in range(20):
        made = stage(office(), seed=seed)
        assert AddressWords()[made.host] & LOCAL
        assert len(made.own) > 1
        assert {c.orig for c in made.own} == {made.host}


def test_a_host_with_an_attack_of_its_own_is_left_alone():
    both = busy("10.0.0.5") + busy("10.0.0.6")
    base = benign(both, labels=["beacon"] * 50 + ["benign"] * 50)

    assert {stage(base, seed=seed).host for seed in range(10)} == {"10.0.0.6"}


@pytest.mark.parametrize("host", ["203.0.113.5", "fe80::5", "169.254.1.1"])
def test_neither_a_stranger_nor_a_link_local_address_gets_an_implant(host):
    with pytest.raises(NoRoomError, match="no local host"):
        stage(benign(busy(host)))


def test_a_host_that_is_up_for_minutes_gets_none():
    with pytest.raises(NoRoomError, match="is up for 900 s"):
        stage(benign(busy("10.0.0.5", count=15)))


def test_the_implant_is_there_from_the_first_moment_or_begins_in_its_hosts_first_half():
    begins = [stage(weeks(), seed=seed).spells[0][0] for seed in range(30)]

    first, last = weeks().connections[0].start, weeks().connections[-1].start
    shares = (np.array(begins) - first) / (last - first)
    assert 0.2 < (shares < 1e-3).mean() < 0.6
    assert 0.35 < shares.max() <= 0.5


def test_strangers_are_new_and_of_the_same_version():
    six = stage(benign(busy("fd00::5", resp="2a00::9")))

    assert ":" in six.outsider()
    made = stage(office())
    assert made.outsider() not in made.known


def test_hosts_inside_are_those_seen_then_addresses_beside():
    base = benign([*busy("10.0.0.5"), *busy("10.0.0.9", count=2), *busy("fe80::7", count=2)])
    made = next(s for seed in range(9) if (s := stage(base, seed=seed)).host == "10.0.0.5")

    assert made.inside[0] == "10.0.0.9"
    assert len(made.inside) == len(set(made.inside)) == 253
    assert all(a.startswith("10.0.0.") and a != "10.0.0.5" for a in made.inside)


def test_nobody_is_inside_beside_a_single_public_address():
    alone = benign(busy("147.32.81.167"), local=("147.32.81.167/32",))

    assert stage(alone).inside == []


def test_pauses_leave_time_for_enough_calls():
    made = stage(weeks())
    bands = ((1.0, 1e9),)

    for _ in range(50):
        assert made.pause(bands) * FEWEST <= seconds_in(made.spells)
    with pytest.raises(NoRoomError, match="nothing up to"):
        made.pause(((1e7, 1e9),))


def test_nobody_calls_while_the_host_is_off():
    made = replace(stage(office()), spells=[(0.0, 1000.0), (50_000.0, 51_000.0)])

    moments = list(beats(made, repeat(100.0)))

    assert all(at < 1000 or 50_000 < at < 51_000 for at in moments)
    assert 17 <= len(moments) <= 20
    assert max(b - a for a, b in pairwise(moments) if b < 1000) <= 100.001


def test_jitter_only_shortens_or_goes_both_ways():
    longest = set()
    for seed in range(10):
        made = stage(office(), seed=seed)
        made = replace(made, ranges=replace(made.ranges, jitter=((0.5, 0.5),)))
        drawn = [pause for pause, _ in zip(jittered(made, 60.0), range(300), strict=False)]
        assert min(drawn) >= 30
        longest.add(round(max(drawn) / 30))

    assert longest == {2, 3}

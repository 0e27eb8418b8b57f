"""Lateral movement: new peers inside, by a service that the host never used there."""

import numpy as np
import pytest

from netheed.core.networks import LOCAL, AddressWords
from netheed.records import Outcome
from netheed.training.implants import JUDGED, LEARNED
from netheed.training.implants.lateral import HIGH, MOVES, lateral
from netheed.training.implants.stage import NoRoomError
from tests.connections import connection
from tests.unit.training.implants.recorded import benign, office, stage, weeks

BOTH = [LEARNED, JUDGED]


@pytest.mark.parametrize("ranges", BOTH)
def test_one_host_goes_to_as_many_others_inside_as_are_in_range(ranges):
    words = AddressWords()
    for seed in range(20):
        made = stage(weeks(), ranges, seed)
        ends = lateral(made)
        peers = {c.resp for c in made.wire.connections}
        assert any(low <= len(peers) <= high for low, high in ranges.peers)
        assert all(words[peer] & LOCAL for peer in peers)
        assert {c.orig for c in made.wire.connections} == {made.host}
        assert ends.peer is None


def test_the_service_is_new_to_the_host():
    for seed in range(20):
        made = stage(office(), seed=seed)
        port = lateral(made).port
        assert port not in {c.resp_port for c in made.own if c.resp in made.inside}
        assert {c.resp_port for c in made.wire.connections if c.resp_port < HIGH} == {port}


def test_all_ways_are_gone_and_some_fail():
    made = [stage(weeks(), seed=seed) for seed in range(30)]

    assert {lateral(one).port for one in made} == set(MOVES)
    outcomes = [c.outcome for one in made for c in one.wire.connections]
    failed = np.mean([o in {Outcome.UNANSWERED, Outcome.REFUSED} for o in outcomes])
    assert 0.1 < failed < 0.6


def test_a_host_that_uses_all_of_them_has_nothing_new():
    ports = list(MOVES) * 30
    admin = [
        connection(uid=f"R{n}", start=60.0 * n, resp="10.0.0.9", resp_port=port)
        for n, port in enumerate(ports)
    ]

    with pytest.raises(NoRoomError, match="no new service"):
        lateral(stage(benign(admin)))


def test_a_host_alone_on_a_public_address_has_nobody_to_move_to():
    alone = [connection(uid=f"R{n}", start=60.0 * n, orig="147.32.81.167") for n in range(60)]

    with pytest.raises(NoRoomError, match="no new service inside, or no"):
        lateral(stage(benign(alone, local=("147.32.81.167/32",))))

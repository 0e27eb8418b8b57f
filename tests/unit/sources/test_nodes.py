"""What a node told, and what never came."""

import pytest

from netheed.errors import StateError
from netheed.sources.nodes import AGAIN, Arrival, Node
from netheed.zeek.wire import Batch, conn_batch
from tests import zeek_frames
from tests.zeek_frames import conn


def batch(seq: int, sent: int | None, size: int = 50, dropped: int = 0, uid: str = "") -> Batch:
    conns = [conn(uid=uid or f"C{seq}")] * size
    return conn_batch(zeek_frames.batch(*conns, seq=seq, sent=sent, dropped=dropped), "here")[0]


def node(*batches: Batch) -> Node:
    found = Node.joined_at(batches[0])
    for each in batches:
        assert found.take(each) == Arrival()
    return found


def test_batches_in_order_lose_nothing() -> None:
    assert node(batch(0, 0), batch(1, 50), batch(2, 100)).position == "2:150:0"


def test_a_gap_is_known_to_the_connection() -> None:
    assert node(batch(0, 0)).take(batch(3, 137)) == Arrival(batches=2, connections=87)


def test_a_gap_of_an_older_script_is_known_to_the_batch() -> None:
    older = node(batch(7, None))

    assert older.position == "7:-:-"
    assert older.take(batch(10, None)) == Arrival(batches=2, connections=None)
    assert older.take(batch(11, None)) == Arrival()


def test_who_is_heard_of_late_has_lost_nothing() -> None:
    assert node(batch(20, 1000, dropped=7)).position == "20:1050:7"


def test_what_zeek_dropped_is_counted_once() -> None:
    found = node(batch(0, 0))

    assert found.take(batch(1, 50, dropped=5)) == Arrival(dropped=5)
    assert found.take(batch(2, 100, dropped=5)) == Arrival()
    assert found.take(batch(3, 150, dropped=6)) == Arrival(dropped=1)


@pytest.mark.parametrize("sent", [True, False])
def test_a_batch_that_comes_again_is_known(sent: bool) -> None:
    batches = [batch(seq, 50 * seq if sent else None) for seq in range(5)]
    found = node(*batches)

    assert [found.take(each) for each in reversed(batches)] == [AGAIN] * 5
    assert found.take(batch(5, 250 if sent else None)) == Arrival()


def test_a_restart_of_zeek_is_no_gap() -> None:
    found = node(batch(0, 0), batch(1, 50))

    assert found.take(batch(0, 0, uid="other")) == Arrival(restarted=True)
    assert found.take(batch(1, 50, uid="others")) == Arrival()


def test_a_restart_with_a_higher_number_shows_by_the_count() -> None:
    found = node(batch(0, 0), batch(1, 50))

    assert found.take(batch(5, 5, size=1)) == Arrival(restarted=True, batches=5, connections=5)


def test_a_position_goes_on() -> None:
    resumed = Node.at(node(batch(4, 200, dropped=3)).position)

    assert resumed.take(batch(4, 200, dropped=3)) == AGAIN
    assert resumed.take(batch(6, 300, dropped=4)) == Arrival(batches=1, connections=50, dropped=1)
    assert Node.at("7:-:-").take(batch(7, None)) == Arrival(
        restarted=True, batches=7, connections=None
    )


@pytest.mark.parametrize("position", ["", "1", "1:2", "a:b:c", "-:1:1", "1:2:3:4"])
def test_what_is_no_position_is_refused(position: str) -> None:
    with pytest.raises(StateError):
        Node.at(position)

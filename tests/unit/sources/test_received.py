"""Lines wait for their decoder, and never more of them than there is room for."""

from netheed.sources.received import Received
from tests.lines import EVE_FLOW

FLOW = EVE_FLOW.rstrip(b"\n")
DNS = b'{"event_type":"dns"}'


def test_lines_are_taken_in_the_order_in_which_they_came() -> None:
    received = Received()
    received.put([b"a", None])
    received.put([b"b"])

    assert received.take() == [b"a", None, b"b"]
    assert received.take() == []


def test_about_as_many_bytes_are_taken_as_were_asked_for() -> None:
    received = Received()
    for _ in range(4):
        received.put([b"x" * 10])

    assert [len(received.take(15)), len(received.take(15))] == [2, 2]


def test_past_its_room_the_oldest_are_dropped_and_the_flows_among_them_counted() -> None:
    received = Received(room=2 * len(FLOW))
    received.put([FLOW, DNS])
    received.put([FLOW])
    received.put([DNS])

    assert (received.lost(), received.lost()) == (1, 0)
    assert received.take() == [FLOW, DNS]


def test_the_newest_are_kept_whatever_their_size() -> None:
    received = Received(room=1)
    received.put([FLOW])

    assert received.take() == [FLOW]
    assert received.lost() == 0


def test_it_knows_how_much_waits_and_for_how_long() -> None:
    now = [10.0]
    received = Received(clock=lambda: now[0])
    empty = (len(received), received.age())
    received.put([b"abc"])
    now[0] = 12.5
    received.put([b"de"])

    assert empty == (0, 0.0)
    assert (len(received), received.age()) == (5, 2.5)

"""Lines wait for their decoder, and never more of them than there is room for."""

from netheed.sources.feed import Feed
from tests.lines import EVE_FLOW

FLOW = EVE_FLOW.rstrip(b"\n")
DNS = b'{"event_type":"dns"}'


def test_lines_are_taken_in_the_order_in_which_they_came() -> None:
    feed = Feed()
    feed.put([b"a", None])
    feed.put([b"b"])

    assert feed.take() == [b"a", None, b"b"]
    assert feed.take() == []


def test_about_as_many_bytes_are_taken_as_were_asked_for() -> None:
    feed = Feed()
    for _ in range(4):
        feed.put([b"x" * 10])

    assert [len(feed.take(15)), len(feed.take(15))] == [2, 2]


def test_past_its_room_the_oldest_are_dropped_and_the_flows_among_them_counted() -> None:
    feed = Feed(room=2 * len(FLOW))
    feed.put([FLOW, DNS])
    feed.put([FLOW])
    feed.put([DNS])

    assert (feed.lost(), feed.lost()) == (1, 0)
    assert feed.take() == [FLOW, DNS]


def test_the_newest_are_kept_whatever_their_size() -> None:
    feed = Feed(room=1)
    feed.put([FLOW])

    assert feed.take() == [FLOW]
    assert feed.lost() == 0


def test_it_knows_how_much_waits_and_for_how_long() -> None:
    now = [10.0]
    feed = Feed(clock=lambda: now[0])
    empty = (len(feed), feed.age())
    feed.put([b"abc"])
    now[0] = 12.5
    feed.put([b"de"])

    assert empty == (0, 0.0)
    assert (len(feed), feed.age()) == (5, 2.5)

"""What a real Redis publishes, and what is counted of what is dropped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netheed.sources.lines import LONGEST_LINE
from netheed.sources.redis_channel import ChannelFeed, flows
from netheed.zeek.backlog import Backlog
from tests.lines import EVE_FLOW
from tests.redis_server import RedisServer, running, until

CHANNEL = "suricata"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with running(tmp_path) as made:
        yield made


def listening(server: RedisServer, **given: Any) -> ChannelFeed:
    feed = ChannelFeed(key=CHANNEL, **given)
    feed.begin(server.client)
    return feed


def published(server: RedisServer, feed: ChannelFeed, *records: bytes) -> None:
    """Publish, and let the feed hear all of it."""
    until(lambda: feed.turn() == 0.0 and server.client.pubsub_numsub(CHANNEL)[0][1])
    for record in records:
        server.client.publish(CHANNEL, record)
    for _ in range(len(records) + 2):
        feed.turn()


def test_what_is_published_comes_in_its_order(server: RedisServer) -> None:
    feed = listening(server)

    published(server, feed, b"1", b"2", b"3")

    first, second = feed.take(2), feed.take(2)
    assert first is not None
    assert second is not None
    assert (first.lines, first.number, second.lines, second.number) == ([b"1", b"2"], 0, [b"3"], 2)
    assert feed.take(2) is None
    feed.end()


def test_past_the_bound_the_oldest_are_dropped_and_their_flows_counted(server: RedisServer) -> None:
    feed = listening(server, backlog=Backlog(most=1, weigh=flows))

    published(server, feed, EVE_FLOW, b'{"event_type":"dns"}', EVE_FLOW, b"last")

    piece = feed.take(9)
    assert piece is not None
    assert (piece.lines, piece.lost) == ([b"last"], {"queue": 2})
    assert feed.take(9) is None
    feed.end()


def test_a_record_past_the_cap_is_not_kept(server: RedisServer) -> None:
    feed = listening(server)

    published(server, feed, b"x" * (LONGEST_LINE * 3), b"x" * LONGEST_LINE)

    assert feed.left == 2
    piece = feed.take(9)
    assert piece is not None
    assert [line and len(line) for line in piece.lines] == [None, LONGEST_LINE]
    feed.end()

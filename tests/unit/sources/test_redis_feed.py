"""Every way in which a Redis gives records is one."""

import inspect
from typing import Any

import pytest

from netheed.sources.redis_channel import ChannelFeed
from netheed.sources.redis_feed import Feed
from netheed.sources.redis_list import ListFeed

FEEDS = [
    ListFeed(key="suricata", is_lpush=True, most_unsaved=1000, tell=print),
    ChannelFeed(key="suricata"),
]


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: type(feed).__name__)
def test_before_anything_has_come_there_is_nothing_to_take(feed: Feed) -> None:
    feed.resume("")
    feed.forget("")

    assert (feed.take(1), feed.left) == (None, 0)


@pytest.mark.parametrize("form", [ListFeed, ChannelFeed])
def test_it_does_what_is_asked_of_it(form: Any) -> None:
    asked = {name: one for name, one in vars(Feed).items() if not name.startswith("_")}

    for name, one in asked.items():
        mine = getattr(form, name)
        assert isinstance(mine, property) == isinstance(one, property)
        if inspect.isfunction(one):
            assert [*inspect.signature(mine).parameters] == [*inspect.signature(one).parameters]

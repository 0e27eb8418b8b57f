"""What source and sink need is what each line has."""

import inspect

import pytest

from netheed.zeek.broker import BrokerLink
from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.door import Door, line_to
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.line import TOPICS, Counts, Line
from netheed.zeek.websocket import Link


@pytest.mark.parametrize("door", [Endpoint(), BrokerEndpoint()], ids=["websocket", "broker"])
def test_a_line_has_all_that_the_protocol_names(door: Door) -> None:
    line = line_to(door)
    methods = {name for name in vars(Line) if not name.startswith("_")}

    assert methods >= {"start", "stop", "problems", "encoded", "publish", "where"}
    assert [name for name in methods | set(Line.__annotations__) if not hasattr(line, name)] == []


@pytest.mark.parametrize("name", ["start", "stop", "problems", "encoded", "publish"])
def test_each_line_takes_what_the_protocol_says(name: str) -> None:
    wanted = inspect.signature(getattr(Line, name)).parameters

    for kind in (Link, BrokerLink):
        assert list(inspect.signature(getattr(kind, name)).parameters) == list(wanted)


def test_the_topics_of_connections_and_answers_are_told_apart() -> None:
    assert not TOPICS[0].startswith(TOPICS[1])
    assert not TOPICS[1].startswith(TOPICS[0])


def test_counts_begin_at_nothing() -> None:
    counted = Counts()

    assert {getattr(counted, name) for name in Counts.__slots__} == {0}

"""What source and sink need is what each line has."""

import pytest

from netheed.errors import NetheedError
from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.door import Door, line_to
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.line import TOPICS, Counts


@pytest.mark.parametrize("door", [Endpoint(), BrokerEndpoint()], ids=["websocket", "broker"])
def test_a_line_that_has_not_begun_publishes_nothing_and_can_be_stopped(door: Door) -> None:
    line = line_to(door)

    with pytest.raises(NetheedError, match="not connected"):
        line.publish(b"{}")
    line.stop()

    assert (line.connected, line.counts.published) == (False, 0)


def test_the_topics_of_connections_and_answers_are_told_apart() -> None:
    assert not TOPICS[0].startswith(TOPICS[1])
    assert not TOPICS[1].startswith(TOPICS[0])


def test_counts_begin_at_nothing() -> None:
    counted = Counts()

    assert {getattr(counted, name) for name in Counts.__slots__} == {0}

"""Each way to a Zeek has its line."""

from netheed.zeek.broker import BrokerLink
from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.door import line_to
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.websocket import Link


def test_a_line_speaks_the_protocol_of_its_door_and_is_not_begun() -> None:
    websocket, native = line_to(Endpoint()), line_to(BrokerEndpoint())

    assert (type(websocket), type(native)) == (Link, BrokerLink)
    assert native.where == "zeek_broker 127.0.0.1:9999"
    assert not native.stopped.is_set()


def test_each_line_has_its_own_backlog_and_end() -> None:
    one, other = line_to(BrokerEndpoint()), line_to(BrokerEndpoint())
    one.backlog.put(b"{}")
    one.stop()

    assert len(other.backlog) == 0
    assert not other.stopped.is_set()

"""The settings of native Broker lead to the one sink of Zeek's verdicts."""

from msgspec import convert

from netheed.sinks import SinkSettings, zeek_verdicts
from netheed.zeek.broker import BrokerLink
from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.door import line_to


def test_it_asks_for_the_line_of_its_endpoint_and_waits_for_answers() -> None:
    settings = convert({"type": "zeek_broker", "port": 4711}, SinkSettings)

    sink = zeek_verdicts.sink(settings, line_to)

    assert isinstance(sink.link, BrokerLink)
    assert sink.link.endpoint == BrokerEndpoint(port=4711)
    assert sink.confirm

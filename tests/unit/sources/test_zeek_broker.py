"""The settings of native Broker lead to the one source of Zeek's events."""

import pytest
from msgspec import ValidationError, convert

from netheed.core.networks import AddressWords
from netheed.records import Tally
from netheed.sources import SourceSettings, zeek_events
from netheed.sources.live import Around
from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.door import Door, line_to
from netheed.zeek.line import Line


def test_without_a_word_it_is_where_the_package_listens() -> None:
    asked: list[Door] = []

    def link(door: Door) -> Line:
        asked.append(door)
        return line_to(door)

    settings = convert({"type": "zeek_broker"}, SourceSettings)
    around = Around(lambda _: AddressWords(), Tally(), print, link)
    source = zeek_events.source(settings, around)

    assert asked == [BrokerEndpoint(host="127.0.0.1", port=9999)]
    assert source.owns("zeek_broker/worker-1")
    assert not source.owns("zeek_websocket/worker-1")


@pytest.mark.parametrize("port", [0, 65536, "x"])
def test_what_is_no_port_is_refused(port: object) -> None:
    with pytest.raises(ValidationError, match="port"):
        convert({"type": "zeek_broker", "port": port}, SourceSettings)

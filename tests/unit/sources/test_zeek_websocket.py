"""The settings of the WebSocket lead to the one source of Zeek's events."""

import pytest
from msgspec import ValidationError, convert

from netheed.core.networks import AddressWords
from netheed.records import Tally
from netheed.sources import SourceSettings, zeek_events
from netheed.sources.live import Around
from netheed.sources.zeek_events import ZeekEvents
from netheed.sources.zeek_websocket import ZeekWebSocketSettings
from netheed.zeek.door import Door, line_to
from netheed.zeek.endpoint import DEFAULT_URL, Endpoint
from netheed.zeek.line import Line


def made(settings: ZeekWebSocketSettings) -> tuple[ZeekEvents, list[Door]]:
    asked: list[Door] = []

    def link(door: Door) -> Line:
        asked.append(door)
        return line_to(door)

    around = Around(lambda _: AddressWords(), Tally(), print, link)
    return zeek_events.source(settings, around), asked


def test_without_a_word_it_is_where_zeekctl_listens() -> None:
    settings = convert({"type": "zeek_websocket"}, SourceSettings)

    source, asked = made(settings)

    assert asked == [Endpoint(url=DEFAULT_URL)]
    assert source.owns("zeek_websocket/worker-1")
    assert not source.owns("zeek_broker/worker-1")


def test_its_name_keeps_the_nodes_of_two_zeeks_apart() -> None:
    source, _ = made(ZeekWebSocketSettings(name="north"))

    assert source.owns("north/worker-1")
    assert not source.owns("northern/worker-1")


@pytest.mark.parametrize("name", ["", "a/b", "a b", "x" * 65])
def test_a_name_that_would_tear_an_origin_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="name"):
        convert({"type": "zeek_websocket", "name": name}, SourceSettings)

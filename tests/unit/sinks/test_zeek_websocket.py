"""The settings of the WebSocket lead to the one sink of Zeek's verdicts."""

from msgspec import convert

from netheed.sinks import SinkSettings, zeek_verdicts
from netheed.zeek.door import Door, line_to
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.line import Line


def test_it_asks_for_the_line_of_its_endpoint_and_waits_for_answers() -> None:
    asked: list[Door] = []

    def link(door: Door) -> Line:
        asked.append(door)
        return line_to(door)

    url = "ws://127.0.0.1:1234/v1/messages/json"
    settings = convert({"type": "zeek_websocket", "url": url}, SinkSettings)
    sink = zeek_verdicts.sink(settings, link)

    assert asked == [Endpoint(url=url)]
    assert sink.confirm
    assert sink.link.on_seen is not None


def test_a_script_that_never_answers_need_not_be_waited_for() -> None:
    settings = convert({"type": "zeek_websocket", "confirm": False}, SinkSettings)

    assert not zeek_verdicts.sink(settings, line_to).confirm

"""Where a running netheed reads and writes is made of settings."""

from functools import cache
from pathlib import Path
from typing import get_args

import pytest

from netheed import edges
from netheed.config import Settings
from netheed.core.networks import AddressWords
from netheed.errors import ConfigError
from netheed.records import Tally
from netheed.sinks import LIVE_SINKS, EveSettings, JsonlSettings, SinkSettings
from netheed.sinks.zeek_broker import ZeekBrokerSinkSettings
from netheed.sinks.zeek_websocket import ZeekWebSocketSinkSettings
from netheed.sources import LIVE_SOURCES, SourceSettings, lateness_of
from netheed.sources.live import Around
from netheed.sources.zeek_broker import ZeekBrokerSettings
from netheed.sources.zeek_log import ZeekLogSettings
from netheed.sources.zeek_websocket import ZeekWebSocketSettings
from netheed.store import Store
from netheed.zeek.door import line_to


def types(settings: object) -> set[str]:
    return {form.__struct_config__.tag for form in get_args(settings)}


def test_whatever_may_be_configured_is_a_line_of_the_tables() -> None:
    assert types(SinkSettings) == set(LIVE_SINKS)
    assert types(SourceSettings) == set(LIVE_SOURCES)


def test_every_kind_of_source_is_made_in_the_order_of_the_settings() -> None:
    kinds = (ZeekLogSettings(path="conn.log"), ZeekWebSocketSettings(), ZeekBrokerSettings())
    settings = Settings(sources=kinds)
    words = AddressWords(settings.networks.local)
    around = Around(lambda _: words, Tally(), print, line_to)

    log, websocket, broker = edges.sources(settings, around)

    assert log.owns("conn.log")
    assert websocket.owns("zeek_websocket/worker-1")
    assert broker.owns("zeek_broker/worker-1")


def test_a_source_waits_as_configured_for_it_else_for_all_else_as_its_sensor_asks() -> None:
    log = ZeekLogSettings(path="conn.log")
    own = ZeekLogSettings(path="other.log", lateness=20.0)

    assert [lateness_of(one, 90.0) for one in (log, own)] == [90.0, 20.0]
    assert [lateness_of(one, None) for one in (log, own)] == [330.0, 20.0]


def test_sinks_at_one_zeek_share_a_line_and_others_do_not() -> None:
    here, there = ZeekWebSocketSinkSettings(), ZeekBrokerSinkSettings()
    settings = Settings(sinks=(here, here, there))

    one, same, other = edges.sinks(settings, cache(line_to))

    assert one.link is same.link is not other.link


def test_a_zeek_that_must_not_be_connected_to_is_told_with_its_place() -> None:
    far = ZeekWebSocketSettings(url="ws://192.0.2.1/")

    with pytest.raises(ConfigError, match=r"sources\[1\]\.url: plain ws"):
        edges.links(Settings(sources=(ZeekWebSocketSettings(), far)))


def test_two_sinks_of_one_kind_are_told_apart_by_a_number(tmp_path: Path) -> None:
    lines = JsonlSettings(path=str(tmp_path / "a"))
    settings = Settings(sinks=(lines, EveSettings(path=str(tmp_path / "b")), lines, lines))
    store = Store(tmp_path / "notices.sqlite")

    made = edges.deliveries(settings, store, line_to)

    assert [one.name for one in made.to] == ["jsonl", "eve", "jsonl#2", "jsonl#3"]

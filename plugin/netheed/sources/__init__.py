"""Where connections come from: which sources there are, by the name that a configuration gives."""

from collections.abc import Callable
from typing import Any, Final

from netheed.ports import Source
from netheed.sources import zeek_events, zeek_log
from netheed.sources.archive import Archive
from netheed.sources.live import Around, LiveSource
from netheed.sources.zeek_broker import ZeekBrokerSettings
from netheed.sources.zeek_log import ZeekLogSettings
from netheed.sources.zeek_websocket import ZeekWebSocketSettings

SOURCES: Final[dict[str, Callable[..., Source]]] = {
    "archive": Archive,
}
"""For records that are all there already. Each is made with its own settings, and with `words`,
`tally` and `on_bad`."""

SourceSettings = ZeekLogSettings | ZeekWebSocketSettings | ZeekBrokerSettings
"""What may stand under `sources` in a configuration."""

LIVE_SOURCES: Final[dict[str, Callable[[Any, Around], LiveSource]]] = {
    "zeek_log": zeek_log.source,
    "zeek_websocket": zeek_events.source,
    "zeek_broker": zeek_events.source,
}
"""For `netheed run`, by the `type` of their settings."""

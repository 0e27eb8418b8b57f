"""Where connections come from: which sources there are, by the name that a configuration gives."""

from collections.abc import Callable
from typing import Final

from netheed.ports import Source
from netheed.sources.archive import Archive
from netheed.sources.live import Around, LiveSource
from netheed.sources.zeek_broker import ZeekBrokerSettings
from netheed.sources.zeek_log import ZeekLogSettings
from netheed.sources.zeek_websocket import ZeekWebSocketSettings
from netheed.tagged import module_of

SOURCES: Final[dict[str, Callable[..., Source]]] = {
    "archive": Archive,
}
"""For records that are all there already. Each is made with its own settings, and with `words`,
`tally` and `on_bad`."""

SourceSettings = ZeekLogSettings | ZeekWebSocketSettings | ZeekBrokerSettings
"""What may stand under `sources` in a configuration."""

LIVE_SOURCES: Final = {
    "zeek_log": "netheed.sources.zeek_log",
    "zeek_websocket": "netheed.sources.zeek_events",
    "zeek_broker": "netheed.sources.zeek_events",
}
"""For `netheed run`, by the `type` of their settings: the module whose `source` makes one."""


def live_source(settings: SourceSettings, around: Around) -> LiveSource:
    """The configured one; its module is loaded now."""
    made: LiveSource = module_of(LIVE_SOURCES, settings).source(settings, around)
    return made

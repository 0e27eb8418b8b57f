"""Where connections come from: which sources there are, by the name that a configuration gives."""

from collections.abc import Callable
from importlib import import_module
from typing import Final

from netheed.ports import Source
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

LIVE_SOURCES: Final = {
    "zeek_log": "netheed.sources.zeek_log",
    "zeek_websocket": "netheed.sources.zeek_events",
    "zeek_broker": "netheed.sources.zeek_events",
}
"""For `netheed run`, by the `type` of their settings: the module whose `source` makes one."""


def live_source(settings: SourceSettings, around: Around) -> LiveSource:
    """The configured one; its module is loaded now."""
    module = import_module(LIVE_SOURCES[str(settings.__struct_config__.tag)])
    made: LiveSource = module.source(settings, around)
    return made

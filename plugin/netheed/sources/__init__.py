"""Where connections come from: which sources there are, by the name that a configuration gives."""

from collections.abc import Callable
from typing import Final

from netheed.ports import Source
from netheed.sources.archive import Archive
from netheed.sources.eve_file import EveFileSettings
from netheed.sources.eve_redis import EveRedisSettings
from netheed.sources.eve_socket import EveSocketSettings
from netheed.sources.live import Around, LiveSource
from netheed.sources.zeek_broker import ZeekBrokerSettings
from netheed.sources.zeek_log import ZeekLogSettings
from netheed.sources.zeek_websocket import ZeekWebSocketSettings
from netheed.tagged import module_of, type_of

SOURCES: Final[dict[str, Callable[..., Source]]] = {
    "archive": Archive,
}
"""For records that are all there already. Each is made with its own settings, and with `words`,
`tally` and `on_bad`."""

SourceSettings = (
    EveFileSettings
    | EveSocketSettings
    | EveRedisSettings
    | ZeekLogSettings
    | ZeekWebSocketSettings
    | ZeekBrokerSettings
)
"""What may stand under `sources` in a configuration."""

LIVE_SOURCES: Final = {
    "eve_file": "netheed.sources.eve_file",
    "eve_socket": "netheed.sources.eve_socket",
    "eve_redis": "netheed.sources.redis_events",
    "zeek_log": "netheed.sources.zeek_log",
    "zeek_websocket": "netheed.sources.zeek_events",
    "zeek_broker": "netheed.sources.zeek_events",
}
"""For `netheed run`, by the `type` of their settings: the module whose `source` makes one."""


LATENESS: Final = {"zeek": 330.0, "eve": 630.0}
"""Seconds, by the sensor, with which the types of its sources begin. A TCP connection that was left
open is told so long after its last packet, by default: by Zeek after 5 minutes, by Suricata after
10 (`flow-timeouts`, tcp, established)."""


def lateness_of(settings: SourceSettings, general: float | None) -> float:
    """Seconds by which the records of a source may be behind its newest, as configured for it.

    Else as configured for all, else as the sensor's own timeouts ask for.
    """
    known = (each for each in (settings.lateness, general) if each is not None)
    return next(known, LATENESS[type_of(settings).partition("_")[0]])


def live_source(settings: SourceSettings, around: Around) -> LiveSource:
    """The configured one; its module is loaded now."""
    made: LiveSource = module_of(LIVE_SOURCES, settings).source(settings, around)
    return made

"""What two parts of a configuration must not share: nothing is read twice, nor written by two."""

import os
from collections.abc import Hashable, Iterator

from netheed.config import Settings
from netheed.errors import ConfigError
from netheed.sources.zeek_log import ZeekLogSettings
from netheed.zeek.settings import BrokerSettings, WebSocketSettings


def check(settings: Settings) -> None:
    """Raises ConfigError at the second of two parts that get in each other's way."""
    taken: dict[Hashable, str] = {}
    for place, claim in _claims(settings):
        first = taken.setdefault(claim, place)
        if first != place:
            raise ConfigError(f"is the same as {first}", where=place)


def _claims(settings: Settings) -> Iterator[tuple[str, Hashable]]:
    """What each part has for itself alone: files by any name, Zeeks once a direction."""
    for at, source in enumerate(settings.sources):
        if isinstance(source, ZeekLogSettings):
            yield f"sources[{at}].path", os.path.realpath(source.path)
        else:
            yield f"sources[{at}].name", ("name", source.name)
            yield _zeek(source, f"sources[{at}]", "connections")
    for at, sink in enumerate(settings.sinks):
        if isinstance(sink, BrokerSettings | WebSocketSettings):
            yield _zeek(sink, f"sinks[{at}]", "verdicts")
        else:
            yield f"sinks[{at}].path", os.path.realpath(sink.path)
    if settings.daemon.windows is not None:
        yield "daemon.windows", os.path.realpath(settings.daemon.windows)


def _zeek(
    settings: BrokerSettings | WebSocketSettings, where: str, what: str
) -> tuple[str, Hashable]:
    if isinstance(settings, BrokerSettings):
        return f"{where}.port", (what, settings.host, settings.port)
    return f"{where}.url", (what, *settings.endpoint.address)

"""What two parts of a configuration must not share: nothing is read twice, nor written by two."""

import os
from collections.abc import Hashable, Iterator

from netheed.config import Settings
from netheed.errors import ConfigError
from netheed.sources.zeek_log import ZeekLogSettings
from netheed.zeek.door import Door
from netheed.zeek.settings import BrokerSettings, WebSocketSettings


def check(settings: Settings) -> None:
    """Raises ConfigError at the second of two parts that get in each other's way."""
    _check_lines(settings)
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


def _check_lines(settings: Settings) -> None:
    """Source and sink of one Zeek share one line, so they must say the same of it."""
    first: dict[Hashable, tuple[str, Door]] = {}
    for kind, parts in (("sources", settings.sources), ("sinks", settings.sinks)):
        for at, part in enumerate(parts):
            if not isinstance(part, BrokerSettings | WebSocketSettings):
                continue
            place, zeek = _zeek(part, f"{kind}[{at}]", "line")
            known, door = first.setdefault(zeek, (place, part.endpoint))
            if door != part.endpoint:
                raise ConfigError(f"is the Zeek of {known}, with other settings", where=place)


def _zeek(
    settings: BrokerSettings | WebSocketSettings, where: str, what: str
) -> tuple[str, Hashable]:
    if isinstance(settings, BrokerSettings):
        return f"{where}.port", (what, settings.host, settings.port)
    return f"{where}.url", (what, *settings.endpoint.address)

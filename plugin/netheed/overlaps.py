"""What two parts of a configuration must not share: nothing is read twice, nor written by two."""

import os
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Final

from netheed import checkpoint, store
from netheed.config import Settings
from netheed.errors import ConfigError
from netheed.sinks import SinkSettings
from netheed.sinks.ledger import Ledger
from netheed.sinks.suricata_dataset import SuricataDatasetSettings
from netheed.sinks.syslog_settings import SyslogSettings, parsed
from netheed.sources import SourceSettings
from netheed.sources.eve_file import EveFileSettings
from netheed.sources.eve_redis import EveRedisSettings
from netheed.sources.eve_socket import EveSocketSettings
from netheed.sources.log_names import LogNames
from netheed.sources.zeek_log import ZeekLogSettings
from netheed.zeek.door import Door
from netheed.zeek.endpoint import is_loopback
from netheed.zeek.settings import BrokerSettings, WebSocketSettings

OWN: Final = (*checkpoint.FILES, *store.FILES)
"""What netheed writes into its state, by name."""


def check(settings: Settings, file: Path | None = None) -> None:
    """Raises ConfigError at the second of two parts that get in each other's way.

    `file` is the configuration itself, which nobody writes either.
    """
    _check_lines(settings)
    taken: dict[Hashable, str] = {}
    for place, claim in _claims(settings, file):
        first = taken.setdefault(claim, place)
        if first != place:
            raise ConfigError(f"is the same as {first}", where=place)
    _check_logs(settings)


def _claims(settings: Settings, file: Path | None) -> Iterator[tuple[str, Hashable]]:
    """What each part has for itself alone: files by any name, Zeeks once a direction."""
    if file is not None:
        yield "this configuration", _named(file)
    state = Path(settings.daemon.state)
    for own in (state, *(state / name for name in OWN)):
        yield "daemon.state", _named(own)
    for at, source in enumerate(settings.sources):
        yield from _of_source(source, f"sources[{at}]")
    for at, sink in enumerate(settings.sinks):
        yield from _of_sink(sink, f"sinks[{at}]")
    if settings.daemon.windows is not None:
        yield "daemon.windows", _named(settings.daemon.windows)


def _of_source(source: SourceSettings, where: str) -> Iterator[tuple[str, Hashable]]:
    if isinstance(source, BrokerSettings | WebSocketSettings):
        yield f"{where}.name", ("name", source.name)
        yield _zeek(source, where, "connections")
    elif isinstance(source, EveRedisSettings):
        yield f"{where}.name", ("name", source.name)
        yield f"{where}.key", _redis(source)
    elif isinstance(source, EveFileSettings):
        # Of several files those may be netheed's own: the source leaves them out.
        if not LogNames(source.path).is_wild:
            yield f"{where}.path", _named(source.path)
        yield from ((f"{where}.path", ("read", _named(file))) for file in _files(source.path))
    elif isinstance(source, EveSocketSettings):
        yield f"{where}.name", ("name", source.name)
        yield f"{where}.path", _named(source.path)
    else:
        yield f"{where}.path", _named(source.path)
        yield f"{where}.path", ("read", _named(source.path))


def _redis(source: EveRedisSettings) -> Hashable:
    """What Suricata writes is read once, whatever way it takes there."""
    place = source.place
    at = (_place(place.host), place.port) if place.host else _named(place.path)
    return "redis", at, place.database, source.key


def _files(path: str) -> list[Path]:
    """What there is of them now."""
    try:
        return [file for files in LogNames(path).files().values() for file in files]
    except OSError:
        return []


def _of_sink(sink: SinkSettings, where: str) -> Iterator[tuple[str, Hashable]]:
    if isinstance(sink, BrokerSettings | WebSocketSettings):
        yield _zeek(sink, where, "verdicts")
    elif isinstance(sink, SuricataDatasetSettings):
        yield from _suricata(sink, where)
    elif isinstance(sink, SyslogSettings):
        yield f"{where}.address", _syslog(sink)
    else:
        yield f"{where}.path", _named(sink.path)


def _suricata(sink: SuricataDatasetSettings, where: str) -> Iterator[tuple[str, Hashable]]:
    """One engine's set, or its hosts' bits, and the ledger."""
    held = (sink.set,) if sink.by == "dataset" else ()
    yield f"{where}.{'set' if held else 'by'}", ("held", _named(sink.socket), *held)
    ledger = Ledger(Path(sink.ledger))
    for file in (ledger.path, ledger.beside):
        yield f"{where}.ledger", _named(file)


def _named(path: str | Path) -> Hashable:
    """Equal for all names of one file, whether it is there or not."""
    try:
        status = os.stat(path)  # noqa: PTH116 - of text too
    except OSError:
        return os.path.realpath(path)
    return status.st_dev, status.st_ino


def _syslog(settings: SyslogSettings) -> Hashable:
    """A notice is told once to each."""
    address = parsed(settings.address)
    if address.way == "unix":
        return _named(address.host)
    return "syslog", _place(address.host), address.port


def _check_logs(settings: Settings) -> None:
    """No file is one of two sources, though it be not there yet."""
    known: list[tuple[str, LogNames]] = []
    for at, source in enumerate(settings.sources):
        if not isinstance(source, EveFileSettings | ZeekLogSettings):
            continue
        place, names = f"sources[{at}].path", LogNames(os.path.realpath(source.path))
        for first, others in known:
            if any(map(others.fits, names.examples)) or any(map(names.fits, others.examples)):
                raise ConfigError(f"has files of {first}", where=place)
        known.append((place, names))


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
    """Its place in the configuration, and what is equal for all names of this machine."""
    if isinstance(settings, BrokerSettings):
        key, host, port = "port", settings.host, settings.port
    else:
        key, (host, port) = "url", settings.endpoint.address
    return f"{where}.{key}", (what, _place(host), port)


def _place(host: str) -> str:
    return "this machine" if is_loopback(host) else host

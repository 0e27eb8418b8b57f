"""Settings -> where a running netheed reads and where its notices go."""

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from netheed.config import Settings
from netheed.delivery import Deliveries, Delivery
from netheed.sinks import LiveSink, live_sink
from netheed.sources import lateness_of, live_source
from netheed.sources.live import Around, LiveSource
from netheed.store import Store
from netheed.tagged import type_of
from netheed.zeek.door import Lines, line_to
from netheed.zeek.settings import BrokerSettings, WebSocketSettings


def links(settings: Settings) -> Lines:
    """One connection to each Zeek, whoever asks for it. Raises ConfigError for what must not be."""
    for kind, of_kind in (("sources", settings.sources), ("sinks", settings.sinks)):
        for at, one in enumerate(of_kind):
            if isinstance(one, BrokerSettings | WebSocketSettings):
                one.endpoint.check(f"{kind}[{at}]")
    return cache(line_to)


def sources(settings: Settings, around: Around) -> list[LiveSource]:
    """The configured live sources."""
    latenesses = (lateness_of(one, settings.windows.lateness) for one in settings.sources)
    parts = zip(settings.sources, latenesses, strict=True)
    around = replace(around, own=frozenset(_written(settings)))
    return [live_source(one, replace(around, lateness=seconds)) for one, seconds in parts]


def _written(settings: Settings) -> Iterator[str]:
    """Real paths of the files that netheed writes: they may stand beside those that it reads."""
    paths = (getattr(one, "path", None) for one in settings.sinks)
    yield from (os.path.realpath(path) for path in (*paths, settings.daemon.windows) if path)


def sinks(settings: Settings, link: Lines) -> list[LiveSink]:
    """The configured sinks, not opened yet."""
    return [live_sink(one, link) for one in settings.sinks]


def deliveries(settings: Settings, store: Store, link: Lines) -> Deliveries:
    """Each configured sink with its way there; two of one kind are told apart by a number."""
    names: list[str] = []
    for one in settings.sinks:
        kind = type_of(one)
        count = sum(name.partition("#")[0] == kind for name in names)
        names.append(f"{kind}#{count + 1}" if count else kind)
    made = zip(names, sinks(settings, link), strict=True)
    return Deliveries(store, [Delivery(name=name, sink=sink, store=store) for name, sink in made])

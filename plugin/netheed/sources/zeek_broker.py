"""Finished connections of a running Zeek by Broker's own protocol."""

from typing import Annotated

from msgspec import Meta

from netheed.sources.live import Around
from netheed.sources.zeek_events import ZeekEvents
from netheed.zeek.broker_settings import BrokerSettings


class ZeekBrokerSettings(BrokerSettings, frozen=True, kw_only=True, tag="zeek_broker"):
    """Where Zeek's manager listens for peers."""

    name: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.-]{1,64}\Z")] = "zeek_broker"
    """What its origins begin with: several Zeeks have several names."""


def source(settings: ZeekBrokerSettings, around: Around) -> ZeekEvents:
    """See sources.LIVE_SOURCES."""
    return ZeekEvents(
        link=around.link(settings.endpoint),
        words=around.words,
        tally=around.tally,
        on_bad=around.on_bad,
        name=settings.name,
    )

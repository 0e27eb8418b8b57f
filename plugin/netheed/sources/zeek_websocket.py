"""Finished connections of a running Zeek over its WebSocket."""

from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from netheed.sources.live import Around
from netheed.sources.zeek_events import ZeekEvents
from netheed.zeek.endpoint import DEFAULT_URL, Endpoint


class ZeekWebSocketSettings(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="zeek_websocket",
):
    """Where Zeek's manager listens; see endpoint.Endpoint."""

    url: str = DEFAULT_URL
    insecure: bool = False
    ca_file: str | None = None
    name: Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.-]{1,64}\Z")] = "zeek_websocket"
    """What its origins begin with: several Zeeks have several names."""

    @property
    def endpoint(self) -> Endpoint:
        """As the link wants it."""
        ca_file = Path(self.ca_file) if self.ca_file else None
        return Endpoint(url=self.url, insecure=self.insecure, ca_file=ca_file)


def source(settings: ZeekWebSocketSettings, around: Around) -> ZeekEvents:
    """See sources.LIVE_SOURCES."""
    return ZeekEvents(
        link=around.link(settings.endpoint),
        words=around.words,
        tally=around.tally,
        on_bad=around.on_bad,
        name=settings.name,
    )

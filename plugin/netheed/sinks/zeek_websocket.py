"""Verdicts to a running Zeek over its WebSocket."""

from pathlib import Path

from msgspec import Struct

from netheed.sinks.zeek_verdicts import ZeekVerdicts
from netheed.zeek.door import Lines
from netheed.zeek.endpoint import DEFAULT_URL, Endpoint


class ZeekWebSocketSinkSettings(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="type",
    tag="zeek_websocket",
):
    """Where Zeek's manager listens; a source with the same has the same connection."""

    url: str = DEFAULT_URL
    insecure: bool = False
    ca_file: str | None = None
    confirm: bool = True
    """Whether Zeek's script answers; netheed's own does."""

    @property
    def endpoint(self) -> Endpoint:
        """As the link wants it."""
        ca_file = Path(self.ca_file) if self.ca_file else None
        return Endpoint(url=self.url, insecure=self.insecure, ca_file=ca_file)


def sink(settings: ZeekWebSocketSinkSettings, link: Lines) -> ZeekVerdicts:
    """See sinks.LIVE_SINKS."""
    return ZeekVerdicts(link=link(settings.endpoint), confirm=settings.confirm)

"""Finished connections of a running Zeek over its WebSocket."""

from netheed.strict_yaml import Seconds
from netheed.zeek.settings import Name, WebSocketSettings


class ZeekWebSocketSettings(WebSocketSettings, frozen=True, kw_only=True, tag="zeek_websocket"):
    """Where Zeek's manager listens; zeek_events.source is made of them."""

    name: Name = "zeek_websocket"
    """What its origins begin with: several Zeeks have several names."""
    lateness: Seconds | None = None

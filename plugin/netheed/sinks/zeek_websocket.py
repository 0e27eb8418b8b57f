"""Verdicts to a running Zeek over its WebSocket."""

from netheed.zeek.settings import WebSocketSettings


class ZeekWebSocketSinkSettings(WebSocketSettings, frozen=True, kw_only=True, tag="zeek_websocket"):
    """Where Zeek's manager listens; a source with the same has the same connection."""

    confirm: bool = True
    """Whether Zeek's script answers; netheed's own does."""

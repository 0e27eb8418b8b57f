"""The ways to a Zeek that can be configured, and the line that goes each."""

from collections.abc import Callable

from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.line import Line

Door = Endpoint | BrokerEndpoint

Lines = Callable[[Door], Line]
"""The one line to a Zeek, whoever asks for it."""


def line_to(door: Door) -> Line:
    """A new line, not begun yet; what it needs is loaded now."""
    if isinstance(door, BrokerEndpoint):
        from netheed.zeek.broker import BrokerLink  # noqa: PLC0415

        return BrokerLink(endpoint=door)
    from netheed.zeek.websocket import Link  # noqa: PLC0415

    return Link(endpoint=door)

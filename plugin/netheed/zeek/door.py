"""The ways to a Zeek that can be configured, and the line that goes each."""

from collections.abc import Callable

from netheed.zeek.broker import BrokerLink
from netheed.zeek.broker_endpoint import BrokerEndpoint
from netheed.zeek.endpoint import Endpoint
from netheed.zeek.line import Line
from netheed.zeek.websocket import Link

Door = Endpoint | BrokerEndpoint

Lines = Callable[[Door], Line]
"""The one line to a Zeek, whoever asks for it."""


def line_to(door: Door) -> Line:
    """A new line, not begun yet."""
    if isinstance(door, BrokerEndpoint):
        return BrokerLink(endpoint=door)
    return Link(endpoint=door)

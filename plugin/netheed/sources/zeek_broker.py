"""Finished connections of a running Zeek by Broker's own protocol."""

from netheed.strict_yaml import Seconds
from netheed.zeek.settings import BrokerSettings, Name


class ZeekBrokerSettings(BrokerSettings, frozen=True, kw_only=True, tag="zeek_broker"):
    """Where Zeek's manager listens for peers; zeek_events.source is made of them."""

    name: Name = "zeek_broker"
    """What its origins begin with: several Zeeks have several names."""
    lateness: Seconds | None = None

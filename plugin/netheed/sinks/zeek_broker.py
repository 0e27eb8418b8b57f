"""Verdicts to a running Zeek by Broker's own protocol."""

from netheed.zeek.settings import BrokerSettings


class ZeekBrokerSinkSettings(BrokerSettings, frozen=True, kw_only=True, tag="zeek_broker"):
    """Where Zeek's manager listens for peers; a source with the same has the same peering."""

    confirm: bool = True
    """Whether Zeek's script answers; netheed's own does."""

"""Verdicts to a running Zeek by Broker's own protocol."""

from netheed.sinks.zeek_verdicts import ZeekVerdicts
from netheed.zeek.broker_settings import BrokerSettings
from netheed.zeek.door import Lines


class ZeekBrokerSinkSettings(BrokerSettings, frozen=True, kw_only=True, tag="zeek_broker"):
    """Where Zeek's manager listens for peers; a source with the same has the same peering."""

    confirm: bool = True
    """Whether Zeek's script answers; netheed's own does."""


def sink(settings: ZeekBrokerSinkSettings, link: Lines) -> ZeekVerdicts:
    """See sinks.LIVE_SINKS."""
    return ZeekVerdicts(link=link(settings.endpoint), confirm=settings.confirm)

"""Where notices go: what a sink must offer, and which there are."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final, Protocol, runtime_checkable

from msgspec import Struct

from netheed.ports import Problem
from netheed.records import Notice
from netheed.sinks.formats import FORMATS
from netheed.sinks.lines import LinesSink
from netheed.sinks.output import Output
from netheed.sinks.suricata_dataset import SuricataDatasetSettings
from netheed.sinks.syslog_settings import SyslogSettings
from netheed.sinks.table import TableSink
from netheed.sinks.zeek_broker import ZeekBrokerSinkSettings
from netheed.sinks.zeek_websocket import ZeekWebSocketSinkSettings
from netheed.strict_yaml import FileName
from netheed.tagged import module_of
from netheed.zeek.door import Lines


class Sink(Protocol):
    """Takes notices in the order of their windows."""

    def write(self, notices: Sequence[Notice], /) -> None:
        """Take the next notices. Raises NetheedError where they cannot be written."""
        ...

    def close(self) -> None:
        """At the end of a run that went well: write what was kept back."""
        ...


SINKS: Final[dict[str, Callable[[Output], Sink]]] = {
    "table": TableSink,
    "jsonl": partial(LinesSink, encode=FORMATS["jsonl"]),
    "eve": partial(LinesSink, encode=FORMATS["eve"]),
    "ecs": partial(LinesSink, encode=FORMATS["ecs"]),
    "ocsf": partial(LinesSink, encode=FORMATS["ocsf"]),
}
"""The choices of `--as`; the first is the default."""


class AppendedSettings(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """Lines at the end of a file; the form is the `type`."""

    path: FileName


class JsonlSettings(AppendedSettings, frozen=True, kw_only=True, tag="jsonl"):
    """netheed's own lines, at the end of a file."""


class EveSettings(AppendedSettings, frozen=True, kw_only=True, tag="eve"):
    """EVE alerts, at the end of a file of their own beside Suricata's."""


class EcsSettings(AppendedSettings, frozen=True, kw_only=True, tag="ecs"):
    """Elastic Common Schema, at the end of a file."""


class OcsfSettings(AppendedSettings, frozen=True, kw_only=True, tag="ocsf"):
    """OCSF detection findings, at the end of a file."""


SinkSettings = (
    JsonlSettings
    | EveSettings
    | EcsSettings
    | OcsfSettings
    | SyslogSettings
    | ZeekWebSocketSinkSettings
    | ZeekBrokerSinkSettings
    | SuricataDatasetSettings
)
"""What may stand under `sinks` in a configuration."""


class LiveSink(Sink, Protocol):
    """What `netheed run` gives notices to; it may be called from a thread of its own."""

    def problems(self) -> Iterable[Problem]:
        """What keeps it from working at this moment."""
        ...


@runtime_checkable
class Tended(Protocol):
    """What a live sink may offer beside, that has something to do without notices too."""

    def tend(self) -> None:
        """Do what is due; called after notices, and at least every few seconds.

        Raises NetheedError where that fails; it is called again later.
        """
        ...


LIVE_SINKS: Final = {
    **dict.fromkeys(FORMATS, "netheed.sinks.appended"),
    "syslog": "netheed.sinks.syslog",
    "zeek_websocket": "netheed.sinks.zeek_verdicts",
    "zeek_broker": "netheed.sinks.zeek_verdicts",
    "suricata_dataset": "netheed.sinks.noticed_hosts",
}
"""For `netheed run`, by the `type` of their settings: the module whose `sink` makes one."""


def live_sink(settings: SinkSettings, link: Lines) -> LiveSink:
    """The configured one, not opened yet; its module is loaded now."""
    made: LiveSink = module_of(LIVE_SINKS, settings).sink(settings, link)
    return made

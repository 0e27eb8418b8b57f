"""Where notices go: what a sink must offer, and which there are."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec import Struct

from netheed.ports import Problem
from netheed.records import Notice
from netheed.sinks import zeek_verdicts
from netheed.sinks.appended import AppendedFile
from netheed.sinks.formats import FORMATS
from netheed.sinks.lines import LinesSink
from netheed.sinks.output import Output
from netheed.sinks.table import TableSink
from netheed.sinks.zeek_broker import ZeekBrokerSinkSettings
from netheed.sinks.zeek_websocket import ZeekWebSocketSinkSettings
from netheed.strict_yaml import FileName
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


class _Appended(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    path: FileName


class JsonlSettings(_Appended, frozen=True, kw_only=True, tag="jsonl"):
    """netheed's own lines, at the end of a file."""


class EveSettings(_Appended, frozen=True, kw_only=True, tag="eve"):
    """EVE alerts, at the end of a file of their own beside Suricata's."""


class EcsSettings(_Appended, frozen=True, kw_only=True, tag="ecs"):
    """Elastic Common Schema, at the end of a file."""


class OcsfSettings(_Appended, frozen=True, kw_only=True, tag="ocsf"):
    """OCSF detection findings, at the end of a file."""


SinkSettings = (
    JsonlSettings
    | EveSettings
    | EcsSettings
    | OcsfSettings
    | ZeekWebSocketSinkSettings
    | ZeekBrokerSinkSettings
)
"""What may stand under `sinks` in a configuration."""


class LiveSink(Sink, Protocol):
    """What `netheed run` gives notices to; it may be called from a thread of its own."""

    def problems(self) -> Iterable[Problem]:
        """What keeps it from working at this moment."""
        ...


def _appended(settings: _Appended, _: Lines) -> AppendedFile:
    form = str(type(settings).__struct_config__.tag)
    return AppendedFile(path=Path(settings.path), encode=FORMATS[form])


LIVE_SINKS: Final[dict[str, Callable[[Any, Lines], LiveSink]]] = {
    **dict.fromkeys(FORMATS, _appended),
    "zeek_websocket": zeek_verdicts.sink,
    "zeek_broker": zeek_verdicts.sink,
}
"""For `netheed run`, by the `type` of their settings."""

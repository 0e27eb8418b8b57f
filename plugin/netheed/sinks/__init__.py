"""Where notices go: what a sink must offer, and which there are."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, Protocol

from netheed.records import Notice
from netheed.sinks.formats import FORMATS
from netheed.sinks.lines import LinesSink
from netheed.sinks.output import Output
from netheed.sinks.table import TableSink


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

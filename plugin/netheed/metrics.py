"""Prometheus metrics on loopback, read where they are counted: nothing is counted twice."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from netheed import __version__
from netheed.core.columns import SENSORS
from netheed.core.compared import MEASURES
from netheed.delivery import Deliveries
from netheed.errors import NetheedError
from netheed.overload import EVERY, Overload
from netheed.pipeline import Pipeline
from netheed.records import Tally
from netheed.zeek.line import Line

PREFIX: Final = "netheed"

SPOKEN: Final = {
    "zeek_frames": ("frames", "Frames received."),
    "zeek_bytes": ("size", "Bytes of the frames received."),
    "zeek_connects": ("connects", "Connections that Zeek acknowledged."),
    "zeek_failures": ("failures", "Attempts and connections that came to an end."),
    "zeek_errors": ("errors", "Errors that Zeek told of."),
    "zeek_unknown_frames": ("unknown", "Frames of no known kind."),
    "zeek_oversized_frames": ("oversized", "Frames over the limit."),
    "zeek_published": ("published", "Events sent."),
}
"""Counters of the counts of a line."""

LOST: Final = dict.fromkeys(
    (
        "sampled",
        *("gap", "missed", "queue", "zeek_dropped", "nodes"),
        *("duplicate", "seen_twice", "broken_frames"),
    ),
    0,
)
"""Each begins at 0: Prometheus sees no increase in what was not there before."""

COMPARED: Final = {
    "silent": "Connections the other sensor told in a period without one of this.",
    "one_way": "Share of connections of which only the other sensor saw both directions.",
    "loses_packets": "Share of the other sensor's packets that are not counted.",
    "misses_connections": "Share of the other sensor's connections that are not told.",
}

Family = TypeVar("Family", CounterMetricFamily, GaugeMetricFamily)


@dataclass(slots=True, kw_only=True)
class Figures:
    """What the daemon itself knows."""

    reached: float | None = None
    """Event time of the newest window, seconds since the epoch."""
    overload: Overload | None = None
    """None before it runs."""
    checkpoints: int = 0
    checkpoint_failures: int = 0
    checkpoint_seconds: float = 0.0
    checkpoint_bytes: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class NetheedCollector(Collector):
    """Gives the figures of a running netheed when Prometheus asks."""

    tally: Tally
    pipeline: Pipeline
    deliveries: Deliveries
    figures: Figures
    lines: Sequence[Line] = ()
    """To running Zeeks."""

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        yield _gauge("build_info", "1, with the version.", {__version__: 1}, "version")
        yield from self._counted()
        yield from self._delivered()
        yield from self._spoken()
        yield from self._saved()
        yield from self._overloaded()

    def _overloaded(self) -> Iterator[Metric]:
        """What is given up, and why."""
        overload = self.figures.overload
        if overload is None or not isfinite(overload.judged):
            return
        # While a window closes nothing is judged, and what comes waits.
        lag = overload.strain.lag + max(0.0, time.monotonic() - overload.judged - EVERY)
        yield _gauge("lag_seconds", "What the oldest of what has come waits, at most.", lag)
        yield _gauge("closing_seconds", "What the next window will take.", overload.strain.closing)
        yield _gauge("overload_step", "0 normal, 1 larger pieces, 2 sampled.", overload.step)
        share = overload.intake.probability
        yield _gauge("taken_probability", "With which a connection is taken in.", share)

    def _saved(self) -> Iterator[Metric]:
        figures = self.figures
        if figures.reached is not None:
            yield _gauge("reached_timestamp_seconds", "End of the newest window.", figures.reached)
        yield _counter("checkpoints", "Checkpoints written.", figures.checkpoints)
        failed = figures.checkpoint_failures
        yield _counter("checkpoint_failures", "Checkpoints not written.", failed)
        if figures.checkpoints:
            seconds, size = figures.checkpoint_seconds, figures.checkpoint_bytes
            yield _gauge("checkpoint_seconds", "What the last checkpoint took.", seconds)
            yield _gauge("checkpoint_bytes", "Size of the last checkpoint.", size)

    def _spoken(self) -> Iterator[Metric]:
        """What went over the lines to Zeek."""
        lines = {line.where: line for line in self.lines}
        if not lines:
            return
        connected = {where: float(line.connected) for where, line in lines.items()}
        waiting = {where: len(line.backlog) for where, line in lines.items()}
        yield _gauge("zeek_connected", "1 while Zeek answers.", connected, "where")
        yield _gauge("queue_frames", "Frames not decoded yet.", waiting, "where")
        dropped = {where: line.backlog.dropped for where, line in lines.items()}
        yield _counter(
            "queue_dropped_frames", "Frames the queue had no room for.", dropped, "where"
        )
        for name, (count, help_) in SPOKEN.items():
            counted = {where: getattr(line.counts, count) for where, line in lines.items()}
            yield _counter(name, help_, counted, "where")

    def _counted(self) -> Iterator[Metric]:
        tally = self.tally
        yield _counter("connections", "Connections read.", tally.connections)
        yield _counter("named_records", "Records of names read.", tally.named)
        yield _counter("act_records", "Records of acts read.", tally.acted)
        yield _counter("bad_records", "Records that could not be read.", tally.bad)
        yield _counter("skipped_records", "Records of other kinds.", tally.skipped, "kind")
        yield _counter("late_connections", "Came after their window closed.", tally.late)
        yield _counter("shed", "Left out by a hard cap.", tally.shed, "cause")
        yield _counter("lost", "Never came, or came broken or twice.", LOST | tally.lost, "cause")
        yield _counter("windows", "Windows scored.", tally.windows)
        yield _counter("notices", "Notices made.", tally.notices)
        yield _counter("stage_seconds", "Time each stage took.", self.pipeline.spent, "stage")
        yield from self._compared()
        windows = self.pipeline.core.windows
        yield _gauge("waiting_connections", "Connections in open windows.", windows.waiting)
        yield _gauge("open_windows", "Windows that wait for the watermark.", windows.open)
        come = {origin: windows.reached(origin) for origin in list(self.pipeline.positions)}
        known = {origin: reached for origin, reached in come.items() if isfinite(reached)}
        help_ = "How far the records of an origin have come; the slowest holds windows open."
        yield _gauge("origin_reached_timestamp_seconds", help_, known, "origin")

    def _compared(self) -> Iterator[Metric]:
        """What two sensors of one network say of each other, as far as they have."""
        compared = self.pipeline.core.compared
        for measure, values, lasting in zip(
            MEASURES, compared.values, compared.lasting, strict=True
        ):
            told = zip(SENSORS, values.tolist(), strict=True)
            known: dict[str, float] = {sensor: value for sensor, value in told if isfinite(value)}
            yield _gauge(f"sensor_{measure}", COMPARED[measure], known, "sensor")
            states = zip(SENSORS, lasting.tolist(), strict=True)
            lasts: dict[str, float] = {sensor: state for sensor, state in states if sensor in known}
            yield _gauge(f"sensor_{measure}_lasts", "1 while that lasts.", lasts, "sensor")

    def _delivered(self) -> Iterator[Metric]:
        deliveries = self.deliveries
        names = {one.name: one for one in deliveries.to}
        taken = {name: one.delivered for name, one in names.items()}
        yield _counter("delivered", "Notices that a sink has taken.", taken, "sink")
        failures = {name: one.failures for name, one in names.items()}
        yield _counter("sink_failures", "Times that a sink refused.", failures, "sink")
        try:
            depths = {name: deliveries.store.depth(name) for name in names}
        except NetheedError:
            depths = {}
        yield _gauge("sink_waiting", "Notices that wait for a sink.", depths, "sink")
        given_up = dict.fromkeys(names, 0) | deliveries.store.shed
        yield _counter("notices_given_up", "Notices a sink never got.", given_up, "sink")


def serve(collector: Collector, listen: str) -> Callable[[], None]:
    """Answer Prometheus at `ADDRESS:PORT`; gives what ends it.

    Raises NetheedError where that is taken, or no address.
    """
    address, port = address_of(listen)
    registry = CollectorRegistry()
    registry.register(collector)
    try:
        server, thread = start_http_server(port, addr=address, registry=registry)
    except OSError as error:
        raise NetheedError(f"{listen}: {error.strerror or error}") from None

    def end() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return end


def address_of(listen: str) -> tuple[str, int]:
    """Of `ADDRESS:PORT`, as the socket wants it."""
    address, _, port = listen.rpartition(":")
    return address.strip("[]"), int(port)


def _counter(
    name: str, help_: str, values: float | Mapping[str, float], label: str = ""
) -> CounterMetricFamily:
    labels = [label] if label else []
    return _filled(CounterMetricFamily(f"{PREFIX}_{name}", help_, labels=labels), values)


def _gauge(
    name: str, help_: str, values: float | Mapping[str, float], label: str = ""
) -> GaugeMetricFamily:
    labels = [label] if label else []
    return _filled(GaugeMetricFamily(f"{PREFIX}_{name}", help_, labels=labels), values)


def _filled(family: Family, values: float | Mapping[str, float]) -> Family:
    if not isinstance(values, Mapping):
        family.add_metric([], values)
        return family
    for name, value in list(values.items()):
        family.add_metric([name], value)
    return family

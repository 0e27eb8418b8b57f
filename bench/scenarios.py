"""Whole runs that are measured: a table to which a source or a regime adds a line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench import apart, published
from bench.stages import Whole
from bench.traffic import Traffic, write

HOUR: Final = 3_600.0
WARM: Final = 1_500.0 + 32 * 60.0
"""Seconds until the lateness has passed and a busy host's history is as long as it gets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A file of some traffic, from its first line to scored windows."""

    name: str
    group: str
    traffic: Traffic
    form: str
    wire: str | None = None
    """Form whose bare decode of the same connections it is compared with."""
    warm: float = 0.0
    """Seconds of event time that are not measured; then the end is not either."""
    per: str = "connection"
    values: int = 1
    """Runs of which the best counts."""
    quick: int = 1
    """By what the traffic is divided, with its hosts and rate, for a quick look."""
    run: Callable[..., Whole] = apart.whole

    def smaller(self) -> "Scenario":
        """For a quick look: as many connections a window, fewer windows."""
        traffic = self.traffic
        less = replace(
            traffic,
            lines=traffic.lines // self.quick,
            hosts=max(10, traffic.hosts // self.quick),
            rate=traffic.rate / self.quick,
        )
        return replace(self, traffic=less, values=1)

    def path(self, folder: Path, form: str | None = None) -> Path:
        """Its file, written where it is not there yet."""
        return write(folder, self.traffic, form or self.form)

    def measured(self, folder: Path) -> Whole:
        """The best run."""
        path, steady_from = self.path(folder), int(self.warm * self.traffic.rate)
        runs = [self.run(path, steady_from=steady_from) for _ in range(self.values)]
        return min(runs, key=lambda run: run.seconds)


BUSY: Final = Traffic(lines=500_000)
"""5,000 hosts, three windows of each, about 33 connections a window."""
HOUR_AT_SEVEN: Final = Traffic(lines=int((WARM + HOUR) * 200), hosts=1_910, rate=200.0)
QUIET_DAY: Final = Traffic(lines=8_640, hosts=10, rate=0.1)
FULL: Final = Traffic(lines=1_000_000, hosts=55_000, rate=1_000.0, peers=40, exponent=0.0)
"""More hosts than are remembered, and two million pairs."""

SCENARIOS: Final = (
    *(
        Scenario(name=name, group="whole", traffic=BUSY, form=form, wire=wire, values=4, quick=4)
        for name, form, wire in (
            ("EVE", "eve", "eve"),
            ("Zeek JSON", "zeek_json", "zeek_json"),
            ("Zeek TSV", "zeek_tsv", "zeek_json"),
        )
    ),
    Scenario(
        name="Zeek's WebSocket, batches of 50",
        group="whole",
        traffic=BUSY,
        form="zeek_conn",
        wire="zeek_json",
        values=4,
        quick=4,
        run=published.whole,
    ),
    Scenario(
        name="Zeek JSON, an hour in steady state",
        group="regimes",
        traffic=HOUR_AT_SEVEN,
        form="zeek_json",
        wire="zeek_json",
        warm=WARM,
        values=4,
        quick=10,
    ),
    Scenario(
        name="quiet day of ten hosts, simulated",
        group="regimes",
        traffic=QUIET_DAY,
        form="zeek_json",
        per="run",
        values=3,
    ),
)


def scenarios(*, quick: bool) -> Iterator[Scenario]:
    """All of the table, smaller for a quick look."""
    return (scenario.smaller() if quick else scenario for scenario in SCENARIOS)

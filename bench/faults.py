"""Break everything around a running netheed, and count what became of each connection.

    python -m bench.faults              print the table
    make faults                         write it to docs/faults.md

Each scenario runs the real `netheed run` against a Zeek that is none. Connections produced must be
those scored, waiting in the checkpoint, late, shed, bad or lost by a counted cause: balance zero.
After the fault windows must come again.
"""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

import click

from bench import fault_scenarios as faults
from bench.fault_chance import at_random
from bench.fault_site import FaultError, Figures, Site
from tests.fake_zeek import FakeZeek

SCENARIOS: Final[tuple[Callable[..., None], ...]] = (
    faults.killed,
    faults.terminated,
    faults.zeek_restarts,
    faults.zeek_vanishes,
    faults.half_open,
    faults.stopped_for_a_while,
    faults.burst,
    faults.burst_of_a_zeek,
    faults.flood_of_hosts,
    faults.out_of_order,
    faults.late_records,
    faults.far_future,
    faults.clock_steps,
    faults.sinks_fail,
    faults.disk_full,
    faults.no_descriptors,
    faults.malformed,
    faults.hostile_peer,
    faults.too_much_waits,
    faults.too_many_windows,
    at_random,
)


@contextmanager
def site_in(folder: Path, seed: int) -> Iterator[Site]:
    """A Zeek and a netheed that is not started."""
    with FakeZeek() as zeek:
        site = Site(folder=folder / "site", zeek=zeek, chance=random.Random(seed))  # noqa: S311
        try:
            yield site
        finally:
            site.close()


def played(scenario: Callable[..., None], folder: Path, seed: int = 1, **given: Any) -> Figures:
    """What became of the connections of a scenario. Raises FaultError for a broken promise."""
    with site_in(folder, seed) as site:
        try:
            scenario(site, **given)
        except FaultError as error:
            raise FaultError(f"{error}; lost {site.lost()}") from None
        return site.figures()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    fault: str
    figures: Figures
    seconds: float

    def told(self) -> str:
        """As Markdown."""
        figures = self.figures
        lost = ", ".join(f"{cause} {count:,}" for cause, count in sorted(figures.lost.items()))
        cells = (
            self.fault,
            *(
                f"{count:,}"
                for count in (
                    figures.produced,
                    figures.scored,
                    figures.waiting,
                    figures.late,
                    figures.shed,
                    figures.bad,
                )
            ),
            lost or "-",
            str(figures.balance),
            f"{figures.back:.1f}",
            str(figures.peak),
        )
        return f"| {' | '.join(cells)} |"


HEAD: Final = """# What faults cost

Written by `make faults`. Each line is the real `netheed run` beside a Zeek that is none, while
something breaks. Every connection that was produced must be scored, wait in the checkpoint for its
window to close, or be counted: as late, shed by a cap, bad, or lost by a cause (`gap`, `missed`,
`queue`, `zeek_dropped`; `duplicate` and `broken_frames` are no connections of their own). The
balance is what nobody knows of. No window was scored twice. "Back" is the seconds from the end of
the fault to the next window, "MiB" the peak memory. Time limits (pings, answers) are a tenth of
the real ones, so that the table is made in a minute.

| fault | produced | scored | waiting | late | shed | bad | lost | balance | back | MiB |
|---|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|"""


@click.command()
@click.option("--only", multiple=True, help="Names of scenarios.")
@click.option("--seed", default=1, show_default=True)
def main(only: tuple[str, ...], seed: int) -> None:
    """Print the table; exit code 1 where a balance is not zero."""
    chosen = [each for each in SCENARIOS if not only or each.__name__ in only]
    print(HEAD)
    wrong = False
    for scenario in chosen:
        begun = monotonic()
        try:
            with TemporaryDirectory() as folder:
                figures = played(scenario, Path(folder), seed)
        except FaultError as error:
            print(f"{scenario.__name__}: NOT {error}", file=sys.stderr)
            wrong = True
            continue
        fault = str(scenario.__doc__).removesuffix(".")
        print(Row(fault, figures, monotonic() - begun).told(), flush=True)
        print(f"{scenario.__name__}: {monotonic() - begun:.1f} s", file=sys.stderr)
        wrong = wrong or figures.balance != 0 or figures.twice != 0
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

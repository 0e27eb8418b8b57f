"""Break a real Suricata, its files or the netheed beside it, and count what became of each flow.

    python -m bench.suricata_faults     print the table
    make faults                         write it to docs/suricata-faults.md

Suricata reads captures as they come (see replay). What it wrote stands in a file that nobody
touches: each of those flows must be taken in, be bad, be lost by a counted cause, or be one that
Suricata could not send because nobody listened. After the fault windows must come again.
"""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final

import click

from bench.crashes import PATIENCE
from bench.fault_site import FaultError, claim
from bench.replay import (
    OUTPUTS,
    Engine,
    Follower,
    Output,
    Told,
    follower,
    in_folder,
    slices,
    until_taken,
)
from sample.suricata import find_suricata

CAPTURES: Final = 5
MINUTES: Final = 150
"""Of the sample: enough for windows to close after each capture but the first."""


@dataclass(slots=True)
class Site:
    """A Suricata and a netheed that reads one of its outputs."""

    engine: Engine
    output: Output
    netheed: Follower
    captures: list[Path]
    """Those to be read."""
    back: float = 0.0
    """Seconds until windows came again, the longest time."""
    told: Told | None = None

    def start(self) -> None:
        """Both, and let them read a capture."""
        self.netheed.start()
        self.engine.start([self.output])
        self.read()

    def begin(self) -> int:
        """Let Suricata begin with the next capture, and wait for the first flows of it.

        Gives the bytes that it had written before.
        """
        before = self.engine.written
        self.engine.read(self.captures.pop(0))
        self.until(lambda: self.engine.written > before, "Suricata writes flows")
        return before

    def read(self) -> None:
        """Let Suricata read the next capture to its end."""
        before = self.engine.written
        self.engine.read(self.captures.pop(0))
        self.engine.until_read(before)

    def restart_suricata(self, by: int) -> None:
        """Stop it in some way, and start it again."""
        self.engine.stop(by)
        self.engine.start([self.output])

    def comes_back(self) -> None:
        """Read on, and take the time until windows come."""
        begun, before, written = monotonic(), self.netheed.place.size, self.engine.written
        self.engine.read(self.captures.pop(0))
        self.until(lambda: self.netheed.place.size > before, "windows come again")
        self.back = max(self.back, monotonic() - begun)
        self.engine.until_read(written)

    def settle(self) -> None:
        """End both in good order, once netheed has what it can have."""
        self.engine.stop()
        until_taken([self.netheed], self.engine.flows(), patience=5.0)
        self.told = self.netheed.end()

    def until(self, holds: Callable[[], object], promise: str) -> None:
        """Wait; raises FaultError where it stays false."""
        end = monotonic() + PATIENCE
        while not holds():
            claim(monotonic() < end, promise)
            sleep(0.01)


def suricata_killed(site: Site) -> None:
    """Suricata is killed (SIGKILL) while it writes, and started again."""
    site.start()
    site.begin()
    site.restart_suricata(signal.SIGKILL)
    site.comes_back()
    site.comes_back()
    site.settle()


def suricata_restarted(site: Site) -> None:
    """Suricata is stopped (SIGTERM) and started again, twice."""
    site.start()
    for _ in range(2):
        site.restart_suricata(signal.SIGTERM)
        site.comes_back()
    site.settle()


def netheed_killed(site: Site) -> None:
    """The netheed beside it is killed (SIGKILL) while Suricata writes, and started later."""
    site.start()
    written = site.begin()
    site.netheed.kill()
    site.engine.until_read(written)
    site.netheed.start()
    site.comes_back()
    site.comes_back()
    site.settle()


def netheed_stands_still(site: Site) -> None:
    """The netheed beside it stands still (SIGSTOP) while Suricata writes."""
    site.start()
    written = site.engine.written
    site.netheed.signal(signal.SIGSTOP)
    site.engine.read(site.captures.pop(0))
    sleep(3.0)
    site.netheed.signal(signal.SIGCONT)
    site.engine.until_read(written)
    site.comes_back()
    site.settle()


def garbage_between(site: Site) -> None:
    """Broken, foreign and enormous lines stand between the records."""
    site.start()
    with (site.engine.folder / "eve.json").open("ab") as log:
        log.write(b"\x00\x1b[2J garbage\n" * 50 + b"{" * 100_000 + b"\n" + b"x" * 3_000_000 + b"\n")
        log.write(b'{"event_type":"flow","flow":{"start":"never"}}\n' * 49)
    site.comes_back()
    site.comes_back()
    site.settle()
    claim(site.told is not None and site.told.bad == 101, "each broken line is told")


SCENARIOS: Final[tuple[tuple[str, Callable[[Site], None]], ...]] = (
    ("renamed", suricata_killed),
    ("socket", suricata_killed),
    ("renamed", suricata_restarted),
    ("socket", suricata_restarted),
    ("renamed", netheed_killed),
    ("socket", netheed_killed),
    ("socket", netheed_stands_still),
    ("renamed", garbage_between),
)
"""Each with the output that netheed reads."""
COSTS: Final = {("socket", "netheed_killed")}
"""In which Suricata had flows and nobody to send them to."""
BETWEEN: Final = {(output, "suricata_killed"): 4 for output in ("renamed", "socket")}
"""Flows that came and were not written, at most: Suricata tells one output after the other, and is
killed between the two, in each of its threads."""
TITLES: Final = {"renamed": "`eve_file`", "socket": "`eve_socket`"}


@dataclass(frozen=True, slots=True)
class Row:
    """What became of the flows of a scenario."""

    scenario: Callable[[Site], None]
    output: str
    written: int
    told: Told
    back: float

    @property
    def unsent(self) -> int:
        """What Suricata wrote elsewhere and could not send here."""
        known = self.told.connections + sum(self.told.lost.values())
        return self.written - known

    def check(self, *, is_costly: bool, between: int) -> None:
        """Raises FaultError where a promise is not kept."""
        claim(self.told.windows > 0, "windows were scored")
        twice = f"nothing is counted twice: {-self.unsent} more than were written"
        claim(self.unsent >= -between, twice)
        claim(is_costly or self.unsent <= 0, f"every flow is accounted for: {self.unsent} are not")

    def line(self) -> str:
        """As Markdown."""
        told = self.told
        counts = (self.written, told.connections, told.late, told.bad, self.unsent)
        cells = (
            str(self.scenario.__doc__).removesuffix("."),
            TITLES[self.output],
            *(f"{count:,}" for count in counts),
            ", ".join(f"{cause} {count:,}" for cause, count in told.lost.items()) or "-",
            f"{self.back:.1f}",
        )
        return f"| {' | '.join(cells)} |"


@contextmanager
def _site(output: str, folder: Path, captures: Sequence[Path], program: Path) -> Iterator[Site]:
    made = OUTPUTS[output](folder)
    netheed = follower(output, made, folder.with_name(f"{folder.name}-netheed"))
    site = Site(Engine(program, folder), made, netheed, list(captures))
    with ExitStack() as held:
        held.callback(netheed.kill)
        held.callback(lambda: site.engine.stop(signal.SIGKILL))
        yield site


def played(
    output: str,
    scenario: Callable[[Site], None],
    captures: Sequence[Path],
    folder: Path,
    program: Path,
) -> Row:
    """What became of the flows. Raises FaultError for a broken promise."""
    place = folder / f"{output[:2]}{scenario.__name__[:12]}"
    place.mkdir()
    with _site(output, place, captures, program) as site:
        scenario(site)
        claim(site.told is not None, "netheed ends in good order")
        row = Row(scenario, output, site.engine.flows(), site.told, site.back)  # type: ignore[arg-type]
    key = (output, scenario.__name__)
    row.check(is_costly=key in COSTS, between=BETWEEN.get(key, 0))
    return row


HEAD: Final = """# What faults cost beside Suricata

Written by `make faults`. Each line is a real Suricata that reads captures as they come, and the
real `netheed run` on one of its outputs, while something breaks. "Written" are the flows in a file
of Suricata's that nobody touches. Each of them was taken in (some of them late, because Suricata
reads hours of traffic in seconds), or it is one that Suricata could not send: it keeps nothing for
a reader that is away. "Bad" are lines that are no record. "Back" is the seconds from the next
capture to the next window; a second and more of it is Suricata's, which looks for captures once a
second. Whatever breaks behind the sources is in [faults.md](faults.md).

| fault | source | written | taken in | late | bad | not sent | lost | back |
|---|---|--:|--:|--:|--:|--:|---|--:|"""


@click.command()
@click.option("--only", multiple=True, help="Names of scenarios.")
def main(only: tuple[str, ...]) -> None:
    """Print the table; exit code 1 where a flow is missing."""
    print(HEAD)
    wrong = False
    with in_folder() as folder:
        captures = slices(folder, CAPTURES, MINUTES)
        for output, scenario in SCENARIOS:
            if only and scenario.__name__ not in only:
                continue
            try:
                row = played(output, scenario, captures, folder, find_suricata())
            except FaultError as error:
                print(f"{output} {scenario.__name__}: NOT {error}", file=sys.stderr)
                wrong = True
                continue
            print(row.line(), flush=True)
    sys.exit(wrong)


if __name__ == "__main__":
    main()

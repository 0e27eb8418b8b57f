"""What the comparison took."""

from collections.abc import Iterator, Sequence
from typing import Final

from netheed.training.comparison.kept import Kind, Line
from netheed.training.comparison.plan import TRIALS
from netheed.training.report.page import Section, Table
from netheed.training.report.results import Results

TAKEN: Final[dict[Kind, str]] = {
    "search": "searches of settings",
    "cell": "cells",
    "site": "adaptations to a site",
    "probe": "shortcut probes",
}


def section(results: Results) -> Section:
    """A line for each kind of thing."""
    fits = max((run.fit_seconds for run in results.cells), default=0.0)
    everything = [line for lines in results.taken.values() for line in lines]
    rows = [_row(TAKEN[kind], lines) for kind, lines in results.taken.items() if lines]
    return Section(
        title="How it was made",
        text=(
            "Each thing is worked out by one process on one core, and never again while its code, "
            "data and settings stay. Times are of a core, not by the clock. The longest training "
            f"of a cell took {fits:.0f} s.",
            "So that all fits into 90 minutes of two cores, a search tries "
            f"{TRIALS['1i']} settings on CICIDS2017 and {TRIALS['2']} where a network or a sensor "
            "is held out; where a family is held out, every method has its defaults.",
        ),
        parts=(
            Table(
                title="What it took",
                columns=("what", "how many", "minutes of a core", "longest, s", "which"),
                rows=(*rows, _row("all", everything)),
            ),
        ),
    )


def _row(what: str, lines: Sequence[Line]) -> tuple[str, ...]:
    longest = max(lines, key=lambda line: line.seconds, default=None)
    minutes = sum(line.seconds for line in lines) / 60.0
    return (what, str(len(lines)), f"{minutes:.1f}", *_longest(longest))


def _longest(line: Line | None) -> Iterator[str]:
    yield "-" if line is None else f"{line.seconds:.0f}"
    yield "-" if line is None else line.name

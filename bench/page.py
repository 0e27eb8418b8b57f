"""docs/speed.md, its pictures and the figures in the README, all from what is kept in results/."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from bench.results import RESULTS, Result, Row, history, read, table
from netheed import __version__
from netheed.training.report.pictures import PALETTE

ROOT: Final = Path(__file__).parents[1]
GOAL: Final = 100_000
"""Connections per CPU-second from file to scored windows."""
GOAL_RATIO: Final = 12.0
"""Times bare decode."""
TITLES: Final = {
    "whole": "From the file to scored windows",
    "regimes": "Regimes of traffic",
    "stages": "Stages, each fed with what the one before gave",
    "beside": "Beside",
    "memory": "Memory",
}
AXES: Final = {
    "connections": "connections",
    "rate": "connections a second",
    "hosts": "hosts",
    "peers": "peers of each host",
    "width": "seconds of a window",
}
"""What the growth is measured against, by group."""
BEGIN: Final = "<!-- figures of make bench-keep: begin -->\n"
END: Final = "<!-- figures of make bench-keep: end -->\n"
HEAD: Final = """# How fast netheed is

Made by `make bench-keep` and `make bench-growth`; `make bench` only prints. All times are CPU time
of one process, the best of several values in one run, but of one where a run is long; whole runs
have a process of their own, as a user starts them, and stages share one. Speeds of one
machine mean little: the ratio to msgspec's bare decode of the same connections, into the reader's
own typed structure and taken in the same run, travels. For Zeek's TSV that is the decode of the
same connections as JSON. A window is one minute of one host.
"""


@dataclass(frozen=True, slots=True)
class Line:
    """Points of one line in a picture."""

    name: str
    x: Sequence[float | str]
    y: Sequence[float]


def told(result: Result) -> Iterator[str]:
    """All figures of a run as Markdown tables."""
    for group, title in TITLES.items():
        rows = list(result.of(group))
        if rows:
            yield f"\n## {title}\n"
            yield from table(rows)
        if group == "whole":
            yield f"\nGoals: {GOAL:,} connections per CPU-second, {GOAL_RATIO:g} times bare decode."
    yield f"\nMain input of {result.lines:,} connections. {_where(result)}"


def told_of_growth(result: Result) -> Iterator[str]:
    """The cost against each axis, as Markdown."""
    for group, axis in AXES.items():
        rows = list(result.of(group))
        if rows:
            yield f"\n### Against {axis}\n"
            yield f"| {axis} | µs a connection, CPU-seconds a million | note |"
            yield "|---:|---:|---|"
            yield from (f"| {row.name} | {row.value * 1e6:.3g} | {row.note} |" for row in rows)
    yield f"\n{_where(result)}"


def write() -> None:
    """All of it."""
    kept = history()
    docs, lines = ROOT / "docs", [HEAD.rstrip()]
    if kept:
        lines += told(kept[-1])
        (docs / "bench-history.svg").write_bytes(_history(kept))
        lines += ["\n## Versions\n", "![ratio to bare decode by version](bench-history.svg)"]
        _into_readme(ROOT / "README.md", kept[-1])
    growth = RESULTS / f"growth-{__version__}.json"
    if growth.exists():
        lines += _growth(docs, read(growth))
    (docs / "speed.md").write_text("\n".join(lines) + "\n")


def put(page: Path, command: str, text: str) -> None:
    """What a command has measured, between its marks on a page. Raises ValueError without marks."""
    begin, end = f"<!-- {command}: begin -->\n", f"<!-- {command}: end -->"
    before, mark, rest = page.read_text().partition(begin)
    _, ended, after = rest.partition(end)
    if not (mark and ended):
        raise ValueError(f"{page}: no marks of {command}")
    page.write_text(f"{before}{begin}{text}\n{end}{after}")


def _growth(docs: Path, result: Result) -> Iterator[str]:
    yield "\n## Growth\n"
    yield "From the file (Zeek TSV) to scored windows; the model and the tables are loaded before."
    yield from told_of_growth(result)
    yield ""
    for group, axis in AXES.items():
        rows = list(result.of(group))
        if rows:
            (docs / f"growth-{group}.svg").write_bytes(_grown(axis, rows))
            yield f"![cost against {axis}](growth-{group}.svg)"


def _where(result: Result) -> str:
    told_of = result.machine
    python = told_of.get("python_version", "").split(" ")[0]
    processor = told_of.get("cpu_model_name", "processor unknown")
    return (
        f"netheed {result.version}; {processor}, {told_of.get('cpu_count')} cores of which one is "
        f"used, {told_of.get('system')}, Python {python}."
    )


def _into_readme(readme: Path, result: Result) -> None:
    """Between the marks, the rows that matter most."""
    before, _, rest = readme.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = [*result.of("whole"), *result.of("regimes")]
    lines = [*table(rows), "", _where(result), ""]
    readme.write_text(before + BEGIN + "\n".join(lines) + END + after)


def _history(kept: list[Result]) -> bytes:
    versions = [result.version for result in kept]
    ratios = [{row.name: row.ratio for row in each.of("whole")} for each in kept]
    names = list(dict.fromkeys(name for each in ratios for name in each))
    lines = [
        Line(name, versions, [each.get(name) or float("nan") for each in ratios]) for name in names
    ]
    goal = Line("goal", versions, [GOAL_RATIO] * len(versions))
    return picture("File to scored windows", ("version", "times bare decode"), [*lines, goal])


def _grown(axis: str, rows: list[Row]) -> bytes:
    line = Line("", [float(row.name) for row in rows], [row.value * 1e6 for row in rows])
    return picture(f"Cost against {axis}", (axis, "µs a connection"), [line], log_x=True)


def picture(
    title: str, axes: tuple[str, str], lines: Sequence[Line], *, log_x: bool = False
) -> bytes:
    """Lines as SVG; the same data gives the same bytes."""
    figure = Figure(figsize=(7.0, 3.6), layout="constrained")
    plot = figure.add_subplot()
    for number, line in enumerate(lines):
        plot.plot(line.x, line.y, marker="o", color=PALETTE[number], label=line.name)
    plot.set(title=title, xlabel=axes[0], ylabel=axes[1])
    plot.set_ylim(bottom=0.0)
    plot.grid(visible=True, alpha=0.25)
    if log_x:
        plot.set_xscale("log")
    if len(lines) > 1:
        plot.legend(frameon=False)
    buffer = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "netheed", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return b"\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + b"\n"

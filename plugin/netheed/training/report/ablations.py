"""ablations.md: what `netheed evaluate --ablations` found."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from netheed.training.ablations import ALL, MECHANISMS, RATE, STEPS, TIMES, WHOLE, Ablations, Row
from netheed.training.desk import SCENES, SEED
from netheed.training.report.page import Report, Section, Table, markdown

NAME: Final = "ablations"
TEXT: Final = (
    "Made by `netheed evaluate DATA --ablations --output DIR`. The models of pairs and of hosts' "
    "hours are fitted anew without each group of their features, with each network left out in "
    f"turn ({SCENES} simulated networks, seed {SEED}), and asked about that network: its benign "
    "looks, its recorded attacks, and the judged implants laid over it, whose ranges nothing was "
    "learned from. Mechanisms of the papers that are not shipped are added one by one: foretelling "
    "the next connection of a pair, or the next hour of a host, as a term of the loss and of the "
    "score; a contrastive term over two spoiled views; four experts, two of them active, behind "
    "the attention.",
    f"Found: some look of the pair, or of the host's hours, scores above what {RATE:g} of the "
    "benign looks of all networks reach. There is no calibration by group, no other scale, no "
    "floor of evidence and no triage between, so the figures compare rows with each other and not "
    "with `detector.md`. One seed has no interval: a difference of two or three is chance.",
    "A recorded attack is a pair with attack connections, or a host for the hours: those of a scan "
    "or a flood are many, and fewer hosts.",
    "No recording is of a site that has been known for long. So the looks at pairs are asked about "
    "once more with numbers 7 and 30 times as large: of benign ones all that grows with the memory "
    "(how old host, pair and names are, how often the pair has met) and how many hosts use the "
    "port; of implants, which are new there, all but their own age and number. Told is the share "
    "of benign looks above the same threshold, and the implants found. A benign pair that went on "
    "from the begin of a recording becomes one that began late by this, so it says too much.",
)
_HEADINGS: Final = {"pairs": "The life of a pair", "hours": "The hours of a host"}


def report(found: Ablations, output: Path) -> None:
    """Write ablations.md into `output`."""
    output.mkdir(parents=True, exist_ok=True)
    (output / f"{NAME}.md").write_text(markdown(page(found)))


def page(found: Ablations) -> Report:
    """The report for people."""
    sections = tuple(_section(found, part) for part in _HEADINGS)
    made = Table(
        title="Cells and time",
        columns=("what", "is"),
        rows=(
            ("cells worked out", str(found.worked)),
            ("seconds", f"{found.seconds:.1f}"),
            *((cell, error) for cell, error in found.failures),
        ),
    )
    return Report(
        title="What each group of features is worth",
        text=TEXT,
        sections=(*sections, Section(title="How it was made", parts=(made,))),
    )


def _section(found: Ablations, part: str) -> Section:
    rows = [row for row in found.rows if row.part == part and row.group not in MECHANISMS]
    added = [row for row in found.rows if row.part == part and row.group in MECHANISMS]
    behaviours = sorted({behaviour for row in (*rows, *added) for behaviour in row.laid})
    times = TIMES if any(row.grown for row in rows) else ()
    grown = [f"{what}, {n} times" for n in times for what in ("benign looks", "implants")]
    columns = ("recorded attacks", "judged implants", *grown, *behaviours)
    table = Table(
        title="With and without",
        columns=("features", *columns),
        rows=tuple(tuple(_cells(row, behaviours)) for row in rows),
        note=f"`{ALL}`: all that models read. `{WHOLE}`: and what they could read and do not "
        f"(`Life.unread`). `{STEPS}`: nothing is attended to. The other rows: as shipped, without "
        "a group.",
    )
    mechanisms = Table(
        title="What the papers add",
        columns=("as shipped", *columns),
        rows=tuple(tuple(_cells(row, behaviours)) for row in added),
    )
    return Section(title=_HEADINGS[part], parts=(table, mechanisms))


def _cells(row: Row, behaviours: list[str]) -> Iterator[str]:
    laid = row.laid.values()
    total = (sum(found for found, _ in laid), sum(count for _, count in laid))
    yield row.group
    yield from (f"{found} of {count}" for found, count in (row.recorded, total))
    for share, found in row.grown:
        yield f"{share:.4f}"
        yield f"{found} of {total[1]}"
    yield from ("{} of {}".format(*row.laid[name]) for name in behaviours)

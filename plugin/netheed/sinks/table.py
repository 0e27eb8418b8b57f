"""Notices as a table for people."""

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from netheed.records import Notice
from netheed.sinks.clean import clean
from netheed.sinks.times import clock
from netheed.sinks.why import driver_sentence

REASONS: Final = 3
PIVOTS: Final = 2
_STYLES: Final = {"critical": "bold red", "high": "red", "medium": "yellow", "low": ""}


def notice_table(notices: Sequence[Notice]) -> Table:
    """One row a notice: when, who, what, how sure, why, and where to look next.

    Cells are plain Text: markup in a record's text is not read as such.
    """
    table = Table(show_lines=True, expand=False)
    for name in ("window (UTC)", "host", "class", "severity", "p-value"):
        table.add_column(name, no_wrap=name != "host")
    for name in ("why", "look at"):
        table.add_column(name, overflow="fold")
    for notice in notices:
        table.add_row(
            Text(clock(notice.start)),
            Text(_host(notice)),
            Text(f"{clean(notice.kind)}\n{notice.kind_probability:.0%}"),
            Text(notice.severity, style=_STYLES[notice.severity]),
            Text(f"{notice.p_value:.1g}"),
            Text("\n".join(clean(driver_sentence(d)) for d in notice.drivers[:REASONS])),
            Text("\n".join(clean(c.uid) for c in notice.evidence[:PIVOTS])),
        )
    return table


def _host(notice: Notice) -> str:
    if notice.peer is None:
        return clean(notice.host)
    return f"{clean(notice.host)}\n-> {clean(notice.peer)}"

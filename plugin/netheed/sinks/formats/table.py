"""Notices as a table for people."""

from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from netheed.records import Notice
from netheed.scales import HOURS, PAIR
from netheed.sinks.formats.clean import clean
from netheed.sinks.formats.times import clock
from netheed.sinks.formats.why import REASONS, sentences

PIVOTS: Final = 2
_WIDTHS: Final = {"when (UTC)": 10, "host": 21, "verdict": 16, "why": None, "look at": 18}
"""Column -> its most characters, longer text is folded; the reasons have what is left, half of
a terminal of 120 columns."""
_BY: Final = {PAIR: " (pair)", HOURS: " (hours)"}
"""What is said of the scale that found it; of the host's minute nothing."""
_STYLES: Final = {"critical": "bold red", "high": "red", "medium": "yellow", "low": ""}


def notice_table(notices: Sequence[Notice]) -> Table:
    """One row a notice: when, who, what and how sure, why, and where to look next.

    Cells are plain Text: markup in a record's text is not read as such.
    """
    table = Table(show_lines=True)
    for name, width in _WIDTHS.items():
        table.add_column(name, max_width=width, overflow="fold")
    for notice in notices:
        table.add_row(
            Text(clock(notice.start).replace(" ", "\n")),
            _host(notice),
            _verdict(notice),
            Text("\n".join(map(clean, _why(notice)))),
            Text("\n".join(clean(c.uid) for c in notice.evidence[:PIVOTS])),
        )
    return table


def _why(notice: Notice) -> list[str]:
    """Reasons, and what the sensor has raised alerts of."""
    return [*sentences(notice)[:REASONS], *(f"alert: {said}" for said in notice.alerts)]


def _host(notice: Notice) -> Text:
    if notice.about:
        return Text(clean(notice.about))
    if notice.peer is None:
        return Text(clean(notice.host))
    named = f"\n{clean(notice.peer_name)}" if notice.peer_name else ""
    return Text(f"{clean(notice.host)}\n-> {clean(notice.peer)}{named}")


def _verdict(notice: Notice) -> Text:
    if notice.about:
        severity = Text(notice.severity, style=_STYLES[notice.severity])
        return Text("\n").join((Text(clean(notice.kind)), severity))
    return Text("\n").join(
        (
            Text(f"{clean(notice.kind)} {notice.kind_probability:.0%}"),
            Text(notice.severity, style=_STYLES[notice.severity]),
            Text(f"p {notice.p_value:.1g}{_BY.get(notice.scale, '')}"),
        )
    )

"""The ranked list of pairs: a table for people, JSON lines and CSV for machines."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from netheed.records import Beacon
from netheed.sinks.formats.clean import clean
from netheed.sinks.formats.documents import line
from netheed.sinks.formats.times import clock, iso
from netheed.sinks.formats.why import span_of_time

WIDTH: Final = 160
"""Characters, where no terminal says how many it has."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell of text that begins so is run by spreadsheets (OWASP, CSV injection)."""
FIELDS: Final = (
    *("score", "p_value", "class", "host", "site", "peer", "peer_name", "port", "proto"),
    *("service", "connections", "first_seen", "last_seen", "span", "period", "jitter"),
    *("size_sameness", "persistence", "peer_hosts"),
)
"""Of JSON lines and CSV."""
_COLUMNS: Final[dict[str, Literal["left", "right"]]] = {
    "score": "right",
    "p": "right",
    "kind": "left",
    "host": "left",
    "peer": "left",
    "service": "left",
    "conns": "right",
    "span": "right",
    "period": "right",
    "jitter": "right",
    "same\nsize": "right",
    "per-\nsis-\ntence": "right",
    "hosts": "right",
    "first seen\n(UTC)": "left",
}
_NARROW: Final = {"host": 15, "peer": 15, "first seen\n(UTC)": 10}
"""Characters of what stays whole where there is less than WIDTH; the others then fold. So narrow
that a terminal of 120 columns shows addresses of IPv4 whole."""


def document(beacon: Beacon) -> dict[str, Any]:
    """All of it, in the order of FIELDS."""
    return {
        "score": beacon.score,
        "p_value": beacon.p_value,
        "class": beacon.kind,
        "host": beacon.host,
        "site": beacon.site,
        "peer": beacon.peer,
        "peer_name": beacon.peer_name,
        "port": beacon.port,
        "proto": beacon.proto,
        "service": beacon.service,
        "connections": beacon.connections,
        "first_seen": iso(beacon.first_seen),
        "last_seen": iso(beacon.last_seen),
        "span": beacon.last_seen - beacon.first_seen,
        "period": beacon.period,
        "jitter": beacon.jitter,
        "size_sameness": beacon.size_sameness,
        "persistence": beacon.persistence,
        "peer_hosts": beacon.peer_hosts,
    }


def jsonl(beacons: Sequence[Beacon], _on_terminal: bool) -> bytes:
    """One JSON object a line."""
    return b"".join(line(document(beacon)) for beacon in beacons)


def comma_separated(beacons: Sequence[Beacon], _on_terminal: bool) -> bytes:
    """RFC 4180 with a header line; what is not known is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS)
    writer.writeheader()
    for beacon in beacons:
        writer.writerow({name: _cell(value) for name, value in document(beacon).items()})
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    shown = clean(value)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def table(beacons: Sequence[Beacon], on_terminal: bool) -> bytes:
    """For people; cells are plain Text, so markup in a record's text is not read as such."""
    console = Console(
        file=io.StringIO(), force_terminal=on_terminal, width=None if on_terminal else WIDTH
    )
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    for name, side in _COLUMNS.items():
        width = _NARROW.get(name) if console.width < WIDTH else None
        made.add_column(name, justify=side, overflow="fold", width=width)
    for beacon in beacons:
        made.add_row(*(Text(cell) for cell in _cells(beacon)))
    with console.capture() as captured:
        console.print(made if beacons else "no pair was seen often enough")
    return captured.get().encode()


def _cells(beacon: Beacon) -> tuple[str, ...]:
    named = f"\n{clean(beacon.peer_name)}" if beacon.peer_name else ""
    return (
        f"{beacon.score:.2f}",
        "-" if math.isnan(beacon.p_value) else f"{beacon.p_value:.1g}",
        clean(beacon.kind),
        clean(beacon.host),
        f"{clean(beacon.peer)}{named}",
        f"{beacon.port}/{clean(beacon.proto)} {clean(beacon.service or '')}".rstrip(),
        str(beacon.connections),
        span_of_time(beacon.last_seen - beacon.first_seen),
        "-" if beacon.period is None else span_of_time(beacon.period),
        "-" if beacon.jitter is None else f"{beacon.jitter:.0%}",
        f"{beacon.size_sameness:.0%}",
        f"{beacon.persistence:.0%}",
        str(beacon.peer_hosts),
        clock(beacon.first_seen).replace(" ", "\n"),
    )


BEACON_FORMS: Final[dict[str, Callable[[Sequence[Beacon], bool], bytes]]] = {
    "table": table,
    "jsonl": jsonl,
    "csv": comma_separated,
}
"""What `netheed beacons --as` offers; a form is told whether it goes to a terminal."""

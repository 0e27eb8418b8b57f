"""The table for people; it comes at the end, because its columns need all its rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from netheed.records import Notice
from netheed.sinks.output import Output

WIDTH: Final = 120
"""Characters, where no terminal says how many it has."""


@dataclass(frozen=True, slots=True)
class TableSink:
    """In colour on a terminal."""

    output: Output
    rows: list[Notice] = field(default_factory=list)

    def write(self, notices: Sequence[Notice], /) -> None:
        """Keep them for the end."""
        self.rows.extend(notices)

    def close(self) -> None:
        """Write the table, or that there is nothing in it."""
        text = _drawn(self.rows, self.output.file.isatty()) if self.rows else "no notices\n"
        self.output.write(text.encode())


def _drawn(rows: Sequence[Notice], on_terminal: bool) -> str:
    """The table; what draws it is loaded now, because most runs have none."""
    from rich.console import Console  # noqa: PLC0415

    from netheed.sinks.formats.table import notice_table  # noqa: PLC0415

    console = Console(force_terminal=on_terminal, width=None if on_terminal else WIDTH)
    with console.capture() as captured:
        console.print(notice_table(rows))
    return captured.get()

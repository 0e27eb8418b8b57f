"""What a run of the benchmark found: a summary that is kept for each release."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

RESULTS: Final = Path(__file__).parent / "results"
UNITS: Final = {
    "us": (1e6, "µs"),
    "ms": (1e3, "ms"),
    "s": (1.0, "s"),
    "B": (1.0, "bytes"),
    "KiB": (1 / 1024, "KiB"),
    "MiB": (1 / 2**20, "MiB"),
    "1": (1.0, ""),
}
"""How a value in seconds, bytes or as a number is shown."""


class Row(Struct, frozen=True, kw_only=True):
    """One figure."""

    group: str
    name: str
    value: float
    """CPU seconds for one `per`, bytes, or a number; never already in the unit that is shown."""
    unit: str
    """One of UNITS."""
    per: str
    """connection, window, tick, notice, host, run."""
    count: int
    """How many of those were measured."""
    ratio: float | None = None
    """Times the bare decode of the same connections in the same run."""
    note: str = ""


class Result(Struct, frozen=True, kw_only=True):
    """One run."""

    version: str
    lines: int
    """Connections of the main input."""
    machine: dict[str, str]
    rows: tuple[Row, ...]

    def of(self, group: str) -> Iterator[Row]:
        """The rows of a group."""
        return (row for row in self.rows if row.group == group)


def written(result: Result) -> bytes:
    """As indented JSON."""
    rounded = [msgspec.structs.replace(row, value=_rounded(row.value)) for row in result.rows]
    kept = msgspec.structs.replace(result, rows=tuple(rounded))
    return msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n"


def read(path: Path) -> Result:
    """The inverse of `written`, but for what was rounded."""
    return msgspec.json.decode(path.read_bytes(), type=Result)


def history(folder: Path = RESULTS) -> list[Result]:
    """All that are kept, oldest version first."""
    kept = (path for path in folder.glob("*.json") if path.stem[0].isdigit())
    return sorted(map(read, kept), key=lambda result: version_key(result.version))


def version_key(version: str) -> tuple[int, ...]:
    """0.10.0 comes after 0.9.0."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def table(rows: list[Row], *, ratio: str = "times bare decode") -> Iterator[str]:
    """Rows of one group as Markdown."""
    with_ratio = any(row.ratio is not None for row in rows)
    with_note = any(row.note for row in rows)
    heads = ["what", "", *([ratio] if with_ratio else []), *(["note"] if with_note else [])]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'|'.join('---:' if head in ('', ratio) else '---' for head in heads)}|"
    for row in rows:
        cells = [row.name, shown(row)]
        if with_ratio:
            cells.append("" if row.ratio is None else f"{row.ratio:.2f}")
        if with_note:
            cells.append(row.note)
        yield f"| {' | '.join(cells)} |"


def shown(row: Row) -> str:
    """A value with its unit."""
    factor, word = UNITS[row.unit]
    unit = f" {word}" if word else ""
    return f"{_figures(row.value * factor)}{unit} a {row.per}"


def _figures(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")

"""The results that lie beside a report: cells, and the experiments beside them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from netheed.training.comparison.kept import FILES, lines
from netheed.training.comparison.result import Result
from netheed.training.measures import Drawn, Interval, interval
from netheed.training.probe import Probe
from netheed.training.search import Searched
from netheed.training.sites import Adapted
from netheed.training.splits import names

Form = TypeVar("Form")


class Results:
    """All cells of a folder, by what they are."""

    def __init__(self, folder: Path) -> None:
        self._cells: dict[tuple[str, ...], list[Result]] = {}
        self.taken = {kind: list(lines(folder / name)) for kind, name in FILES.items()}
        for line in self.taken["cell"]:
            result = msgspec.json.decode(line.said, type=Result)
            self._cells.setdefault(result.cell.row, []).append(result)
        for results in self._cells.values():
            results.sort(key=lambda result: result.cell.seed)
        self.sites = [_read(line.said, Adapted) for line in self.taken["site"]]
        self.probes = [_read(line.said, Probe) for line in self.taken["probe"]]
        self.searches = {line.name: _read(line.said, Searched) for line in self.taken["search"]}

    def of(self, protocol: str, split: str, method: str, change: str = "") -> list[Result]:
        """The seeds of one row, in order."""
        return self._cells.get((protocol, split, method, change), [])

    def mean_ap(self, protocol: str, split: str, method: str, change: str = "") -> Interval | None:
        """Mean average precision of one row, None where nothing was worked out."""
        return measured(self.of(protocol, split, method, change), mean_ap_of)

    def mean_ap_over(self, protocol: str, method: str) -> float | None:
        """Its mean over the splits of a protocol, None where one was not worked out."""
        found = [self.mean_ap(protocol, split, method) for split in splits_of(protocol)]
        values = [each[0] for each in found if each is not None]
        return float(np.mean(values)) if len(values) == len(found) else None

    @property
    def cells(self) -> list[Result]:
        """All of them."""
        return [result for results in self._cells.values() for result in results]


def splits_of(protocol: str) -> list[str]:
    """By name."""
    return [split for each, split in names() if each == protocol]


def mean_ap_of(result: Result) -> Drawn:
    """Its mean average precision."""
    return result.ranked.mean_ap


def measured(results: Sequence[Result], measure: Callable[[Result], Drawn]) -> Interval | None:
    """A measure over the seeds of one row."""
    return interval([measure(result) for result in results])


def mean(values: Sequence[float | None]) -> float:
    """Of those that are known; NaN without any."""
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else float("nan")


def said(value: Interval | float | None, digits: int = 3) -> str:
    """A number of a table, with its interval where it has one; a dash for nothing."""
    if isinstance(value, tuple):
        middle, low, high = value
        return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
    return "-" if value is None or np.isnan(value) else f"{value:.{digits}f}"


def _read(said: msgspec.Raw, form: type[Form]) -> Form:
    return msgspec.json.decode(said, type=form)

"""The kept results of a folder: cells with their scores, and the experiments beside them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netheed.training.measures import Interval, Measure, Tested, interval, mean_areas


@dataclass(frozen=True)
class Run:
    """One cell that was worked out."""

    facts: Mapping[str, object]
    path: Path
    """Of its scores."""

    @cached_property
    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Everything that the method said."""
        with np.load(self.path, allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}

    @cached_property
    def tested(self) -> Tested:
        """Its test windows."""
        names = ("score", "kind", "attack", "host", "end")
        return Tested(**{name: self.arrays[name] for name in names})  # type: ignore[arg-type]

    @property
    def seed(self) -> int:
        """Its seed."""
        return int(str(self.facts["seed"]))

    def number(self, name: str) -> float:
        """One of its facts."""
        return float(str(self.facts[name]))


class Results:
    """All cells of a folder, by what they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._runs: dict[tuple[str, ...], list[Run]] = {}
        self._means: dict[tuple[str, ...], Interval] = {}
        for path in sorted(folder.glob("*.json")):
            said = json.loads(path.read_text())
            if isinstance(said, dict) and "protocol" in said:
                key = tuple(str(said[k]) for k in ("protocol", "split", "method", "change"))
                self._runs.setdefault(key, []).append(Run(said, path.with_suffix(".npz")))
        for runs in self._runs.values():
            runs.sort(key=lambda run: run.seed)

    def of(self, protocol: str, split: str, method: str, change: str = "") -> list[Run]:
        """The seeds of one row, in order."""
        return self._runs.get((protocol, split, method, change), [])

    def mean_ap(self, protocol: str, split: str, method: str, change: str = "") -> Interval | None:
        """Mean average precision of one row, None where nothing was worked out."""
        key = (protocol, split, method, change)
        if key not in self._means and (runs := self.of(*key)):
            self._means[key] = measured(runs, mean_areas)
        return self._means.get(key)

    @property
    def facts(self) -> list[Mapping[str, object]]:
        """Of all cells."""
        return [run.facts for runs in self._runs.values() for run in runs]

    def kept(self, name: str) -> list[Any]:
        """What the files `name`-*.json say, in order."""
        return [json.loads(p.read_text()) for p in sorted(self.folder.glob(f"{name}-*.json"))]

    def searches(self) -> dict[str, object]:
        """The history of every search of settings."""
        found = sorted(self.folder.glob("search-*.json"))
        return {p.stem.removeprefix("search-"): json.loads(p.read_text()) for p in found}


def measured(runs: list[Run], measure: Measure) -> Interval:
    """A measure over the seeds of one row."""
    return interval([run.tested for run in runs], measure)


def mean(runs: list[Run], measure: Callable[[Run], float]) -> float:
    """Over the seeds; NaN without any."""
    return float(np.nanmean([measure(run) for run in runs])) if runs else float("nan")


def said(value: Interval | float | None, digits: int = 3) -> str:
    """A number of a table, with its interval where it has one; a dash for nothing."""
    if isinstance(value, tuple):
        middle, low, high = value
        return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
    return "-" if value is None or np.isnan(value) else f"{value:.{digits}f}"

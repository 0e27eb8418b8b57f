"""The headline figures, for whoever quotes the report: the card of a model does."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from netheed.training.attention import AS_SHIPPED, NAME
from netheed.training.cells import METHODS
from netheed.training.measures import macro_f1
from netheed.training.report.results import Results, Run, mean
from netheed.training.splits import names

Figures = dict[str, dict[str, float]]
"""What was measured -> method -> value."""
SUMMARY: Final = "summary"
"""Name of the file, without its ending."""
OURS: Final = (AS_SHIPPED, NAME)


def summary(results: Results) -> Figures:
    """Ours and, of the methods with labels and of those without, the best other one."""
    measured = {
        "macro-F1, CICIDS2017 grouped (protocol 1i)": _each(_grouped, results),
        "mean AP, CICIDS2017 by day (1ii)": _each(_mean_ap("1ii"), results),
        "mean AP, a network never seen (2)": _each(_mean_ap("2"), results),
        "mean AP, an attack never seen (2)": _each(_mean_ap("2-family"), results),
        "mean AP, another sensor (3)": _each(_mean_ap("3"), results),
        "notices per benign host and day at p 0.001 (4)": _notices(results),
    }
    lower = tuple(measured)[-1:]
    return {
        name: _quoted(values, best=min if name in lower else max)
        for name, values in measured.items()
        if values
    }


def _each(measure: Callable[[Results, str], float], results: Results) -> dict[str, float]:
    values = {method: measure(results, method) for method in METHODS}
    return {method: value for method, value in values.items() if np.isfinite(value)}


def _grouped(results: Results, method: str) -> float:
    return mean(results.of("1i", "grouped", method), _macro_f1)


def _macro_f1(run: Run) -> float:
    return macro_f1(run.tested, run.number("threshold"))


def _mean_ap(protocol: str) -> Callable[[Results, str], float]:
    """Over the splits of the protocol; NaN where one is missing."""

    def measure(results: Results, method: str) -> float:
        splits = [split for each, split in names() if each == protocol]
        found = [results.mean_ap(protocol, split, method) for split in splits]
        return float(np.mean([np.nan if each is None else each[0] for each in found]))

    return measure


def _notices(results: Results) -> dict[str, float]:
    days = results.kept("day")
    rates = {}
    for method in METHODS:
        chosen = [day for day in days if day["method"] == method]
        if chosen:
            notices = sum(day["notices"]["0.001"] for day in chosen)
            rates[method] = notices / sum(day["host_days"] for day in chosen)
    return rates


def _quoted(
    values: Mapping[str, float], best: Callable[[list[tuple[float, str]]], tuple[float, str]]
) -> dict[str, float]:
    kept = [method for method in OURS if method in values]
    for supervised in (True, False):
        others = [
            (value, method)
            for method, value in values.items()
            if method not in OURS and METHODS[method].supervised == supervised
        ]
        if others:
            kept.append(best(others)[1])
    return {method: round(values[method], 4) for method in kept}

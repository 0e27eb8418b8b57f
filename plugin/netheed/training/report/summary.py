"""The headline figures, for whoever quotes the report: the card of a model does."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from netheed.errors import NetheedError
from netheed.training.attention import AS_SHIPPED, NAME
from netheed.training.comparison.plan import METHODS
from netheed.training.comparison.result import NOTICED
from netheed.training.report.results import Results, mean
from netheed.training.splits import NETWORKS

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
        f"notices per benign host and day at p {NOTICED[0]:g} (4)": _notices(results),
    }
    lower = tuple(measured)[-1:]
    return {
        name: _quoted(values, best=min if name in lower else max)
        for name, values in measured.items()
        if values
    }


def figures(folder: Path) -> Figures:
    """Those of the report in a folder. Raises NetheedError when there are none."""
    path = folder / f"{SUMMARY}.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Figures)
    except (OSError, msgspec.DecodeError) as error:
        raise NetheedError(f"{path}: no figures of a report: {error}") from None


def _each(measure: Callable[[Results, str], float], results: Results) -> dict[str, float]:
    values = {method: measure(results, method) for method in METHODS}
    return {method: value for method, value in values.items() if np.isfinite(value)}


def _grouped(results: Results, method: str) -> float:
    runs = results.of("1i", "grouped", method)
    return mean([run.at_threshold.macro_f1.value for run in runs if run.at_threshold])


def _mean_ap(protocol: str) -> Callable[[Results, str], float]:
    """Over the splits of the protocol; NaN where one is missing."""

    def measure(results: Results, method: str) -> float:
        found = results.mean_ap_over(protocol, method)
        return float("nan") if found is None else found

    return measure


def _notices(results: Results) -> dict[str, float]:
    rates = {}
    for method in METHODS:
        runs = [run for network in NETWORKS for run in results.of("2", network, method)]
        days = [run.benign_days for run in runs if run.benign_days]
        if days:
            notices = sum(each.notices[f"{NOTICED[0]:g}"] for each in days)
            rates[method] = notices / sum(each.host_days for each in days)
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

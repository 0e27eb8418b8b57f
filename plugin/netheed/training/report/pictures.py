"""The report's pictures, by matplotlib: the same data gives the same bytes.

Points that are NaN are left out. The series named `ours` is drawn thicker and above the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

PALETTE: Final = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#666666",
    "#b5a300",
    "#332288",
    "#882255",
    "#44aa99",
    "#000000",
)
"""Okabe and Ito's colours first, which the colour-blind tell apart."""


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one line, with an interval where it is known."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def lines(
    title: str,
    axes: tuple[str, str],
    series: Mapping[str, Series],
    *,
    log_x: bool = False,
    log_y: bool = False,
    ours: str = "",
) -> bytes:
    """One line for each series; `axes` labels x and y."""
    figure, plot = _begun(title)
    for number, (name, each) in enumerate(series.items()):
        x, y = np.array(each.x), np.array(each.y)
        kept = np.isfinite(x) & np.isfinite(y)
        colour, mine = PALETTE[number % len(PALETTE)], name == ours
        plot.plot(
            x[kept],
            y[kept],
            marker="o",
            markersize=3,
            color=colour,
            label=name,
            linewidth=3 if mine else 1.4,
            zorder=5 if mine else 2,
        )
        if each.low:
            low, high = np.array(each.low), np.array(each.high)
            plot.fill_between(x[kept], low[kept], high[kept], color=colour, alpha=0.12)
    plot.set_xlabel(axes[0])
    plot.set_ylabel(axes[1])
    _logarithmic(plot, x=log_x, y=log_y)
    if series:
        plot.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize=8)
    return _png(figure)


def bars(
    title: str,
    label: str,
    values: Mapping[str, tuple[float, float, float]],
    *,
    ours: str = "",
    log: bool = False,
) -> bytes:
    """A bar for each name: (mean, low, high)."""
    figure, plot = _begun(title)
    kept = {name: each for name, each in values.items() if np.isfinite(each[0])}
    for place, (name, (mean, low, high)) in enumerate(reversed(kept.items())):
        colour = PALETTE[0] if name == ours else "#9aa5b1"
        plot.barh(place, mean, color=colour)
        if np.isfinite(low) and np.isfinite(high):
            plot.plot([low, high], [place, place], color="#222222", linewidth=1.2)
    plot.set_yticks(range(len(kept)), list(reversed(kept)), fontsize=8)
    plot.set_xlabel(label)
    _logarithmic(plot, x=log)
    return _png(figure)


def reliability(
    title: str,
    promised: tuple[float, ...],
    series: Mapping[str, tuple[float, ...]],
    *,
    ours: str = "",
) -> bytes:
    """Promised against realised rates, both logarithmic, with the diagonal of an exact promise."""
    least = min(promised)
    drawn = {"exact": Series(promised, promised)}
    drawn |= {
        name: Series(promised, tuple(max(v, least / 10) for v in values))
        for name, values in series.items()
    }
    return lines(title, ("promised", "realised"), drawn, log_x=True, log_y=True, ours=ours)


def _begun(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8.6, 4.6), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    plot = figure.add_subplot()
    plot.set_title(title, fontsize=11)
    plot.grid(visible=True, alpha=0.25)
    return figure, plot


def _logarithmic(plot: Axes, *, x: bool = False, y: bool = False) -> None:
    if x:
        plot.set_xscale("log")
    if y:
        plot.set_yscale("log")


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()

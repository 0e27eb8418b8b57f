"""What the comparison was to show, and whether it does."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from netheed.training.attention import AS_SHIPPED
from netheed.training.comparison.plan import METHODS
from netheed.training.comparison.result import Result
from netheed.training.learn import WAY
from netheed.training.measures import Drawn, Interval
from netheed.training.report.adaptation import (
    AT,
    NONE,
    at_sites,
    falls_tenfold,
    keeps_recall,
    summed,
)
from netheed.training.report.page import Section, Table
from netheed.training.report.results import Results, measured, said, splits_of
from netheed.training.sites import STARTS

BETTER_THAN: Final = ("autoencoder", "SVM", "LSTM", "GNN")
"""What ours is to surpass on 1(i)."""
WITHOUT_LABELS: Final = tuple(name for name, method in METHODS.items() if not method.supervised)


class Goal(NamedTuple):
    """One line of the table."""

    what: str
    ours: str
    other: str
    """What it is held against, and whose that is."""
    reached: bool | None
    """None where something was not worked out, or there was nothing to show it by."""


def section(results: Results) -> Section:
    """One line a goal."""
    cases = [(start, at) for start in STARTS for at in AT]
    adapted = [goal for case in cases for goal in _adapted(results, *case)]
    found = [*_grouped(results), *_unseen(results), *adapted]
    rows = tuple((goal.what, goal.ours, goal.other, _said(goal.reached)) for goal in found)
    missed = [goal.what for goal in found if goal.reached is False]
    plainly = f"Not reached: {'; '.join(missed)}." if missed else "Nothing was found missed."
    return Section(
        title="What was to be shown",
        text=(
            f"Of what is shipped (`{AS_SHIPPED}`), by the tables below. {plainly} What was tried "
            "where something falls short stands in the tables of remedies, variations and "
            "ablations, and of ways to adapt, each with its figures. What an hour of adaptation is "
            "worth depends on the start. A mean AP stands with the least and the most of its "
            "seeds, a macro-F1 with its interval: where these overlap, a yes is worth little.",
        ),
        parts=(
            Table(
                title="Goals",
                columns=("goal", "ours", "held against", "reached"),
                rows=rows,
            ),
        ),
    )


def _said(reached: bool | None) -> str:
    return "-" if reached is None else "yes" if reached else "no"


def _grouped(results: Results) -> Iterator[Goal]:
    """On 1(i), by macro-F1."""
    ours = _macro_f1(results, AS_SHIPPED)
    others = {name: _macro_f1(results, name) for name in METHODS if name != AS_SHIPPED}
    known = {name: each for name, each in others.items() if each is not None}
    best = max(known, key=lambda name: known[name][0], default="")
    yield Goal(
        "1(i): macro-F1 at least that of every other, within the interval",
        said(ours),
        f"{said(known.get(best))} {best}",
        known[best][0] <= ours[2] if ours and best else None,
    )
    for name in BETTER_THAN:
        other = known.get(name)
        yield Goal(
            f"1(i): macro-F1 above {name}",
            said(ours),
            said(other),
            ours[0] > other[0] if ours and other else None,
        )


def _macro_f1(results: Results, method: str) -> Interval | None:
    runs = [run for run in results.of("1i", "grouped", method) if run.at_threshold]
    return measured(runs, _at_threshold)


def _at_threshold(run: Result) -> Drawn:
    return run.at_threshold.macro_f1 if run.at_threshold else Drawn(None, [])


def _unseen(results: Results) -> Iterator[Goal]:
    """Mean average precision over attacks that were never seen."""
    for protocol, what in (
        ("1ii", "1(ii), the days after"),
        ("2", "2, a network held out"),
        ("2-family", "2, a family held out"),
    ):
        ours = results.mean_ap_over(protocol, AS_SHIPPED)
        others = {name: results.mean_ap_over(protocol, name) for name in WITHOUT_LABELS}
        known = {name: each for name, each in others.items() if each is not None}
        best = max(known, key=lambda name: known[name], default="")
        yield Goal(
            f"{what}: mean AP above every method without labels",
            f"{said(ours)}{_by_seed(results, protocol, AS_SHIPPED)}",
            f"{said(known.get(best))}{_by_seed(results, protocol, best)} {best}",
            ours > known[best] if ours is not None and best else None,
        )


def _by_seed(results: Results, protocol: str, method: str) -> str:
    """The least and the most of the seeds that have all splits; nothing of one alone."""
    splits = splits_of(protocol)
    of_seed: dict[int, list[float]] = {}
    for run in (run for split in splits for run in results.of(protocol, split, method)):
        value = run.ranked.mean_ap.value
        of_seed.setdefault(run.cell.seed, []).append(np.nan if value is None else value)
    means = [float(np.mean(each)) for each in of_seed.values() if len(each) == len(splits)]
    return f" (seeds {min(means):.3f} to {max(means):.3f})" if len(means) > 1 else ""


def _adapted(results: Results, start: str, at: str) -> Iterator[Goal]:
    """After an hour of a site's benign traffic, from one start and at one p-value."""
    sites = [site for site in results.sites if site.start == start]
    before, after = (at_sites(sites, way) for way in (NONE, WAY))
    was, now = summed(before, at), summed(after, at)
    most = max((way.notices[at] for way in before), default=0)
    runs = [(b.recall[at], a.recall[at]) for b, a in zip(before, after, strict=True) if b.recall]
    lower = sum(a < b for b, a in runs)
    what = f"an hour of adaptation, {start}, p {at}"
    yield Goal(
        f"{what}: false notices fall tenfold",
        str(now.notices) if sites else "-",
        f"{was.notices} without, {most} of them in one run" if sites else "-",
        falls_tenfold(was, now),
    )
    yield Goal(
        f"{what}: recall falls by two points at most",
        f"{said(now.recall)}, lower in {lower} of {len(runs)} runs" if runs else "-",
        f"{said(was.recall)} without",
        keeps_recall(was, now),
    )

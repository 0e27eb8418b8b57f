"""An hour of a site's benign traffic: what each way of adapting by it is worth."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from netheed.training.learn import WAY
from netheed.training.report.page import Section, Table
from netheed.training.report.results import Results, mean, said
from netheed.training.sites import RATES, SITES, STEPS, Adapted, Way

NONE: Final = "none"
"""The way of a detector that is left as it came."""
CHOSEN: Final = "chosen by the other networks"
TENFOLD: Final = 10.0
"""By which false notices are to fall."""
POINTS: Final = 0.02
"""Recall that adaptation may cost."""
AT: Final = tuple(f"{rate:g}" for rate in sorted(RATES))
"""p-values at which notices are counted; the first is the default setting."""


class Summed(NamedTuple):
    """One way of adapting at one p-value, over all sites and seeds of one start."""

    windows: int
    """False ones."""
    notices: int
    recall: float
    """The mean over days with an attack laid over them; NaN without any."""


def summed(ways: Sequence[Way], at: str) -> Summed:
    """What one way did at each of some sites, at a p-value of AT."""
    return Summed(
        windows=sum(each.windows[at] for each in ways),
        notices=sum(each.notices[at] for each in ways),
        recall=mean([each.recall.get(at) for each in ways]),
    )


def at_sites(sites: Sequence[Adapted], way: str) -> list[Way]:
    """What one way did at each."""
    return [site.ways[way] for site in sites]


def falls_tenfold(was: Summed, now: Summed) -> bool | None:
    """Whether false notices do; None where none could fall."""
    return now.notices * TENFOLD <= was.notices if was.notices else None


def keeps_recall(was: Summed, now: Summed) -> bool | None:
    """Whether no more than POINTS are lost; None where nothing was laid over a day."""
    lost = was.recall - now.recall
    return None if np.isnan(lost) else bool(lost <= POINTS)


def chosen(sites: Sequence[Adapted]) -> str:
    """The way with the fewest notices of those that keep recall, at the default setting."""
    tried = {name: summed(at_sites(sites, name), AT[0]) for name in sites[0].ways}
    kept = [name for name, now in tried.items() if keeps_recall(tried[NONE], now)]
    return min(kept, key=lambda name: (tried[name].notices, -tried[name].recall), default=NONE)


def chosen_elsewhere(sites: Sequence[Adapted]) -> list[str]:
    """For each site, the way that those of other networks choose: what a new one can hope for."""
    network = {site.name: site.network for site in SITES}
    at = [network.get(site.site, site.site) for site in sites]
    others = [[other for other, its in zip(sites, at, strict=True) if its != own] for own in at]
    return [chosen(each) if each else NONE for each in others]


def section(results: Results) -> Section:
    """Two tables for each start, and what a few steps bring."""
    starts = dict.fromkeys(site.start for site in results.sites)
    by_start = [[site for site in results.sites if site.start == start] for start in starts]
    return Section(
        title="Adaptation to a site",
        text=(
            "A network held out; two thirds of an hour of its benign traffic without labels adapt "
            "the detector, the last third calibrates it, beside simulated networks; then its next "
            "benign day, and simulated attacks laid over it. Sums and means over all sites and "
            "seeds. The ways were compared on these very sites: the best row is the best of "
            "several, not a promise; the last is what each site gets by the way that the other "
            "networks would choose, which may be to leave the detector "
            f"as it is. `netheed learn` takes the {WAY}, what is chosen for the detector as it is "
            "shipped, and tells of each adapter what it finds no more of simulated attacks. "
            "The notices are few and the runs differ much: each stands below.",
        ),
        parts=(
            *(table for sites in by_start for table in (_ways(sites), _runs(sites))),
            *_few_steps(results.sites),
        ),
    )


def _ways(sites: list[Adapted]) -> Table:
    """Of one start."""
    elsewhere = chosen_elsewhere(sites)
    ways = {name: at_sites(sites, name) for name in sites[0].ways}
    ways[CHOSEN] = [site.ways[name] for site, name in zip(sites, elsewhere, strict=True)]
    overlaid = sum(bool(way.recall) for way in ways[NONE])
    times = "; ".join(f"{name}, {count}" for name, count in Counter(elsewhere).most_common())
    return Table(
        title=f"Start: {sites[0].start}; {len(sites)} runs",
        columns=(
            "adapted",
            *(f"{what}, p {at}" for at in AT for what in ("false windows", "notices")),
            *(f"recall, p {at}" for at in AT),
            "mean AP of old attacks",
            "bytes",
        ),
        rows=tuple((name, *_row(each)) for name, each in ways.items()),
        note="Recall: of windows of simulated attacks, the mean over the runs whose day has some "
        f"laid over it, {overlaid} of these. Old attacks: simulated ones on simulated networks, no "
        "site's. Bytes: of the adapter. Chosen by the other networks: for each site, the way with "
        f"the fewest notices there of those that cost at most two points of recall at p {AT[0]} "
        f"({times}). {_reaching(sites)}",
    )


def _runs(sites: list[Adapted]) -> Table:
    """Each run of one start by the way that is shipped."""
    rows = []
    for site in sites:
        was, now = site.ways[NONE], site.ways[WAY]
        notices = (f"{was.notices[at]} to {now.notices[at]}" for at in AT)
        recalls = (
            f"{said(was.recall[at])} to {said(now.recall[at])}" if was.recall else "-" for at in AT
        )
        rows.append((f"{site.site}, seed {site.seed}", *notices, *recalls))
    return Table(
        title=f"Each run: {sites[0].start}, from {NONE} to {WAY}",
        columns=("site", *(f"{what}, p {at}" for what in ("notices", "recall") for at in AT)),
        rows=tuple(rows),
    )


def _row(ways: Sequence[Way]) -> Iterator[str]:
    at_each = [summed(ways, at) for at in AT]
    yield from (str(count) for each in at_each for count in (each.windows, each.notices))
    yield from (said(each.recall) for each in at_each)
    yield said(mean([way.old_attacks for way in ways]))
    yield str(max(way.adapter_bytes for way in ways) or "")


def _reaching(sites: Sequence[Adapted]) -> str:
    """Which ways do what was to be shown."""
    ways = [name for name in sites[0].ways if name != NONE]
    sentences = []
    for at in AT:
        was = summed(at_sites(sites, NONE), at)
        now = {name: summed(at_sites(sites, name), at) for name in ways}
        for what, reaches in (
            ("false notices fall tenfold", falls_tenfold),
            ("recall falls by two points at most", keeps_recall),
        ):
            found = [name for name in ways if reaches(was, now[name])]
            sentences.append(f"At p {at} {what} by: {'; '.join(found) or 'no way'}.")
    return " ".join(sentences)


def _few_steps(sites: list[Adapted]) -> list[Table]:
    curves = [site.few_steps for site in sites if site.few_steps]
    if not curves:
        return []
    rows = []
    for name in curves[0]:
        mean_error = np.mean([curve[name] for curve in curves], axis=0)
        rows.append((name, *(f"{value:.3f}" for value in mean_error)))
    return [
        Table(
            title="Error on the site's later traffic after so many steps on its hour",
            columns=("start", *map(str, STEPS)),
            rows=tuple(rows),
            note="Surprise plus rebuilding error of benign windows, nats and deviations; the mean "
            "over sites and seeds.",
        )
    ]

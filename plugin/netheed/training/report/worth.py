"""What each mechanism is worth: ablations, variations, and adaptation to a site."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from netheed.training.attention import ABLATIONS, AS_SHIPPED, NAME, VARIATIONS
from netheed.training.cells import LEARNED, ONE_SENSOR, UNTUNED
from netheed.training.measures import mean_average_precision
from netheed.training.report.page import Section, Table
from netheed.training.report.results import Results
from netheed.training.splits import NETWORKS

Site = dict[str, Any]
"""What `sites.work` says of one site, start and seed."""


def sections(results: Results) -> list[Section]:
    """Ablations, variations and adaptation."""
    return [_ablations(results), _variations(results), _adaptation(results)]


def _ablations(results: Results) -> Section:
    changes = ("", *ABLATIONS, *LEARNED, UNTUNED)
    rows = [*_rows(results, NAME, changes, NAME), *_rows(results, AS_SHIPPED, ("",), NAME)]
    return Section(
        title="Ablations",
        text=(
            "Mean AP on each network held out. The difference is to the full model of the same "
            "network and seed, with 1.96 standard errors over them; a difference inside it says "
            "nothing. What is shipped leaves out the temporal and the contrastive term, which do "
            "not help here, and takes its settings without a search, which does not help either. "
            "Next-window prediction stays, though it adds nothing here: it is what a site without "
            "labels adapts by. Attention inside windows stays out: it needs every connection of a "
            "window where the model is served.",
        ),
        parts=(
            Table(
                title="What each mechanism is worth",
                columns=("model", "seeds", "mean", "difference", *NETWORKS),
                rows=tuple(rows),
            ),
        ),
    )


def _variations(results: Results) -> Section:
    changes = ("", *VARIATIONS, ONE_SENSOR)
    return Section(
        title="Variations of what is shipped",
        text=(
            "Each beside the shipped settings of the same network and seed, as above. A variation "
            "that is not better by more than its spread is not taken.",
        ),
        parts=(
            Table(
                title="What else was tried",
                columns=("model", "seeds", "mean", "difference", *NETWORKS),
                rows=tuple(_rows(results, AS_SHIPPED, changes, AS_SHIPPED)),
            ),
        ),
    )


def _rows(
    results: Results, method: str, changes: tuple[str, ...], base: str
) -> Iterator[tuple[str, ...]]:
    """A row for each change of the method that was worked out, beside the unchanged `base`."""
    for change in changes:
        paired = _paired(results, method, change, base)
        pairs = [pair for each in paired.values() for pair in each]
        if not pairs:
            continue
        gains = [changed - plain for changed, plain in pairs]
        spread = float(np.std(gains) / len(gains) ** 0.5)
        means = {n: float(np.mean([m for m, _ in each])) for n, each in paired.items() if each}
        whole = len(means) == len(NETWORKS)
        yield (
            change or method,
            str(max(len(each) for each in paired.values())),
            f"{np.mean(list(means.values())):.3f}" if whole else "-",
            f"{np.mean(gains):+.3f} ± {1.96 * spread:.3f}"
            if (method, change) != (base, "")
            else "",
            *(f"{means[n]:.3f}" if n in means else "-" for n in NETWORKS),
        )


def _paired(
    results: Results, method: str, change: str, base: str
) -> dict[str, list[tuple[float, float]]]:
    """Network -> (mean AP of the changed, of the unchanged base) for each seed that both have."""
    paired = {}
    for network in NETWORKS:
        plain = {run.seed: run for run in results.of("2", network, base)}
        changed = results.of("2", network, method, change)
        paired[network] = [
            (mean_average_precision(run.tested), mean_average_precision(plain[run.seed].tested))
            for run in changed
            if run.seed in plain
        ]
    return paired


def _adaptation(results: Results) -> Section:
    sites: list[Site] = results.kept("site")
    starts = dict.fromkeys(site["start"] for site in sites)
    return Section(
        title="Adaptation to a site",
        text=(
            "A network held out; an hour of its benign traffic without labels adapts the detector "
            "and its calibration; then its next benign day, and simulated attacks laid over it. "
            "Sums and means over all sites and seeds. The ways were compared on these very sites: "
            "the best row is the best of several, not a promise.",
        ),
        parts=(*(_ways(sites, start) for start in starts), *_few_steps(sites)),
    )


def _ways(sites: list[Site], start: str) -> Table:
    chosen = [site["rows"] for site in sites if site["start"] == start]
    ways = list(chosen[0])
    names = ("windows_at_0.01", "notices_at_0.01", "windows_at_0.001", "notices_at_0.001")
    rows = []
    for way in ways:
        sums = [str(int(sum(site[way][name] for site in chosen))) for name in names]
        recalls = [
            f"{np.mean([s[way][n] for s in chosen if n in s[way]]):.3f}"
            for n in ("recall_at_0.01", "recall_at_0.001")
        ]
        old = f"{np.mean([site[way]['old_attacks'] for site in chosen]):.3f}"
        size = max(site[way].get("adapter_bytes", 0) for site in chosen)
        rows.append((way, *sums, *recalls, old, f"{size:.0f}" if size else ""))
    return Table(
        title=f"Start: {start}; {len(chosen)} runs",
        columns=(
            "adapted",
            "false windows, p 0.01",
            "notices",
            "false windows, p 0.001",
            "notices",
            "recall, p 0.01",
            "recall, p 0.001",
            "mean AP of old attacks",
            "bytes",
        ),
        rows=tuple(rows),
    )


def _few_steps(sites: list[Site]) -> list[Table]:
    curves = [site["few_steps"] for site in sites if "few_steps" in site]
    if not curves:
        return []
    rows = []
    for name in curves[0]:
        mean = np.mean([curve[name] for curve in curves], axis=0)
        rows.append((name, *(f"{value:.3f}" for value in mean)))
    return [
        Table(
            title="Error on the site's later traffic after so many steps on its hour",
            columns=("start", "0", "1", "3", "10", "30"),
            rows=tuple(rows),
            note="Surprise plus rebuilding error of benign windows, nats and deviations; the mean "
            "over sites and seeds.",
        )
    ]

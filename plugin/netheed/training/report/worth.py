"""What each mechanism is worth: ablations, and variations of what is shipped."""

from collections.abc import Iterator

import numpy as np
from scipy.stats import t

from netheed.training.attention import ABLATIONS, AS_SHIPPED, NAME, VARIATIONS
from netheed.training.comparison.plan import LEARNED, LONGER, ONE_SENSOR, UNTUNED
from netheed.training.comparison.result import Result
from netheed.training.report.page import Section, Table
from netheed.training.report.results import Results
from netheed.training.splits import NETWORKS


def sections(results: Results) -> list[Section]:
    """Ablations and variations."""
    return [_ablations(results), _variations(results)]


def _ablations(results: Results) -> Section:
    changes = ("", *ABLATIONS, *LEARNED, UNTUNED)
    rows = [*_rows(results, NAME, changes, NAME), *_rows(results, AS_SHIPPED, ("",), NAME)]
    return Section(
        title="Ablations",
        text=(
            "Mean AP on each network held out. The difference is to the full model of the same "
            "network and seed, with its 95 % interval over them; a difference inside it says "
            "nothing. Means are over a row's own seeds: those of other seeds do not compare. What "
            "is shipped, the last row, leaves out the temporal and the contrastive term and takes "
            "its settings without a search. Next-window prediction stays whatever its row says: "
            "it is what a site without labels adapts by. So do simulated networks: no recording "
            "has DNS tunnels or exfiltration. Attention inside windows stays out: it needs every "
            "connection of a window where the model is served.",
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
    changes = ("", *VARIATIONS, *LONGER, ONE_SENSOR)
    return Section(
        title="Variations of what is shipped",
        text=(
            "Each beside the shipped settings of the same network and seed, as above. A variation "
            "that is not better by more than its spread is not taken. `netheed train` takes about "
            "four times as many steps, on more simulated networks.",
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
        means = {n: float(np.mean([m for m, _ in each])) for n, each in paired.items() if each}
        whole = len(means) == len(NETWORKS)
        yield (
            change or method,
            str(max(len(each) for each in paired.values())),
            f"{np.mean(list(means.values())):.3f}" if whole else "-",
            _gained(gains) if (method, change) != (base, "") else "",
            *(f"{means[n]:.3f}" if n in means else "-" for n in NETWORKS),
        )


def _gained(gains: list[float]) -> str:
    """Their mean and half of its 95 % interval, by Student's t; one alone has none."""
    middle = f"{np.mean(gains):+.3f}"
    if len(gains) == 1:
        return middle
    error = np.std(gains, ddof=1) / len(gains) ** 0.5
    return f"{middle} ± {error * t.ppf(0.975, len(gains) - 1):.3f}"


def _paired(
    results: Results, method: str, change: str, base: str
) -> dict[str, list[tuple[float, float]]]:
    """Network -> (mean AP of the changed, of the unchanged base) for each seed that both have."""
    paired = {}
    for network in NETWORKS:
        plain = {run.cell.seed: _ap(run) for run in results.of("2", network, base)}
        changed = {run.cell.seed: _ap(run) for run in results.of("2", network, method, change)}
        paired[network] = [(value, plain[seed]) for seed, value in changed.items() if seed in plain]
    return paired


def _ap(run: Result) -> float:
    value = run.ranked.mean_ap.value
    return float("nan") if value is None else value

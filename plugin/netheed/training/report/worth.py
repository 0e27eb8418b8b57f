"""What each mechanism is worth: ablations, and variations of what is shipped."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from scipy.stats import t

from netheed.training.attention import ABLATIONS, AS_SHIPPED, NAME, VARIATIONS
from netheed.training.comparison.plan import LEARNED, LONGER, ONE_SENSOR, UNTUNED
from netheed.training.comparison.result import Result
from netheed.training.report.page import Section, Table
from netheed.training.report.results import Results
from netheed.training.splits import NETWORKS

SURE: Final = 0.95
"""Probability with which an interval of a difference holds it."""
Paired = Mapping[str, Mapping[int, tuple[float, float]]]
"""Network -> seed -> mean AP of the changed and of the unchanged."""


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
            f"nothing. {_certain(results, NAME, changes)} Means are over a row's own seeds: those "
            "of other seeds do not compare. What is shipped, the last row, leaves out the temporal "
            "and the contrastive term and takes its settings without a search. Next-window "
            "prediction stays whatever its row says: it is what a site without labels adapts by. "
            "So do simulated networks: no recording has DNS tunnels or exfiltration. Attention "
            "inside windows stays out: it needs every connection of a window where the model is "
            "served.",
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
            "Each beside the shipped settings of the same network and seed, as above. "
            f"{_certain(results, AS_SHIPPED, changes)} Only a variation that lies above a widened "
            "one is taken. `netheed train` takes about four times as many steps, on more simulated "
            "networks.",
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
        is_base = (method, change) == (base, "")
        if any(paired.values()):
            yield _row(change or method, paired, is_base=is_base)
        if is_base:
            yield from _fewer(results, method, changes, paired)


def _fewer(
    results: Results, method: str, changes: tuple[str, ...], paired: Paired
) -> Iterator[tuple[str, ...]]:
    """The base once more, by the seeds that its changes have, where these are fewer."""
    runs = [r for c in changes if c for n in NETWORKS for r in results.of("2", n, method, c)]
    seeds = {run.cell.seed for run in runs}
    same = {n: {s: pair for s, pair in each.items() if s in seeds} for n, each in paired.items()}
    if any(same.values()) and same != paired:
        yield _row(f"{method}, the seeds of the rows below", same, is_base=True)


def _row(name: str, paired: Paired, *, is_base: bool) -> tuple[str, ...]:
    changed = {n: [m for m, _ in each.values()] for n, each in paired.items() if each}
    means = {network: float(np.mean(values)) for network, values in changed.items()}
    return (
        name,
        str(max(map(len, changed.values()))),
        f"{np.mean(list(means.values())):.3f}" if len(means) == len(NETWORKS) else "-",
        "" if is_base else _gained(_gains(paired)),
        *(f"{means[n]:.3f}" if n in means else "-" for n in NETWORKS),
    )


def _gains(paired: Paired) -> list[float]:
    return [changed - plain for each in paired.values() for changed, plain in each.values()]


def _certain(results: Results, method: str, changes: tuple[str, ...]) -> str:
    """The changes whose difference chance does not give among as many rows, in words.

    By Bonferroni: each interval is widened until all together hold with 95 %.
    """
    gains = {each: _gains(_paired(results, method, each, method)) for each in changes if each}
    gains = {name: each for name, each in gains.items() if len(each) > 1}
    share = (1.0 - SURE) / max(1, len(gains))
    found = [n for n, each in gains.items() if abs(np.mean(each)) > _half(each, 1.0 - share)]
    return (
        f"Of {len(gains)} differences chance alone may put one outside its interval; outside "
        f"intervals widened for their number (Bonferroni) lie: {'; '.join(found) or 'none'}."
    )


def _gained(gains: list[float]) -> str:
    """Their mean and half of its 95 % interval; one alone has none."""
    middle = f"{np.mean(gains):+.3f}"
    return f"{middle} ± {_half(gains, SURE):.3f}" if len(gains) > 1 else middle


def _half(gains: list[float], sure: float) -> float:
    """Half of the interval that holds their mean with probability `sure`, by Student's t."""
    error = np.std(gains, ddof=1) / len(gains) ** 0.5
    return float(error * t.ppf((1.0 + sure) / 2, len(gains) - 1))


def _paired(results: Results, method: str, change: str, base: str) -> Paired:
    """Of each seed that both have."""
    paired = {}
    for network in NETWORKS:
        plain = {run.cell.seed: _ap(run) for run in results.of("2", network, base)}
        changed = {run.cell.seed: _ap(run) for run in results.of("2", network, method, change)}
        paired[network] = {
            seed: (value, plain[seed]) for seed, value in changed.items() if seed in plain
        }
    return paired


def _ap(run: Result) -> float:
    value = run.ranked.mean_ap.value
    return float("nan") if value is None else value

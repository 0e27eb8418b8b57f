"""The report of `bench.modelcost`, from its result files alone."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Result = dict[str, Any]
FIRST_RECIPE = ", first recipe"
"""Ends the names of sizes that learned as the shipped weights did."""
HEAD = """# What the model costs, and what a cheaper one would

Made by `python -m bench.modelcost fit`, `judge` and `report`; nothing is typed by hand. Each size
learned with one network held out, from the same windows by the same recipe and seeds, and was
judged on that network as it serves: exported, by onnxruntime. Recall is at one false alarm in a
thousand of the held-out network's own benign windows (below a thousand of them: at none).
"""
COST = """## Cost

CPU microseconds a window with a whole history, batches of 64, one thread, medians of rounds in
turn. The processor does {peak:.0f} GFLOP a second in a large product. The last column: by how much
a score changes when a window is scored without its neighbours.

| model | us a window | best | MFLOP a window | share of the peak | KB | by neighbours |
|---|---|---|---|---|---|---|"""
VERDICTS = """## Verdicts where a network is held out

Means over networks and seeds. Recall is the mean of the classes, average precision that of
the attacks. Behind both stand the mean difference from `{first}` of the same
recipe with its standard error over networks and seeds (which share windows: the error is too
small), and how often a size was better and worse.

| model | us | recall | difference | better, worse | precision | difference | better, worse |
|---|---|---|---|---|---|---|---|"""
FIRST = """## A stage before the model

One that provably lets no alarm pass must know a bound of the score, or the score itself.

- **A bound.** The newest window is known without attention; what the model reads of the history is
  normalised, so its length is known, and so is the largest log odds of any history. Of
  {windows:.0f} windows of iot23 it is {bound_least:.1f} at the least and {bound_median:.1f} at the
  median; an alarm begins at {threshold:.1f}. It lets {bound_below:.1%} of the windows off, and that
  without the tails, which only add. A tighter bound has to go through the attention over all
  windows, with two ends of an interval for each number: it costs more than what it would spare.
- **A memory.** Of {recorded_windows:.0f} recorded windows {repeated:.1%} have a sequence that
  equals an earlier one to the bit. That is the most that a memory of scores could spare.
- **Shorter histories.** A window that is not there is read as well and weighs exactly nothing.
  Recorded histories have {mean_history:.1f} windows of 32 in the mean, {whole_history:.0%} are
  whole. Cutting a batch to its longest history is exact, but spares something only where hosts of
  like histories are batched together, and nothing for a host that is always there.
"""


def text(folder: Path) -> str:
    """Markdown. The first size of the results is what every other is compared with."""
    facts = json.loads((folder / "cost.json").read_text())
    paths = sorted((folder / "results").glob("*.json"))
    results = [each for path in paths for each in json.loads(path.read_text())]
    costs = facts["cost"]
    order = [name + recipe for recipe in ("", FIRST_RECIPE) for name in costs]
    results.sort(key=lambda result: order.index(result["size"]))
    parts = (_costs(facts), _verdicts(results, costs), _networks(results))
    return "\n".join(
        [HEAD, *(line for part in parts for line in part), FIRST.format(**facts["first"])]
    )


def _costs(facts: Result) -> Iterator[str]:
    yield COST.format(peak=facts["peak"])
    for name, cost in facts["cost"].items():
        share = cost["flop"] / cost["us"] / 1e3 / facts["peak"]
        yield (
            f"| {name} | {cost['us']:.1f} | {cost['best_us']:.1f} | {cost['flop'] / 1e6:.2f} "
            f"| {share:.0%} | {cost['bytes'] / 1e3:.0f} | {cost['batch_difference']:.2g} |"
        )
    yield ""


def _verdicts(results: list[Result], costs: dict[str, Result]) -> Iterator[str]:
    """All networks together; differences are of the same network and seed."""
    sizes = list(dict.fromkeys(result["size"] for result in results))
    first = sizes[0]
    yield VERDICTS.format(first=first)
    for name in sizes:
        size = name.removesuffix(FIRST_RECIPE)
        other = first if name == size else first + FIRST_RECIPE
        cells = [f"{costs[size]['us']:.1f}"]
        for measure in (_recall, _precision):
            cells += _compared(*_paired(results, name, other, measure))
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""


def _compared(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> Iterator[str]:
    away = ours - theirs
    yield f"{ours.mean():.3f}"
    yield f"{away.mean():+.3f} ± {away.std(ddof=1) / len(away) ** 0.5:.3f}"
    yield f"{int((away > 0).sum())}, {int((away < 0).sum())}"


def _recall(result: Result) -> float:
    return float(np.mean(list(result["recall"].values())))


def _precision(result: Result) -> float:
    return float(result["mean_average_precision"])


def _paired(
    results: list[Result], size: str, other: str, measure: Callable[[Result], float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The measure of two sizes, in the same order of networks and seeds."""
    known = {(r["size"], r["network"], r["seed"]): measure(r) for r in results}
    both = [
        (value, known[other, network, seed])
        for (name, network, seed), value in known.items()
        if name == size and (other, network, seed) in known
    ]
    ours, theirs = np.array(both).T
    return ours, theirs


def _networks(results: list[Result]) -> Iterator[str]:
    """One table a network."""
    for network in sorted({result["network"] for result in results}):
        mine = [result for result in results if result["network"] == network]
        yield from _network(network, mine)
        for size in dict.fromkeys(result["size"] for result in mine):
            yield _row(size, [result for result in mine if result["size"] == size])
        yield ""


def _network(network: str, results: list[Result]) -> Iterator[str]:
    kinds = results[0]["windows"]
    named = ", ".join(f"{count} of {kind}" for kind, count in kinds.items())
    yield f"## Without {network}\n"
    yield f"Windows: {named}; {results[0]['benign']} benign. Means of the seeds, and extremes.\n"
    columns = [*(f"recall of {kind}" for kind in kinds), "average precision"]
    yield f"| model | seeds | {' | '.join(columns)} |"
    yield f"|---|---|{'---|' * len(columns)}"


def _row(size: str, runs: list[Result]) -> str:
    cells = [_spread([run["recall"][kind] for run in runs]) for kind in runs[0]["recall"]]
    cells.append(_spread([run["average_precision"] for run in runs]))
    return f"| {size} | {len(runs)} | {' | '.join(cells)} |"


def _spread(values: list[float]) -> str:
    return f"{np.mean(values):.2f} ({min(values):.2f}-{max(values):.2f})"

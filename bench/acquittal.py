"""`python -m bench.acquittal --data DATA`: how far the class may acquit a window, and what else.

One detector a split, by the shipped recipe of the comparison and one seed; its parts are put
together to a score in several ways. Fisher's way sums minus the logs of the shares of benign
training windows that reach each part, Tippett's takes the largest of them, and the sum a little.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from netheed.training.attention import trained
from netheed.training.comparison.evaluate import SCENES
from netheed.training.corpus import Store, corpus
from netheed.training.examples import Examples
from netheed.training.judge import parts
from netheed.training.measures import Tested, mean_average_precision
from netheed.training.model import ALL_COUNT, Exported
from netheed.training.splits import Split, names, split_of

QUANTILES = (0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995)
"""Of benign log odds in training, below which they hardly count."""
CHOSEN = 0.98
TIMES = (2.0, 4.0, 8.0)
"""Weights of the published thresholds; 1 is shipped."""
SEED = 0
LITTLE = 1e-3
"""Of a sum, that orders what the largest does not."""
Parts = tuple[NDArray[np.float32], ...]
"""Log odds, surprise and rebuilding error of n windows, each (n)."""


def main() -> None:
    """Fit, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--windows", type=Path, default=Path(".cache/evaluate/windows"))
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    text = "\n".join(report(arguments.data, arguments.windows)) + "\n"
    print(text)
    if arguments.output:
        arguments.output.write_text(text)


def report(data: Path, windows: Path) -> Iterator[str]:
    """The lines of the report."""
    made = corpus(data, Store(folder=windows), scenes_of=SCENES)
    splits = [each for each in names() if each[0] in {"1ii", "2", "2-family"}]
    columns = [_split(split_of(made, *each, SEED)) for each in splits]
    titles = [" ".join(each) for each in splits]
    groups = [[at for at, each in enumerate(splits) if each[0] == p] for p in ("2", "2-family")]
    yield "# How far the class may acquit a window\n"
    yield (
        "Made by `python -m bench.acquittal --data DATA`: mean average precision over the attacks "
        "of each split of the comparison, one seed, by the same detector with its parts put "
        "together in other ways. The class is sure of an attack that it never saw that it is "
        "benign; below a quantile of the log odds of benign training windows they count for a "
        f"thousandth. Shipped is {CHOSEN}, chosen by this table.\n"
    )
    yield f"| score | mean of 2 | mean of 2-family | {' | '.join(titles)} |"
    yield f"|---|{'---:|' * (len(titles) + 2)}"
    for row in columns[0]:
        values = [column[row] for column in columns]
        means = [float(np.mean([values[at] for at in group])) for group in groups]
        yield f"| {row} | {' | '.join(f'{value:.3f}' for value in (*means, *values))} |"


def _split(split: Split) -> dict[str, float]:
    """Way of scoring -> mean average precision."""
    train, test = split.train, split.test
    model = trained(train, {}, SEED)
    ordinary = train.label == 0
    benign = tuple(part[ordinary] for part in _parts(model, train))
    return {
        name: mean_average_precision(Tested.of(test, score, test.label))
        for name, score in _ways(model, benign, test)
    }


def _ways(
    model: Exported, benign: Parts, test: Examples
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    told = _parts(model, test)
    yield "all log odds count", _scored(model, told, test, usual=ALL_COUNT)
    for quantile in QUANTILES:
        usual = float(np.quantile(benign[0], quantile))
        yield f"from quantile {quantile:g} on", _scored(model, told, test, usual=usual)
    usual = float(np.quantile(benign[0], CHOSEN))
    for times in TIMES:
        score = _scored(model, told, test, usual=usual, published=times)
        yield f"from {CHOSEN:g} on, published thresholds {times:g} times", score
    rarities = [_rarity(*each) for each in zip(benign, told, strict=True)]
    whole = np.sum(rarities, axis=0)
    yield "Fisher's sum", whole
    yield "Tippett's largest", np.max(rarities, axis=0) + LITTLE * whole


def _parts(model: Exported, windows: Examples) -> Parts:
    odds, _, surprise, error = parts(model, windows)
    return odds, surprise, error


def _scored(
    model: Exported, told: Parts, test: Examples, *, usual: float, published: float = 1.0
) -> NDArray[np.float32]:
    model.usual, model.published = usual, published
    newest = torch.from_numpy(test.vectors.astype(np.float32))
    odds, surprise, error = map(torch.from_numpy, told)
    score: NDArray[np.float32] = model.score(odds, surprise, error, newest).numpy()
    return score


def _rarity(benign: NDArray[np.float32], told: NDArray[np.float32]) -> NDArray[np.float32]:
    """Minus the log of the share of benign windows that reach each."""
    below = np.searchsorted(np.sort(benign), told, side="left")
    rarity: NDArray[np.float32] = -np.log((len(benign) - below + 1) / (len(benign) + 1))
    return rarity


if __name__ == "__main__":
    main()

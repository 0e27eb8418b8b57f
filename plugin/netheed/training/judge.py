"""A trained detector over whole sets of windows: its score, and how the errors add to it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from netheed.training.datasets import KINDS
from netheed.training.examples import Examples
from netheed.training.experts import Experts
from netheed.training.fit import Batches
from netheed.training.methods import Verdicts
from netheed.training.model import ALL_COUNT, Detector, Exported, Tail

SCORED_AT_ONCE: Final = 256
FLOOR: Final = 0.99
BEYOND: Final = 0.999
"""Quantiles of benign windows: where a tail begins, and where it has added its weight once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """How much the two errors and the published thresholds count beside the class."""

    surprise: float = 0.5
    rebuilding: float = 1.0
    published: float = 0.0
    """Of a window's nearness to a published threshold."""
    usual: float = 0.0
    """Quantile of benign log odds, below which they hardly count; with 0 all of them count."""


def exported(detector: Detector, benign: Examples, ensemble: Ensemble) -> Exported:
    """The detector with tails that begin at the FLOOR quantile of the benign windows."""
    bare = Exported(detector, surprise=Tail(), rebuilding=Tail()).eval()
    odds, _, surprise, error = parts(bare, benign)
    ordinary = benign.label == 0
    usual = float(np.quantile(odds[ordinary], ensemble.usual)) if ensemble.usual else ALL_COUNT
    return Exported(
        detector,
        surprise=tail(surprise[ordinary], ensemble.surprise),
        rebuilding=tail(error[ordinary], ensemble.rebuilding),
        published=ensemble.published,
        usual=usual,
    ).eval()


def tail(error: NDArray[np.float32], weight: float) -> Tail:
    """One that begins at FLOOR of these benign errors (n) and has added `weight` at BEYOND."""
    floor, beyond = (float(q) for q in np.quantile(error, (FLOOR, BEYOND)))
    return Tail(weight=weight, floor=floor, scale=max(beyond - floor, 1e-3))


def judge(model: Exported, examples: Examples, *, classes: bool = True) -> Verdicts:
    """Score (n) and kind probabilities (n, kinds) of every window with its history.

    Without `classes` the score is the weighted sum of the two errors.
    """
    odds, kinds, surprise, error = parts(model, examples)
    if not classes:
        alone = _line(model.surprise, surprise) + _line(model.rebuilding, error)
        return Verdicts(score=alone, kinds=kinds)
    of = torch.from_numpy
    newest = of(examples.vectors.astype(np.float32))
    score = model.score(of(odds), of(surprise), of(error), newest)
    return Verdicts(score=score.numpy(), kinds=kinds)


def shares(model: Exported, examples: Examples) -> dict[str, list[list[float]]]:
    """Kind -> layer -> share of each expert in the answer for its windows, by their label."""
    layers = [each for each in model.detector.modules() if isinstance(each, Experts)]
    seen: list[list[Tensor]] = [[] for _ in layers]

    def hook(layer: Experts, at: int) -> RemovableHandle:
        return layer.register_forward_hook(
            lambda _, given, __: seen[at].append(layer.gates(given[0][:, -1:])[:, 0])
        )

    hooks = [hook(layer, at) for at, layer in enumerate(layers)]
    parts(model, examples)
    for each in hooks:
        each.remove()
    gates = [torch.cat(each).numpy() for each in seen]
    present = [code for code in range(len(KINDS)) if (examples.label == code).any()]
    return {
        KINDS[code]: [g[examples.label == code].mean(axis=0).round(2).tolist() for g in gates]
        for code in present
    }


def _line(tail: Tail, error: NDArray[np.float32]) -> NDArray[np.float32]:
    """The tail without its floor: an order of all windows, not of the odd ones alone."""
    return (tail.weight * (error - tail.floor) / tail.scale).astype(np.float32)


def parts(
    model: Exported, examples: Examples
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Log odds (n), kind probabilities (n, kinds), surprise (n), rebuilding error (n)."""
    sizes = model.detector.sizes
    batches = Batches(examples, sizes.length, sizes.conversations)
    rows = examples.history(sizes.length)
    with torch.no_grad():
        found = [
            model.parts(*batches.of(rows[at : at + SCORED_AT_ONCE]))
            for at in range(0, len(rows), SCORED_AT_ONCE)
        ]
    odds, kinds, surprise, error = (torch.cat(each).numpy() for each in zip(*found, strict=True))
    return odds, kinds, surprise, error

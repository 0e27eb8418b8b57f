"""What several baselines share: the scale of the inputs, the verdict of a classifier, descent."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from netheed.training.datasets import KINDS
from netheed.training.examples import UNLABELLED, Examples
from netheed.training.methods import Settings, Verdicts
from netheed.training.standard import CLIP, SMALLEST_DEVIATION

LEAST_PROBABILITY: Final = 1e-6
"""Probabilities nearer to 0 or 1 are taken as this near when odds are made of them."""

Standard = Callable[[NDArray[np.floating]], NDArray[np.float32]]
"""(n, columns) -> the same in deviations of ordinary rows."""
Batches = Callable[[np.random.Generator], Iterable[NDArray[np.int64]]]
"""The batches of one epoch."""
Loss = Callable[[NDArray[np.int64]], Tensor]
"""Of one batch."""


def benign(train: Examples) -> NDArray[np.float16]:
    """(n, features): the vectors that every method may learn from without knowing a kind."""
    rows: NDArray[np.float16] = train.vectors[train.label == 0]
    return rows


def standardised(ordinary: NDArray[np.floating]) -> Standard:
    """Scaling by the mean and deviation of `ordinary` (n, columns), clipped at CLIP deviations."""
    wide = ordinary.astype(np.float64)
    count = max(len(wide), 1)
    mean = wide.sum(axis=0) / count
    spread = np.sqrt(((wide - mean) ** 2).sum(axis=0) / count)
    deviation = np.maximum(spread, SMALLEST_DEVIATION)

    def standard(values: NDArray[np.floating]) -> NDArray[np.float32]:
        scaled: NDArray[np.float32] = ((values - mean) / deviation).astype(np.float32)
        return scaled.clip(-CLIP, CLIP)

    return standard


def whole(settings: Settings, name: str, default: int) -> int:
    """A setting that is a whole number."""
    return round(settings.get(name, default))


def classes_of(train: Examples) -> NDArray[np.int64]:
    """The kinds, ascending indices into KINDS, of which there are training windows."""
    return np.unique(train.label[train.label >= 0])


def kinds_and_odds(probabilities: NDArray[np.floating], classes: NDArray[np.int64]) -> Verdicts:
    """The verdicts of a classifier.

    Args:
        probabilities: (n, len(classes)), each row sums to 1.
        classes: The kinds it knows, indices into KINDS; any other gets probability 0.

    Returns:
        The log odds of any attack as score, nats, and probabilities of all kinds.
    """
    kinds = np.zeros((len(probabilities), len(KINDS)))
    kinds[:, classes] = probabilities
    ordinary = np.clip(kinds[:, 0], LEAST_PROBABILITY, 1.0 - LEAST_PROBABILITY)
    odds = np.log1p(-ordinary) - np.log(ordinary)
    return Verdicts(score=odds.astype(np.float32), kinds=kinds.astype(np.float32))


def softmax(logits: NDArray[np.floating]) -> NDArray[np.float64]:
    """(n, classes) logits -> probabilities."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def kind_loss(logits: Tensor, label: Tensor, weights: Tensor) -> Tensor:
    """Weighted cross entropy of logits (n, KINDS), the mean over the windows with a label (n)."""
    each = functional.cross_entropy(
        logits, label, weight=weights, ignore_index=UNLABELLED, reduction="none"
    )
    # The mean of no labelled window at all would be NaN.
    return each.sum() / (label >= 0).sum().clamp(min=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent:
    """How a network is trained."""

    epochs: int
    rate: float
    seed: int

    def of(self, network: nn.Module, batches: Batches, loss: Loss) -> None:
        """Train `network` in place by AdamW on `loss` of each batch; leaves it ready to judge."""
        rng = np.random.default_rng(self.seed)
        optimiser = torch.optim.AdamW(network.parameters(), lr=self.rate)
        network.train()
        for _ in range(self.epochs):
            for batch in batches(rng):
                optimiser.zero_grad()
                loss(batch).backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
        network.eval()


def shuffled(count: int, size: int) -> Batches:
    """Batches of at most `size` of the numbers below `count`, in another order each epoch."""

    def batches(rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
        order = rng.permutation(count)
        for at in range(0, count, size):
            yield order[at : at + size]

    return batches


def blocks(count: int, size: int) -> Iterator[slice]:
    """The rows below `count` in slices of at most `size`: judging in bounded memory."""
    for at in range(0, count, size):
        yield slice(at, min(at + size, count))

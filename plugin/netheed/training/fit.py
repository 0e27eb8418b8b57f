"""Training of the detector: next-window expectation and kind classification in one loss."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from netheed.training.datasets import KINDS
from netheed.training.examples import UNLABELLED, Examples
from netheed.training.model import Detector, Sizes

SMALLEST_DEVIATION: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to train; the shipped model's values are the defaults."""

    epochs: int = 18
    batch: int = 64
    rate: float = 2e-3
    decay: float = 0.01
    expect_weight: float = 0.3
    """Of the expectation's loss beside the classification's."""
    drop_features: float = 0.1
    """Share of the features of a sequence that are hidden (set to the mean) in training."""
    drop_history: float = 0.3
    """Share of the sequences whose windows before a random one are hidden."""
    noise: float = 0.1
    """Standard deviation of the noise on the standardised vectors."""
    seed: int = 1


def fit(
    examples: Examples, sizes: Sizes, recipe: Recipe, told: Callable[[str], None] = lambda _: None
) -> Detector:
    """Train on all windows; unlabelled ones teach only what to expect, attacks only the kind."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    detector = Detector(sizes)
    benign = examples.vectors[examples.label == 0].astype(np.float32)
    detector.mean.copy_(torch.from_numpy(benign.mean(axis=0)))
    deviation = np.maximum(examples.vectors.astype(np.float32).std(axis=0), SMALLEST_DEVIATION)
    detector.deviation.copy_(torch.from_numpy(deviation))
    weights = kind_weights(examples.label)
    optimiser = torch.optim.AdamW(detector.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    # An offset cuts each track at most once more, which bounds the steps of any epoch.
    chunks = len(_chunks(examples.track, sizes.length, 0)) + int(examples.track.max()) + 1
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        max_lr=recipe.rate,
        total_steps=recipe.epochs * (chunks // recipe.batch + 1),
    )
    detector.train()
    for epoch in range(recipe.epochs):
        losses = []
        for rows in _epoch(examples.track, sizes.length, recipe.batch, rng):
            classes, expects = _losses(detector, examples, rows, weights, recipe, rng)
            loss = classes + recipe.expect_weight * expects
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(detector.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            losses.append((float(classes.detach()), float(expects.detach())))
        classes_mean, expects_mean = np.mean(losses, axis=0)
        told(f"epoch {epoch + 1}: classes {classes_mean:.4f}, expectation {expects_mean:.4f}")
    return detector.eval()


def kind_weights(label: NDArray[np.int64]) -> Tensor:
    """Weights of the kinds: the square root of how rare each is, benign 1."""
    counts = np.bincount(label[label >= 0], minlength=len(KINDS)).astype(np.float64)
    weights = np.sqrt(counts[0] / np.maximum(counts, 1.0))
    return torch.from_numpy(np.minimum(weights, 10.0).astype(np.float32))


def _losses(
    detector: Detector,
    examples: Examples,
    rows: NDArray[np.int64],
    weights: Tensor,
    recipe: Recipe,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor]:
    vectors, mask = gather(examples, rows)
    label = torch.from_numpy(np.where(rows >= 0, examples.label[np.maximum(rows, 0)], UNLABELLED))
    vectors = _spoilt(detector, vectors, recipe, rng)
    if rng.random() < recipe.drop_history:
        first = int(rng.integers(0, rows.shape[1]))
        mask[:, :first] = 0.0
    label = torch.where(mask > 0, label, UNLABELLED)
    logits, misfit = detector(vectors, mask, rows.shape[1])
    each = functional.cross_entropy(
        logits.flatten(0, 1),
        label.flatten(),
        weight=weights,
        ignore_index=UNLABELLED,
        reduction="none",
    )
    # The mean of no labelled window at all would be NaN.
    classes = each.sum() / (label >= 0).sum().clamp(min=1)
    ordinary = ((label <= 0) & (mask > 0)).float()
    expects = (misfit.mean(dim=-1) * ordinary).sum() / ordinary.sum().clamp(min=1.0)
    return classes, expects


def gather(examples: Examples, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """Vectors (n, length, features) and mask (n, length) of rows of windows, -1 for padding."""
    there = rows >= 0
    vectors = examples.vectors[np.maximum(rows, 0)].astype(np.float32)
    vectors[~there] = 0.0
    return torch.from_numpy(vectors), torch.from_numpy(there.astype(np.float32))


def _spoilt(
    detector: Detector, vectors: Tensor, recipe: Recipe, rng: np.random.Generator
) -> Tensor:
    """Noise on everything, and in each sequence a few features hidden."""
    noisy = vectors + torch.randn_like(vectors) * detector.deviation * recipe.noise
    hidden = rng.random((len(vectors), 1, vectors.shape[-1])) < recipe.drop_features
    return torch.where(torch.from_numpy(hidden), detector.mean, noisy)


def _epoch(
    track: NDArray[np.int64], length: int, batch: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    chunks = _chunks(track, length, int(rng.integers(0, length)))
    order = rng.permutation(len(chunks))
    for at in range(0, len(order), batch):
        yield chunks[order[at : at + batch]]


def _chunks(track: NDArray[np.int64], length: int, offset: int) -> NDArray[np.int64]:
    """Each track cut into runs of `length` rows, the first one `offset` rows shorter."""
    firsts = np.flatnonzero(np.concatenate(([True], track[1:] != track[:-1])))
    sizes = np.diff(np.append(firsts, len(track)))
    chunks = []
    for first, size in zip(firsts.tolist(), sizes.tolist(), strict=True):
        for end in range(length - offset, size + length, length):
            rows = np.arange(end - length, end)
            rows = np.where((rows >= 0) & (rows < size), rows + first, -1)
            kept = rows[rows >= 0]
            if len(kept):
                chunks.append(np.concatenate((np.full(length - len(kept), -1), kept)))
    return np.array(chunks)

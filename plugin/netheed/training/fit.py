"""Training of the detector by the joint loss."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from netheed.training.examples import UNLABELLED, Examples
from netheed.training.losses import Target, Weights, contrast, terms
from netheed.training.model import Detector, Sizes
from netheed.training.standard import SMALLEST_DEVIATION, kind_weights

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to train; the shipped model's values are the defaults."""

    epochs: int = 18
    steps: int = 0
    """Steps at least: small sets are gone through more often."""
    batch: int = 64
    rate: float = 2e-3
    decay: float = 0.01
    weights: Weights = field(default_factory=Weights)
    rarity: float = 0.5
    """A kind weighs as much as it is rarer than benign, to this power."""
    drop_features: float = 0.1
    """Share of the features of a sequence that are hidden (set to the mean) in training."""
    drop_history: float = 0.3
    """Share of the batches whose windows before a random one are hidden."""
    noise: float = 0.1
    """Standard deviation of the noise on the standardised vectors."""
    seed: int = 1


@dataclass(slots=True)
class Batches:
    """Examples as sequences of tensors, with what training does to them."""

    examples: Examples
    length: int
    conversations: bool = False
    _inside: NDArray[np.float16] | None = None

    def __post_init__(self) -> None:
        if self.conversations:
            self._inside = self.examples.conversations.padded(len(self.examples.label))

    def epoch(self, offset: int, batch: int, rng: np.random.Generator) -> Iterator[Rows]:
        """Rows (batch, length) of every window once, tracks cut `offset` windows early."""
        chunks = _chunks(self.examples.track, self.length, offset)
        order = rng.permutation(len(chunks))
        for at in range(0, len(order), batch):
            yield chunks[order[at : at + batch]]

    def offsets(self, recipe: "Recipe", rng: np.random.Generator) -> tuple[list[int], int]:
        """Where each epoch cuts, for as many epochs as the recipe asks, and the steps in all."""
        offsets: list[int] = []
        steps = 0
        sizes = np.bincount(self.examples.track)
        while len(offsets) < recipe.epochs or steps < recipe.steps:
            offsets.append(int(rng.integers(0, self.length)))
            steps += -(-_chunk_count(sizes, self.length, offsets[-1]) // recipe.batch)
        return offsets, steps

    def of(self, rows: Rows) -> tuple[Tensor, Tensor, Tensor | None]:
        """Vectors (n, length, features), mask (n, length), and conversations where wanted."""
        vectors, mask = gather(self.examples, rows)
        if self._inside is None:
            return vectors, mask, None
        inside = self._inside[np.maximum(rows, 0)].astype(np.float32)
        inside[rows < 0] = 0.0
        return vectors, mask, torch.from_numpy(inside)

    def labels(self, rows: Rows) -> Tensor:
        """(n, length), UNLABELLED for padding."""
        label = np.where(rows >= 0, self.examples.label[np.maximum(rows, 0)], UNLABELLED)
        return torch.from_numpy(label)


def fit(
    examples: Examples, sizes: Sizes, recipe: Recipe, told: Callable[[str], None] = lambda _: None
) -> Detector:
    """Train on all windows; unlabelled ones teach only what to expect, attacks only the kind."""
    torch.manual_seed(recipe.seed)
    detector = Detector(sizes)
    _measure(detector, examples)
    train_on(detector, examples, recipe, told)
    return detector.eval()


def train_on(
    detector: Detector,
    examples: Examples,
    recipe: Recipe,
    told: Callable[[str], None] = lambda _: None,
) -> None:
    """Go on training a detector, with its standardisation as it is."""
    rng = np.random.default_rng(recipe.seed)
    batches = Batches(examples, detector.sizes.length, detector.sizes.conversations)
    weights = kind_weights(examples.label, recipe.rarity)
    learning = [p for p in detector.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=recipe.rate, weight_decay=recipe.decay)
    offsets, steps = batches.offsets(recipe, rng)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=recipe.rate, total_steps=steps + 1
    )
    detector.train()
    for epoch, offset in enumerate(offsets):
        seen = []
        for rows in batches.epoch(offset, recipe.batch, rng):
            loss = joint_loss(detector, batches, rows, weights, recipe, rng)
            optimiser.zero_grad()
            recipe.weights.of(loss).backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(learning, 1.0)
            optimiser.step()
            schedule.step()
            seen.append({name: float(term.detach()) for name, term in loss.items()})
        told(f"epoch {epoch + 1}: {_said(seen)}")
    detector.eval()


def _said(seen: list[dict[str, float]]) -> str:
    means = {name: float(np.mean([each[name] for each in seen])) for name in seen[0]}
    return ", ".join(f"{name} {mean:.4f}" for name, mean in means.items())


def _measure(detector: Detector, examples: Examples) -> None:
    """Eq. 1: the mean of benign windows, the deviation of all."""
    benign = examples.vectors[examples.label == 0].astype(np.float32)
    detector.mean.copy_(torch.from_numpy(benign.mean(axis=0)))
    deviation = np.maximum(examples.vectors.astype(np.float32).std(axis=0), SMALLEST_DEVIATION)
    detector.deviation.copy_(torch.from_numpy(deviation))


def joint_loss(
    detector: Detector,
    batches: Batches,
    rows: Rows,
    weights: Tensor,
    recipe: Recipe,
    rng: np.random.Generator,
) -> dict[str, Tensor]:
    """All terms of one batch of sequences, by name."""
    vectors, mask, inside = batches.of(rows)
    clean, there = detector.standardise(vectors) * mask.unsqueeze(-1), mask
    if rng.random() < recipe.drop_history:
        mask = mask.clone()
        mask[:, : int(rng.integers(0, rows.shape[1]))] = 0.0
    label = torch.where(mask > 0, batches.labels(rows), UNLABELLED)
    reading = detector(_spoilt(detector, vectors, recipe, rng), mask, rows.shape[1], inside)
    result = terms(reading, Target(standard=clean, label=label, mask=mask), weights)
    if recipe.weights.contrast > 0:
        half = slice(0, (len(rows) + 1) // 2)
        spoilt = _spoilt(detector, vectors[half], recipe, rng)
        other = detector(spoilt, there[half], 1, inside if inside is None else inside[half])
        result["contrast"] = contrast(reading.summary[half, -1], other.summary[:, 0])
    return result


def gather(examples: Examples, rows: Rows) -> tuple[Tensor, Tensor]:
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


def _chunk_count(sizes: Rows, length: int, offset: int) -> int:
    """How many chunks _chunks makes of tracks of these sizes."""
    there = sizes[sizes > 0]
    return int((1 + np.maximum(0, -(-(there - (length - offset)) // length))).sum())


def _chunks(track: Rows, length: int, offset: int) -> Rows:
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

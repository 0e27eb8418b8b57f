"""Training of the pair's model, and its judgement of many looks at once."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from netheed.core.grouped import Grouped
from netheed.core.life_vector import CONTEXT
from netheed.core.lives import weighed
from netheed.training.datasets import KINDS
from netheed.training.pair_examples import PairExamples
from netheed.training.pair_model import ExportedPairs, PairDetector, PairSizes

AT_ONCE: Final = 2048
SMALLEST_DEVIATION: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRecipe:
    """How to train."""

    steps: int = 1500
    batch: int = 128
    rate: float = 3e-3
    decay: float = 0.02
    rarity: float = 0.5
    """A kind weighs as much as it is rarer than benign, to this power."""
    drop_context: float = 0.2
    """Share of what is known beside that is hidden (set to the mean) in training."""
    drop_calls: float = 0.2
    """Share of the looks whose older connections are hidden before a random one."""
    noise: float = 0.1
    """On standardised values."""
    seed: int = 1
    without: tuple[str, ...] = field(default=())
    """Names of CONTEXT that are never looked at: for ablations."""


def fit(train: PairExamples, recipe: PairRecipe) -> ExportedPairs:
    """Fit on the labelled looks: a pair counts by the root of how often it was looked at."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    train = train.only(train.label >= 0)
    detector = PairDetector(PairSizes(kinds=len(KINDS)))
    _standardise(detector, train, recipe.without)
    weight = _weights(train, recipe.rarity)
    optimiser = torch.optim.AdamW(detector.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps)
    share = weight / weight.sum()
    detector.train()
    for _ in range(recipe.steps):
        rows = rng.choice(len(train), recipe.batch, p=share)
        calls, there, context = _spoiled(detector, tensors(train, rows), recipe, rng)
        logits = detector(calls, there, context)
        loss = functional.cross_entropy(logits, torch.from_numpy(train.label[rows]))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return ExportedPairs(detector).eval()


def judged(
    model: ExportedPairs, looks: PairExamples
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scores (looks) and probabilities (looks, KINDS)."""
    parts = []
    with torch.no_grad():
        for at in range(0, len(looks), AT_ONCE):
            rows = np.arange(at, min(at + AT_ONCE, len(looks)))
            parts.append(model(*tensors(looks, rows)))
    if not parts:
        return np.zeros(0, dtype=np.float32), np.zeros((0, len(KINDS)), dtype=np.float32)
    score, kinds = (torch.cat(each).numpy() for each in zip(*parts, strict=True))
    return score, kinds


def evidence(model: ExportedPairs, looks: PairExamples) -> NDArray[np.float32]:
    """Of each look, together with the earlier ones at its pair; as served."""
    score, _ = judged(model, looks)
    pairs = Grouped.by(looks.pair.astype(np.uint64))
    return weighed(pairs, np.full(len(pairs.keys), np.nan, dtype=np.float32), score)


def tensors(looks: PairExamples, rows: NDArray[np.int64]) -> tuple[Tensor, Tensor, Tensor]:
    """Calls, where they are, context of some looks."""
    arrays = (looks.calls[rows], looks.there[rows], looks.context[rows])
    calls, there, context = (torch.from_numpy(a.astype(np.float32)) for a in arrays)
    return calls, there, context


def _weights(train: PairExamples, rarity: float) -> NDArray[np.float64]:
    """Of each look: pairs of a kind share by the root of their looks, kinds by their rarity."""
    looks = np.bincount(train.pair)[train.pair]
    weight = 1.0 / np.sqrt(looks)
    of_kind = np.bincount(train.label, weights=weight, minlength=len(KINDS))
    factor = (of_kind[0] / np.maximum(of_kind, 1e-9)) ** rarity
    result: NDArray[np.float64] = weight * np.maximum(factor, 0.0)[train.label]
    return result


def _standardise(detector: PairDetector, train: PairExamples, without: tuple[str, ...]) -> None:
    benign = train.only(train.label == 0)
    calls = benign.calls[benign.there].astype(np.float64)
    for name, values in (("calls", calls), ("context", benign.context.astype(np.float64))):
        scale = 1.0 / np.maximum(values.std(axis=0), SMALLEST_DEVIATION)
        if name == "context":
            scale[[list(CONTEXT).index(each) for each in without]] = 0.0
        getattr(detector, f"mean_{name}").copy_(torch.from_numpy(values.mean(axis=0)))
        getattr(detector, f"scale_{name}").copy_(torch.from_numpy(scale))


def _spoiled(
    detector: PairDetector,
    given: tuple[Tensor, Tensor, Tensor],
    recipe: PairRecipe,
    rng: np.random.Generator,
) -> tuple[Tensor, Tensor, Tensor]:
    """Noise, hidden context, hidden older connections: no one thing may decide alone."""
    calls, there, context = given
    size = len(calls)
    noise = torch.from_numpy(rng.normal(0.0, recipe.noise, context.shape).astype(np.float32))
    context = context + noise / detector.scale_context.clamp(min=1e-3)
    hidden = torch.from_numpy(rng.random(context.shape) < recipe.drop_context)
    context = torch.where(hidden, detector.mean_context.expand_as(context), context)
    first = rng.integers(0, there.shape[1] - 1, size)
    first[rng.random(size) >= recipe.drop_calls] = 0
    kept = torch.from_numpy((np.arange(there.shape[1]) >= first[:, None]).astype(np.float32))
    return calls, there * kept, context

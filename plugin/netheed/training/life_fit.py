"""Training of a model of lives, and its judgement of many looks at once."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from netheed.core.grouped import Grouped
from netheed.core.lives import weighed
from netheed.training.judge import tail
from netheed.training.life_examples import HOURS, LifeExamples, Scale
from netheed.training.life_model import ExportedLives, LifeDetector, LifeSizes
from netheed.training.losses import contrast
from netheed.training.model import Tail
from netheed.training.standard import SMALLEST_DEVIATION

AT_ONCE: Final = 2048
Tensors = tuple[Tensor, Tensor, Tensor]
"""Steps (n, length, columns), where they are (n, length), what is known beside (n, columns)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeRecipe:
    """How to train."""

    steps: int = 1500
    batch: int = 128
    rate: float = 3e-3
    decay: float = 0.02
    rarity: float = 0.5
    """A kind weighs as much as it is rarer than benign, to this power."""
    drop_context: float = 0.2
    """Share of what is known beside that is hidden (set to the mean) in training."""
    drop_steps: float = 0.2
    """Share of the looks whose older steps are hidden before a random one."""
    noise: float = 0.1
    """On standardised values."""
    expect: float = 0.0
    """What it counts to foretell the newest step of a benign life; 0: nothing is foretold."""
    contrast: float = 0.0
    """What it counts to tell two spoiled views of a life from those of others."""
    experts: int = 0
    balance: float = 0.01
    """What it counts that all experts are used."""
    surprise: float = 0.0
    """What the surprise adds to the score, of what is foretold."""
    seed: int = 1
    without: tuple[str, ...] = field(default=())
    """Names of columns, of steps and beside, that are never looked at."""


def recipe_of(scale: Scale, *, seed: int, without: tuple[str, ...] = ()) -> LifeRecipe:
    """How lives of a scale are learned, `without` what is left out beside the unread.

    Hours are a tenth as many as looks at pairs, of a few hosts, so more of them is spoiled: with
    what suits pairs the hours of an office that was left out looked odder than any attack.
    """
    without = (*scale.life.unread, *without)
    if scale is HOURS:
        return LifeRecipe(
            steps=800,
            decay=0.3,
            rarity=0.3,
            drop_context=0.5,
            drop_steps=0.5,
            noise=0.5,
            seed=seed,
            without=without,
        )
    return LifeRecipe(seed=seed, without=without)


def fit(train: LifeExamples, recipe: LifeRecipe) -> ExportedLives:
    """Fit on the labelled looks: an owner counts by the root of how often it was looked at."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    train = train.only(train.label >= 0)
    detector = LifeDetector(_sizes(train.scale, recipe))
    _standardise(detector, train, recipe.without)
    weight = _weights(train, recipe.rarity)
    optimiser = torch.optim.AdamW(detector.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=recipe.steps)
    share = weight / weight.sum()
    detector.train()
    for _ in range(recipe.steps):
        rows = rng.choice(len(train), recipe.batch, p=share)
        label = torch.from_numpy(train.label[rows])
        loss = _loss(detector, tensors(train, rows), label, recipe, rng)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return ExportedLives(detector, _tail(detector.eval(), train, recipe.surprise)).eval()


def _sizes(scale: Scale, recipe: LifeRecipe) -> LifeSizes:
    return LifeSizes(
        life=scale.life,
        kinds=len(scale.kinds),
        experts=recipe.experts,
        foretells=recipe.expect > 0.0,
        compares=recipe.contrast > 0.0,
    )


def _loss(
    detector: LifeDetector,
    given: Tensors,
    label: Tensor,
    recipe: LifeRecipe,
    rng: np.random.Generator,
) -> Tensor:
    """The kinds, and what else the recipe asks for (paper A, Eq. 4, of lives)."""
    asked, beside = detector.read(*_spoiled(detector, given, recipe, rng))
    loss = functional.cross_entropy(detector.classify(torch.cat((asked, beside), dim=1)), label)
    if recipe.experts:
        loss = loss + recipe.balance * detector.imbalance(asked)
    if recipe.expect:
        steps, there, _ = given
        ordinary = ((label == 0) & (there.sum(dim=1) > 1)).float()
        misfit = (detector.surprise(steps, there) * ordinary).sum() / ordinary.sum().clamp(min=1.0)
        loss = loss + recipe.expect * misfit
    if detector.project is not None:
        other, _ = detector.read(*_spoiled(detector, given, recipe, rng))
        loss = loss + recipe.contrast * contrast(detector.project(asked), detector.project(other))
    return loss


def _tail(detector: LifeDetector, train: LifeExamples, weight: float) -> Tail | None:
    """Of the surprise, from the benign looks it learned from; None where it counts nothing."""
    if not weight:
        return None
    benign, found = train.only(train.label == 0), []
    with torch.no_grad():
        for at in range(0, len(benign), AT_ONCE):
            steps, there, _ = tensors(benign, np.arange(at, min(at + AT_ONCE, len(benign))))
            found.append(detector.surprise(steps, there))
    return tail(torch.cat(found).numpy(), weight)


def judged(
    model: ExportedLives, looks: LifeExamples
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scores (looks) and probabilities (looks, kinds)."""
    parts = []
    with torch.no_grad():
        for at in range(0, len(looks), AT_ONCE):
            rows = np.arange(at, min(at + AT_ONCE, len(looks)))
            parts.append(model(*tensors(looks, rows)))
    if not parts:
        return np.zeros(0, dtype=np.float32), np.zeros(
            (0, len(looks.scale.kinds)), dtype=np.float32
        )
    score, kinds = (torch.cat(each).numpy() for each in zip(*parts, strict=True))
    return score, kinds


def evidence(model: ExportedLives, looks: LifeExamples) -> NDArray[np.float32]:
    """Of each look; of a pair's together with the earlier ones at it, as served."""
    score, _ = judged(model, looks)
    if not looks.scale.weighed:
        return score
    pairs = Grouped.by(looks.owner.astype(np.uint64))
    return weighed(pairs, np.full(len(pairs.keys), np.nan, dtype=np.float32), score)


def tensors(looks: LifeExamples, rows: NDArray[np.int64]) -> Tensors:
    """Steps, where they are, context of some looks."""
    arrays = (looks.steps[rows], looks.there[rows], looks.context[rows])
    steps, there, context = (torch.from_numpy(a.astype(np.float32)) for a in arrays)
    return steps, there, context


def _weights(train: LifeExamples, rarity: float) -> NDArray[np.float64]:
    """Of each look: owners of a kind share by the root of their looks, kinds by their rarity."""
    looks = np.bincount(train.owner)[train.owner]
    weight = 1.0 / np.sqrt(looks)
    of_kind = np.bincount(train.label, weights=weight, minlength=len(train.scale.kinds))
    factor = (of_kind[0] / np.maximum(of_kind, 1e-9)) ** rarity
    result: NDArray[np.float64] = weight * np.maximum(factor, 0.0)[train.label]
    return result


def _standardise(detector: LifeDetector, train: LifeExamples, without: tuple[str, ...]) -> None:
    benign = train.only(train.label == 0)
    steps, life = benign.steps[benign.there].astype(np.float64), train.scale.life
    beside = benign.context.astype(np.float64)
    for name, values, columns in (
        ("steps", steps, life.steps),
        ("context", beside, life.context),
    ):
        scale = 1.0 / np.maximum(values.std(axis=0), SMALLEST_DEVIATION)
        scale[[column in without for column in columns]] = 0.0
        getattr(detector, f"mean_{name}").copy_(torch.from_numpy(values.mean(axis=0)))
        getattr(detector, f"scale_{name}").copy_(torch.from_numpy(scale))


def _spoiled(
    detector: LifeDetector,
    given: Tensors,
    recipe: LifeRecipe,
    rng: np.random.Generator,
) -> Tensors:
    """Noise, hidden context, hidden older steps: no one thing may decide alone."""
    steps, there, context = given
    size = len(steps)
    noise = torch.from_numpy(rng.normal(0.0, recipe.noise, context.shape).astype(np.float32))
    context = context + noise / detector.scale_context.clamp(min=1e-3)
    hidden = torch.from_numpy(rng.random(context.shape) < recipe.drop_context)
    context = torch.where(hidden, detector.mean_context.expand_as(context), context)
    first = rng.integers(0, there.shape[1] - 1, size)
    first[rng.random(size) >= recipe.drop_steps] = 0
    kept = torch.from_numpy((np.arange(there.shape[1]) >= first[:, None]).astype(np.float32))
    return steps, there * kept, context

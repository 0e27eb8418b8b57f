"""A few steps on a new network's unlabelled traffic.

Paper A, Eq. 5: L = L_source + sum over the targets of lambda * L_target, multi-task. The source
loss is the joint loss on labelled windows that are kept for rehearsal, so that the attacks are not
forgotten; the target loss has no labels: what to expect, what to rebuild, and that the windows
which the model itself finds least odd are benign.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from netheed.training.adapters import RANK, Adapter, adapter_of, merged, opened
from netheed.training.examples import UNLABELLED, Examples
from netheed.training.fit import Batches, Recipe, joint_loss
from netheed.training.judge import parts
from netheed.training.losses import Weights
from netheed.training.model import Detector, Exported, Tail
from netheed.training.standard import kind_weights

Learning = Literal["adapter", "all", "heads"]
HEADS: Final = ("expect.", "rebuild.", "classify.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How to adapt."""

    steps: int = 60
    batch: int = 32
    rate: float = 5e-3
    rank: int = RANK
    source: float = 1.0
    """Weight of the source loss; 0 adapts without rehearsal, and forgets."""
    target: float = 1.0
    """Lambda of Eq. 5."""
    trusted: float = 0.98
    """Share of the target's windows, those of the lowest log odds, that are taken as benign."""
    learning: Learning = "adapter"
    weights: Weights = field(default_factory=lambda: Weights(rebuild=0.5, balance=0.0))
    seed: int = 1


def adapt(
    detector: Detector, source: Examples, target: Examples, course: Course
) -> tuple[Detector, Adapter | None]:
    """The adapted detector, plain, and its adapter where only that was trained."""
    changed = _started(detector, course)
    train(changed, source, trusted(detector, target, course.trusted), course)
    if course.learning != "adapter":
        return changed, None
    adapter = adapter_of(changed)
    return merged(detector, adapter), adapter


def trusted(detector: Detector, target: Examples, share: float) -> Examples:
    """The target with the label benign on the `share` of windows of the lowest log odds.

    An attack that is already under way is rather among the rest, which stays unlabelled.
    """
    odds = parts(Exported(detector, surprise=Tail(), rebuilding=Tail()).eval(), target)[0]
    limit = np.quantile(odds, share)
    label = np.where(odds <= limit, 0, UNLABELLED)
    return replace(target, label=label.astype(np.int64))


def train(
    detector: Detector,
    source: Examples,
    target: Examples,
    course: Course,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """`course.steps` steps of Eq. 5 on whatever of the detector asks for a gradient."""
    rng = np.random.default_rng(course.seed)
    torch.manual_seed(course.seed)
    recipe = Recipe(weights=course.weights, batch=course.batch, seed=course.seed)
    parts = [(course.source, source), (course.target, target)]
    streams = [(w, _Stream(each, detector, course.batch, rng)) for w, each in parts if w > 0]
    weights = kind_weights(source.label)
    learning = [p for p in detector.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=course.rate, weight_decay=0.0)
    detector.train()
    for step in range(course.steps):
        losses = [
            weight
            * course.weights.of(joint_loss(detector, s.batches, s.next(), weights, recipe, rng))
            for weight, s in streams
        ]
        optimiser.zero_grad()
        torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        told(step)
    detector.eval()


class _Stream:
    """Batches without end."""

    def __init__(
        self, examples: Examples, detector: Detector, batch: int, rng: np.random.Generator
    ) -> None:
        self.batches = Batches(examples, detector.sizes.length, detector.sizes.conversations)
        self._batch, self._rng = batch, rng
        self._epoch = self._begin()

    def next(self) -> NDArray[np.int64]:
        """Rows of the next batch."""
        rows = next(self._epoch, None)
        if rows is None:
            self._epoch = self._begin()
            rows = next(self._epoch)
        return rows

    def _begin(self) -> Iterator[NDArray[np.int64]]:
        offset = int(self._rng.integers(0, self.batches.length))
        return self.batches.epoch(offset, self._batch, self._rng)


def _started(detector: Detector, course: Course) -> Detector:
    if course.learning == "adapter":
        return opened(detector, course.rank, seed=course.seed)
    changed = copy.deepcopy(detector)
    for name, parameter in changed.named_parameters():
        parameter.requires_grad = course.learning == "all" or name.startswith(HEADS)
    return changed

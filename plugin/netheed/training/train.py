"""`netheed train`: research data and simulated traffic -> the model directory that is shipped."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from netheed.features import FEATURES
from netheed.scorer import GROUPS, host_groups
from netheed.training import export
from netheed.training.calibrate import calibrate
from netheed.training.card import card
from netheed.training.datasets import KINDS, Recording, load
from netheed.training.examples import Examples, examples_of
from netheed.training.fit import Recipe, fit, gather
from netheed.training.mixture import simulated
from netheed.training.model import Detector, Exported, Sizes

CALIBRATION: Final = (
    "m57",
    "ctu-sme-11/linux-2023-02-25",
    "stratosphere/011",
    "iot23/benign-b2",
    "iot23/benign-b3",
)
"""Recordings, by the beginning of their names, that training never sees: they calibrate."""
SURPRISE_WEIGHT: Final = 4.0
SURPRISE_QUANTILE: Final = 0.995
"""The surprise of benign training windows above which it adds to the score."""
WIDTH: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to train on and how."""

    data: Path
    output: Path
    scenes: int = 40
    """Simulated networks to add to the training part, and a quarter as many to calibrate."""
    recipe: Recipe = Recipe()
    commit: str = "unknown"


def train(plan: Plan, told: Callable[[str], None]) -> None:
    """Load, mix, train, calibrate, export. Deterministic for one plan and one PyTorch build."""
    torch.set_num_threads(2)
    recordings = load(plan.data)
    held = [r for r in recordings if r.name.startswith(CALIBRATION)]
    shown = [r for r in recordings if not r.name.startswith(CALIBRATION)]
    told(f"{len(shown)} recordings to train on, {len(held)} to calibrate")
    rng = np.random.default_rng(plan.recipe.seed)
    training = examples_of(shown + simulated(shown, plan.scenes, rng), width=WIDTH)
    told(f"{len(training.label)} training windows: {_counts(training)}")
    detector = fit(training, _sizes(), plan.recipe, told)
    exported = _with_surprise(detector, training)
    calibration = examples_of(held + simulated([], plan.scenes // 4, rng), width=WIDTH)
    scores = judge(exported, calibration)
    benign = calibration.label == 0
    story = export.Story(
        calibration=calibrate(scores[benign], calibration.group[benign]),
        training={
            "commit": plan.commit,
            "recipe": asdict(plan.recipe),
            "scenes": plan.scenes,
            "windows": len(training.label),
            "windows_per_kind": _counts(training),
            "recordings": {r.name: r.sha256 for r in shown},
            "calibration_recordings": {r.name: r.sha256 for r in held},
        },
        metrics=metrics(scores, calibration),
        card="",
    )
    manifest = export.write(plan.output, exported, training.vectors[training.label == 0], story, width=WIDTH)
    told(f"{plan.output}: {manifest.id}")


def _sizes() -> Sizes:
    return Sizes(features=len(FEATURES), kinds=len(KINDS))

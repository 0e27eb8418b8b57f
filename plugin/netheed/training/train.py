"""`netheed train`: research data and simulated traffic -> the model directory that is shipped."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from netheed.features import FEATURES
from netheed.training import export
from netheed.training.calibrate import calibrate
from netheed.training.card import card
from netheed.training.datasets import KINDS, Recording, load
from netheed.training.examples import Examples, examples_of
from netheed.training.fit import Recipe, fit, gather
from netheed.training.mixture import overlays, relaid, scenes
from netheed.training.model import Detector, Exported, Sizes

CALIBRATION: Final = (
    "m57",
    "ctu-sme-11/linux-2023-02-25",
    "stratosphere/011",
    "iot23/benign-b2",
    "iot23/benign-b3",
)
"""Recordings, by the beginning of their names, from which p-values are taken; never trained on."""
KEPT_AWAY: Final = ("remcos", "stratosphere/001-njrat", "odd/")
"""Neither trained on nor calibrated with: attacks and oddities to look at afterwards."""
SURPRISE_WEIGHT: Final = 2.0
SURPRISE_QUANTILE: Final = 0.999
"""The surprise of benign training windows above which it adds to the score."""
WIDTH: Final = 60.0
SCORED_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to train on and how."""

    data: Path
    output: Path
    scenes: int = 60
    """Simulated networks to train on; a third as many again calibrate."""
    copies: int = 3
    """Times that each benign recording is overlaid with simulated attacks."""
    relaid: int = 0
    """Simulated networks over which the recorded attacks are laid."""
    recipe: Recipe = field(default_factory=Recipe)
    commit: str = "unknown"


def train(plan: Plan, told: Callable[[str], None]) -> None:
    """Load, mix, train, calibrate, export. Deterministic for one plan and one PyTorch build."""
    recordings = [r for r in load(plan.data) if not r.name.startswith(KEPT_AWAY)]
    held = [r for r in recordings if r.name.startswith(CALIBRATION)]
    shown = [r for r in recordings if r not in held]
    training, calibration = mixed(shown, held, plan, told)
    detector = fit(training, Sizes(features=len(FEATURES), kinds=len(KINDS)), plan.recipe, told)
    exported = with_surprise(detector, training)
    scores, kinds = judge(exported, calibration)
    benign = calibration.label == 0
    metrics = measured(scores, kinds, calibration)
    training_story: dict[str, object] = {
        "commit": plan.commit,
        "recipe": asdict(plan.recipe),
        "scenes": plan.scenes,
        "copies": plan.copies,
        "relaid": plan.relaid,
        "windows_per_kind": counts(training),
        "calibration_windows": int(benign.sum()),
        "recordings": {r.name: r.sha256 for r in shown},
        "calibration_recordings": {r.name: r.sha256 for r in held},
    }
    story = export.Story(
        calibration=calibrate(scores[benign], calibration.group[benign]),
        training=training_story,
        metrics=metrics,
        card=card(training_story, metrics),
    )
    ordinary = training.vectors[training.label == 0]
    manifest = export.write(plan.output, exported, ordinary, story, width=WIDTH)
    told(f"{plan.output}: {manifest.id}")


def mixed(
    shown: list[Recording], held: list[Recording], plan: Plan, told: Callable[[str], None]
) -> tuple[Examples, Examples]:
    """Windows to train on and windows to calibrate with, both with simulated networks added."""
    rng = np.random.default_rng(plan.recipe.seed)
    told(f"{len(shown)} recordings to train on, {len(held)} to calibrate with")
    training = examples_of(
        shown
        + overlays(shown, plan.copies, rng)
        + relaid(shown, plan.relaid, rng)
        + scenes(plan.scenes, rng),
        width=WIDTH,
    )
    told(f"training windows: {counts(training)}")
    calibration = examples_of(
        held + overlays(held, 1, rng) + scenes(plan.scenes // 3, rng), width=WIDTH
    )
    told(f"calibration windows: {counts(calibration)}")
    return training, calibration


def counts(examples: Examples) -> dict[str, int]:
    """Windows of each kind."""
    return {kind: int((examples.label == at).sum()) for at, kind in enumerate(KINDS)}


def with_surprise(detector: Detector, training: Examples) -> Exported:
    """Set where surprise begins to count from the benign windows of training."""
    exported = Exported(detector, surprise_weight=0.0, surprise_floor=0.0).eval()
    surprise = _run(exported, training)[2][training.label == 0]
    floor = float(np.quantile(surprise, SURPRISE_QUANTILE))
    return Exported(detector, surprise_weight=SURPRISE_WEIGHT, surprise_floor=floor).eval()


def judge(
    exported: Exported, examples: Examples
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Score (n) and kind probabilities (n, kinds) of every window with its history."""
    return _run(exported, examples)[:2]


def _run(
    exported: Exported, examples: Examples
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    rows = examples.history(exported.detector.sizes.length)
    with torch.no_grad():
        parts = [
            exported(*gather(examples, rows[at : at + SCORED_AT_ONCE]))
            for at in range(0, len(rows), SCORED_AT_ONCE)
        ]
    score, kinds, surprise = (torch.cat(column).numpy() for column in zip(*parts, strict=True))
    return score, kinds, surprise


def measured(
    scores: NDArray[np.float32], kinds: NDArray[np.float32], calibration: Examples
) -> dict[str, object]:
    """On the calibration part: recall of each kind at three false-alarm rates of windows.

    The attacks there are simulated, laid over hosts that training never saw; recall on them says
    that the model learned what it was shown, not what it will find.
    """
    benign = scores[calibration.label == 0]
    result: dict[str, object] = {"benign_windows": len(benign)}
    for rate in (1e-2, 1e-3, 3e-4):
        threshold = np.quantile(benign, 1 - rate)
        result[f"recall_at_{rate:g}"] = {
            kind: round(float((scores[calibration.label == at] > threshold).mean()), 4)
            for at, kind in enumerate(KINDS)
            if at and (calibration.label == at).any()
        }
    right = kinds.argmax(axis=1) == calibration.label
    result["named_right"] = {
        kind: round(float(right[calibration.label == at].mean()), 4)
        for at, kind in enumerate(KINDS)
        if (calibration.label == at).any()
    }
    return result

"""A trained model of lives -> what a model directory holds of it."""

import numpy as np
import torch
from numpy.typing import NDArray

from netheed.model.life import PAIR_LIFE, Life
from netheed.model.manifest import LifeManifest, PairManifest, TailCalibration
from netheed.model.session import LIFE_OUTPUTS
from netheed.training.calibrate import calibrate
from netheed.training.datasets import KINDS
from netheed.training.export import described, traced
from netheed.training.life_examples import LifeExamples
from netheed.training.life_model import ExportedLives


def manifest_of(
    model: ExportedLives, train: LifeExamples, tails: dict[str, TailCalibration]
) -> LifeManifest:
    """What the manifest says: ranges over benign training looks, and what scores are worth."""
    benign, detector = train.only(train.label == 0), model.detector
    life, kinds = train.scale.life, train.scale.kinds
    steps = benign.steps[benign.there].astype(np.float32)
    deviations = (1.0 / detector.scale_steps, 1.0 / detector.scale_context.clamp(min=1e-6))
    made = PairManifest if life is PAIR_LIFE else LifeManifest
    return made(
        steps=described(life.steps, steps, detector.mean_steps, deviations[0]),
        length=life.length,
        context=described(life.context, benign.context, detector.mean_context, deviations[1]),
        calibration=tails,
        kinds=None if kinds == KINDS else list(kinds),
    )


def calibration(
    life: Life, score: NDArray[np.float32], context: NDArray[np.float32]
) -> dict[str, TailCalibration]:
    """One calibration a group from the scores of benign looks."""
    return calibrate(score, life.group_of(context), life.groups)


def onnx_bytes(model: ExportedLives) -> bytes:
    """The graph with weights inside, for any number of lives."""
    sizes = model.detector.sizes
    example = (
        torch.zeros(2, sizes.length, sizes.steps),
        torch.ones(2, sizes.length),
        torch.zeros(2, sizes.context),
    )
    inputs = (sizes.life.called, "there", "context")
    return traced(model, example, inputs, LIFE_OUTPUTS, entries="lives")

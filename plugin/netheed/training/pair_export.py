"""A trained pair's model -> what a model directory holds of it."""

import numpy as np
import torch
from numpy.typing import NDArray

from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.lives import LENGTH
from netheed.model.calibration import pair_groups
from netheed.model.manifest import PAIR_GROUPS, PairManifest, TailCalibration
from netheed.model.session import PAIR_OUTPUTS
from netheed.training.calibrate import calibrate
from netheed.training.export import described, traced
from netheed.training.pair_examples import PairExamples
from netheed.training.pair_model import ExportedPairs


def manifest_of(
    model: ExportedPairs, train: PairExamples, tails: dict[str, TailCalibration]
) -> PairManifest:
    """What the manifest says: ranges over benign training looks, and what scores are worth."""
    benign, detector = train.only(train.label == 0), model.detector
    calls = benign.calls[benign.there].astype(np.float32)
    deviations = (1.0 / detector.scale_calls, 1.0 / detector.scale_context.clamp(min=1e-6))
    return PairManifest(
        calls=described(CALLS, calls, detector.mean_calls, deviations[0]),
        length=LENGTH,
        context=described(CONTEXT, benign.context, detector.mean_context, deviations[1]),
        calibration=tails,
    )


def calibration(
    score: NDArray[np.float32], context: NDArray[np.float32]
) -> dict[str, TailCalibration]:
    """One calibration a pair group from the scores of benign looks."""
    return calibrate(score, pair_groups(context), PAIR_GROUPS)


def onnx_bytes(model: ExportedPairs) -> bytes:
    """The graph with weights inside, for any number of lives."""
    sizes = model.detector.sizes
    example = (
        torch.zeros(2, sizes.length, sizes.calls),
        torch.ones(2, sizes.length),
        torch.zeros(2, sizes.context),
    )
    return traced(model, example, ("calls", "there", "context"), PAIR_OUTPUTS, entries="lives")

"""A trained pair's model -> what a model directory holds of it."""

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from netheed.core.life_vector import CALLS, CONTEXT, plain
from netheed.core.lives import LENGTH
from netheed.core.vector import Feature
from netheed.model.calibration import pair_groups
from netheed.model.manifest import PAIR_GROUPS, PAIRS, FeatureRange, PairManifest, TailCalibration
from netheed.training.calibrate import tail
from netheed.training.pair_examples import PairExamples
from netheed.training.pair_model import ExportedPairs

OPSET: Final = 17
FEWEST: Final = 100
"""A group with fewer looks is calibrated on all groups together."""


def manifest_of(
    model: ExportedPairs, train: PairExamples, tails: dict[str, TailCalibration]
) -> PairManifest:
    """What the manifest says: ranges over benign training looks, and what scores are worth."""
    benign, detector = train.only(train.label == 0), model.detector
    calls = benign.calls[benign.there].astype(np.float32)
    deviations = (1.0 / detector.scale_calls, 1.0 / detector.scale_context.clamp(min=1e-6))
    return PairManifest(
        calls=_ranges(CALLS, calls, detector.mean_calls, deviations[0]),
        length=LENGTH,
        context=_ranges(CONTEXT, benign.context, detector.mean_context, deviations[1]),
        calibration=tails,
    )


def calibration(
    score: NDArray[np.float32], context: NDArray[np.float32]
) -> dict[str, TailCalibration]:
    """One calibration a pair group from the scores of benign looks."""
    group, result = pair_groups(context), {}
    for number, name in enumerate(PAIR_GROUPS):
        chosen = score[group == number]
        result[name] = tail(chosen if len(chosen) >= FEWEST else score)
    return result


def _ranges(
    features: dict[str, Feature],
    values: NDArray[np.float32],
    mean: torch.Tensor,
    deviation: torch.Tensor,
) -> list[FeatureRange]:
    percentiles = np.percentile(values, (5, 50, 95), axis=0).astype(np.float32)
    low, median, high = (plain(row, features) for row in percentiles)
    return [
        FeatureRange(
            name=name,
            unit=feature.unit,
            mean=float(mean[at]),
            deviation=float(deviation[at]),
            low=float(low[at]),
            median=float(median[at]),
            high=float(high[at]),
        )
        for at, (name, feature) in enumerate(features.items())
    ]


def onnx_bytes(model: ExportedPairs) -> bytes:
    """The graph with weights inside, for any number of lives."""
    sizes = model.detector.sizes
    example = (
        torch.zeros(2, sizes.length, sizes.calls),
        torch.ones(2, sizes.length),
        torch.zeros(2, sizes.context),
    )
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in training/export.py
        path = Path(folder) / PAIRS
        torch.onnx.export(
            model.eval(),
            example,
            str(path),
            input_names=["calls", "there", "context"],
            output_names=["score", "kinds"],
            dynamic_axes={
                name: {0: "lives"} for name in ("calls", "there", "context", "score", "kinds")
            },
            opset_version=OPSET,
            dynamo=False,
        )
        return path.read_bytes()

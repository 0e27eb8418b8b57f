"""A small model directory with random weights, made by the real exporter."""

from functools import cache
from pathlib import Path

import numpy as np
import torch

from netheed.core.vector import FEATURES
from netheed.model.manifest import Manifest, PairManifest
from netheed.training import export, pair_export
from netheed.training.calibrate import calibrate
from netheed.training.datasets import KINDS
from netheed.training.model import Detector, Exported, Sizes, Tail
from netheed.training.pair_model import ExportedPairs, PairDetector, PairSizes
from tests.unit.training.made_pairs import drawn


def tiny_detector() -> Exported:
    torch.manual_seed(4)
    sizes = Sizes(
        features=len(FEATURES), kinds=len(KINDS), length=12, width=16, hidden=16, experts=4
    )
    return Exported(
        Detector(sizes),
        surprise=Tail(weight=1.5, floor=0.5),
        rebuilding=Tail(weight=1.0, floor=0.9),
        published=0.5,
    ).eval()


@cache
def tiny_pairs() -> tuple[bytes, PairManifest]:
    """The file of a pair's model with random weights, and what is said of it."""
    torch.manual_seed(4)
    sizes = PairSizes(kinds=len(KINDS), width=8, hidden=8)
    model = ExportedPairs(PairDetector(sizes)).eval()
    looks = drawn(900, beacons=False)
    scores = np.random.default_rng(4).normal(-3, 1, len(looks)).astype(np.float32)
    tails = pair_export.calibration(scores, looks.context)
    return pair_export.onnx_bytes(model), pair_export.manifest_of(model, looks, tails)


def export_model(
    directory: Path, pairs: PairManifest | None = None, files: dict[str, bytes] | None = None
) -> Manifest:
    """With a pair's model where one is given."""
    rng = np.random.default_rng(4)
    benign = rng.uniform(0, 5, (500, len(FEATURES))).astype(np.float16)
    scores = rng.normal(-3, 1, 900).astype(np.float32)
    story = export.Story(
        calibration=calibrate(scores, np.arange(900) % 3),
        training={},
        metrics={},
        card="# {id}\n",
        files=files or {},
        pairs=pairs,
    )
    model = tiny_detector()
    features = export.ranges(model.detector, benign)
    return export.write(directory, model, features, story, width=60.0)

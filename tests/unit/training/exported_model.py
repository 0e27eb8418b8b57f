"""A small model directory with random weights, made by the real exporter."""

from pathlib import Path

import numpy as np
import torch

from netheed.core.vector import FEATURES
from netheed.model.manifest import Manifest
from netheed.training import export
from netheed.training.calibrate import calibrate
from netheed.training.datasets import KINDS
from netheed.training.model import Detector, Exported, Sizes, Tail


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


def export_model(directory: Path) -> Manifest:
    rng = np.random.default_rng(4)
    benign = rng.uniform(0, 5, (500, len(FEATURES))).astype(np.float16)
    scores = rng.normal(-3, 1, 900).astype(np.float32)
    story = export.Story(
        calibration=calibrate(scores, np.arange(900) % 3),
        training={},
        metrics={},
        card="# {id}\n",
    )
    model = tiny_detector()
    features = export.ranges(model.detector, benign)
    return export.write(directory, model, features, story, width=60.0)

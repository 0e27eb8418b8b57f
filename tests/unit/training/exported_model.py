"""A small model directory with random weights, made by the real exporter."""

from functools import cache
from pathlib import Path

import numpy as np
import torch

from netheed.core.vector import FEATURES
from netheed.model.life import HOUR_LIFE, PAIR_LIFE
from netheed.model.manifest import LifeManifest, Manifest
from netheed.training import export, life_export
from netheed.training.calibrate import calibrate
from netheed.training.datasets import KINDS
from netheed.training.life_examples import LifeExamples
from netheed.training.life_model import ExportedLives, LifeDetector, LifeSizes
from netheed.training.model import Detector, Exported, Sizes, Tail
from tests.unit.training.made_lives import drawn, drawn_hours


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
def tiny_pairs() -> tuple[bytes, LifeManifest]:
    """The file of a pair's model with random weights, and what is said of it."""
    return _tiny(drawn(900, beacons=False))


@cache
def tiny_hours() -> tuple[bytes, LifeManifest]:
    """Likewise of hosts' hours."""
    return _tiny(drawn_hours(900, lateral=False))


def tiny_lives() -> tuple[dict[str, bytes], dict[str, LifeManifest]]:
    """Both, by file and by part."""
    made = {PAIR_LIFE: tiny_pairs(), HOUR_LIFE: tiny_hours()}
    files = {life.file: data for life, (data, _) in made.items()}
    return files, {life.part: said for life, (_, said) in made.items()}


def _tiny(looks: LifeExamples) -> tuple[bytes, LifeManifest]:
    torch.manual_seed(4)
    life, kinds = looks.scale.life, len(looks.scale.kinds)
    sizes = LifeSizes(life=life, kinds=kinds, width=8, hidden=8)
    model = ExportedLives(LifeDetector(sizes)).eval()
    scores = np.random.default_rng(4).normal(-3, 1, len(looks)).astype(np.float32)
    tails = life_export.calibration(life, scores, looks.context)
    return life_export.onnx_bytes(model), life_export.manifest_of(model, looks, tails)


def export_model(
    directory: Path,
    lives: dict[str, LifeManifest] | None = None,
    files: dict[str, bytes] | None = None,
) -> Manifest:
    """With the models of lives that are given."""
    rng = np.random.default_rng(4)
    benign = rng.uniform(0, 5, (500, len(FEATURES))).astype(np.float16)
    scores = rng.normal(-3, 1, 900).astype(np.float32)
    story = export.Story(
        calibration=calibrate(scores, np.arange(900) % 3),
        training={},
        metrics={},
        card="# {id}\n",
        files=files or {},
        lives=lives or {},
    )
    model = tiny_detector()
    features = export.ranges(model.detector, benign)
    return export.write(directory, model, features, story, width=60.0)

"""What is exported can be loaded, and only that."""

from pathlib import Path

import numpy as np
import torch

from netheed.core.vector import FEATURES
from netheed.model import manifest as manifests
from netheed.model.onnx_file import operators
from netheed.model.scorer import Scorer
from netheed.model.session import OPERATORS
from tests.unit.training.exported_model import export_model, tiny_detector


def test_the_exporter_writes_no_operator_that_the_scorer_refuses(tmp_path: Path) -> None:
    export_model(tmp_path)

    assert operators((tmp_path / manifests.MODEL).read_bytes()) <= OPERATORS


def test_the_id_stands_in_manifest_and_card(tmp_path: Path) -> None:
    manifest = export_model(tmp_path)

    assert manifests.read(tmp_path)[0].id == manifest.id
    assert manifest.id in (tmp_path / manifests.CARD).read_text()


def test_the_same_weights_have_the_same_id(tmp_path: Path) -> None:
    assert export_model(tmp_path / "a").id == export_model(tmp_path / "b").id


def test_onnx_and_pytorch_agree(tmp_path: Path) -> None:
    export_model(tmp_path)
    rng = np.random.default_rng(0)
    sequences = rng.uniform(0, 12, (130, 12, len(FEATURES))).astype(np.float32)
    mask = np.arange(12) >= rng.integers(0, 12, (130, 1))
    sequences[~mask] = 0.0

    raw = Scorer(tmp_path).score(sequences, mask)
    got = (raw.score, raw.kinds, raw.surprise)

    with torch.no_grad():
        expected = tiny_detector()(torch.from_numpy(sequences), torch.from_numpy(mask).float())
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-5)

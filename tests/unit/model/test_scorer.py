"""The model, run on sequences."""

from pathlib import Path

import numpy as np
import pytest
import torch

from netheed.core.vector import FEATURES
from netheed.errors import ModelError
from netheed.model.scorer import Scorer
from tests.model_directory import tiny_detector, write_model


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    return folder


def test_onnx_and_pytorch_agree(directory: Path) -> None:
    rng = np.random.default_rng(0)
    sequences = rng.uniform(0, 12, (130, 12, len(FEATURES))).astype(np.float32)
    mask = np.arange(12) >= rng.integers(0, 12, (130, 1))
    sequences[~mask] = 0.0

    raw = Scorer(directory).score(sequences, mask)
    got = (raw.score, raw.kinds, raw.surprise)

    with torch.no_grad():
        expected = tiny_detector()(torch.from_numpy(sequences), torch.from_numpy(mask).float())
    for ours, theirs in zip(got, expected, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-5)


def test_what_stands_in_the_padding_does_not_matter(directory: Path) -> None:
    sequences = np.ones((1, 12, len(FEATURES)), dtype=np.float32)
    mask = np.array([[False] * 9 + [True] * 3])
    other = sequences.copy()
    other[:, :9] = 9.0

    scorer = Scorer(directory)

    assert scorer.score(sequences, mask).score == scorer.score(other, mask).score


def test_a_model_that_asks_for_an_unknown_operator_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model(tmp_path)
    monkeypatch.setattr("netheed.model.scorer.OPERATORS", frozenset({"Add"}))

    with pytest.raises(ModelError, match=r"asks for operators .*MatMul"):
        Scorer(tmp_path)

"""The model, run on sequences."""

from pathlib import Path

import numpy as np
import pytest

from netheed.core.vector import FEATURES
from netheed.model.scorer import Scorer
from tests.model_directory import write_model


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder)
    return folder


def test_what_stands_in_the_padding_does_not_matter(directory: Path) -> None:
    sequences = np.ones((1, 12, len(FEATURES)), dtype=np.float32)
    mask = np.array([[False] * 9 + [True] * 3])
    other = sequences.copy()
    other[:, :9] = 9.0

    scorer = Scorer(directory)

    assert scorer.score(sequences, mask).score == scorer.score(other, mask).score

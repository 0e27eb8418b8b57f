"""How all networks of the laboratory see their inputs, and how much the rare kinds count."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from netheed.training.datasets import KINDS

CLIP: Final = 6.0
"""Standardised values beyond this many deviations say no more than this."""
SMALLEST_DEVIATION: Final = 0.05
"""What hardly varies in training is not blown up."""


def kind_weights(label: NDArray[np.int64], rarity: float = 0.5) -> Tensor:
    """Weights of the kinds: how much rarer than benign to the power `rarity`, 10 at most."""
    counts = np.bincount(label[label >= 0], minlength=len(KINDS)).astype(np.float64)
    weights = (counts[0] / np.maximum(counts, 1.0)) ** rarity
    return torch.from_numpy(np.minimum(weights, 10.0).astype(np.float32))

"""Could a cheap first stage spare windows the model? What each idea for one would leave out.

A bound: the newest window is known, and of the windows before it the model reads a normalised
summary whose length is known. Cauchy and Schwarz bound each hidden unit of the classifier, and the
log odds of an attack follow. A memory of scores: sequences that are equal to the bit.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from netheed.training.examples import Examples
from netheed.training.model import Detector


def most_odds(detector: Detector, newest: Tensor) -> NDArray[np.float32]:
    """(n, features) -> the largest log odds of an attack, without tails, of any history."""
    width = detector.sizes.width
    first, last = detector.classify[0], detector.classify[3]
    with torch.no_grad():
        read = first.weight[:, :width] * detector.after.weight
        radius = (read - read.mean(dim=1, keepdim=True)).norm(dim=1) * width**0.5
        middle = first(
            torch.cat(
                (detector.after.bias.expand(len(newest), -1), detector.standardise(newest)), 1
            )
        )
        low, high = torch.relu(middle - radius), torch.relu(middle + radius)
        change = last.weight[1:] - last.weight[0]
        most = low @ change.clamp(max=0).T + high @ change.clamp(min=0).T
        bound: NDArray[np.float32] = torch.logsumexp(
            most + last.bias[1:] - last.bias[0], dim=1
        ).numpy()
    return bound


def repeated(examples: Examples) -> dict[str, float]:
    """Share of windows whose whole sequence was there before, and how long histories are."""
    rows = examples.history(32)
    there = rows >= 0
    _, vector = np.unique(examples.vectors, axis=0, return_inverse=True)
    alike = np.where(there, vector[np.maximum(rows, 0)], -1)
    different = len(np.unique(alike, axis=0))
    return {
        "recorded_windows": len(rows),
        "repeated": 1.0 - different / len(rows),
        "mean_history": float(there.sum(axis=1).mean()),
        "whole_history": float(there.all(axis=1).mean()),
    }

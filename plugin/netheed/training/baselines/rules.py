"""What needs no network: a host against its own past, and the fixed thresholds of rule writers."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from netheed.training.baselines.common import benign, blocks, whole
from netheed.training.examples import Examples
from netheed.training.methods import Judge, Method, Settings, Span, Verdicts
from netheed.training.thresholds import nearness

EARLIER: Final = 31
"""Windows of the same host that a window is compared with, at most."""
BLOCK: Final = 2048


def host_z_score(train: Examples, settings: Settings, seed: int) -> Judge:
    """Each window against the mean and deviation of up to EARLIER windows before it of its host.

    Score = mean of the `largest` greatest absolute z of the features. A window with fewer than
    `least` before it is measured against all benign training windows.
    """
    del seed  # nothing is drawn
    ordinary = benign(train).astype(np.float64)
    overall = ordinary.mean(axis=0), ordinary.std(axis=0)
    floor = settings.get("floor", 0.25)
    least, largest = whole(settings, "least", 8), whole(settings, "largest", 5)

    def judge(examples: Examples) -> Verdicts:
        history = examples.history(EARLIER + 1)
        score = np.zeros(len(history), dtype=np.float32)
        for block in blocks(len(history), BLOCK):
            mean, deviation = _before(examples, history[block, :-1])
            young = (history[block, :-1] >= 0).sum(axis=1) < least
            mean[young], deviation[young] = overall
            z = np.abs(examples.vectors[block] - mean) / np.maximum(deviation, floor)
            score[block] = np.sort(z, axis=1)[:, -largest:].mean(axis=1)
        return Verdicts(score=score)

    return judge


def _before(
    examples: Examples, history: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of the rows of each history (n, length), both (n, features)."""
    there = (history >= 0)[..., None]
    counts = np.maximum(there.sum(axis=1), 1)
    rows = np.where(there, examples.vectors[np.maximum(history, 0)].astype(np.float64), 0.0)
    mean = rows.sum(axis=1) / counts
    squares = np.where(there, (rows - mean[:, None]) ** 2, 0.0)
    return mean, np.sqrt(squares.sum(axis=1) / counts)


def rules(train: Examples, settings: Settings, seed: int) -> Judge:
    """THRESHOLDS as they stand; score = how near a window comes to one, 1 where it would fire."""
    del train, settings, seed  # nothing is learnt, chosen or drawn

    def judge(examples: Examples) -> Verdicts:
        vectors = torch.from_numpy(examples.vectors.astype(np.float32))
        return Verdicts(score=nearness(vectors).numpy())

    return judge


HOST_Z_SCORE: Final = Method(
    name="host z-score",
    supervised=False,
    fit=host_z_score,
    spans={
        "floor": Span(0.05, 1.0, log=True),
        "largest": Span(1, 15, whole=True),
        "least": Span(4, 16, whole=True),
    },
)
RULES: Final = Method(name="rules", supervised=False, fit=rules, spans={})

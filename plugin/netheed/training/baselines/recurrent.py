"""A recurrent network over the last windows of a host, told the kinds."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from netheed.training.baselines.common import (
    Descent,
    Standard,
    benign,
    blocks,
    classes_of,
    kind_loss,
    kinds_and_odds,
    softmax,
    standardised,
    whole,
)
from netheed.training.datasets import KINDS
from netheed.training.examples import UNLABELLED, Examples
from netheed.training.methods import Judge, Method, Settings, Span, Verdicts
from netheed.training.standard import kind_weights

LENGTH: Final = 32
"""Windows that are read, the judged one included."""
BATCH: Final = 16
"""Runs of LENGTH windows in a batch."""
BLOCK: Final = 1024


class Recurrent(nn.Module):
    """LSTM (Hochreiter and Schmidhuber 1997) with a linear head at every step."""

    def __init__(self, features: int, hidden: int, layers: int) -> None:
        super().__init__()
        self.read = nn.LSTM(features, hidden, num_layers=layers, batch_first=True)
        self.classify = nn.Linear(hidden, len(KINDS))

    def forward(self, windows: Tensor) -> Tensor:
        """(batch, time, features) -> kind logits (batch, time, KINDS), each from its past alone."""
        logits: Tensor = self.classify(self.read(windows)[0])
        return logits


def lstm(train: Examples, settings: Settings, seed: int) -> Judge:
    """Predicts the kind at every window of runs of LENGTH; judges the last of each history."""
    standard = standardised(benign(train))
    classes, weights = classes_of(train), kind_weights(train.label)
    torch.manual_seed(seed)
    network = Recurrent(
        train.vectors.shape[1], whole(settings, "hidden", 64), whole(settings, "layers", 1)
    )

    def loss(rows: NDArray[np.int64]) -> Tensor:
        label = np.where(rows >= 0, train.label[rows], UNLABELLED)
        logits = network(_windows(train, rows, standard))
        return kind_loss(logits.flatten(0, 1), torch.from_numpy(label).flatten(), weights)

    def batches(rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
        runs = runs_of(train.track, LENGTH, int(rng.integers(0, LENGTH)))
        order = rng.permutation(len(runs))
        for block in blocks(len(order), BATCH):
            yield runs[order[block]]

    course = Descent(
        epochs=whole(settings, "epochs", 8), rate=settings.get("rate", 5e-3), seed=seed
    )
    course.of(network, batches, loss)

    @torch.no_grad()
    def judge(examples: Examples) -> Verdicts:
        history = examples.history(LENGTH)
        logits = np.zeros((len(history), len(KINDS)), dtype=np.float32)
        for block in blocks(len(history), BLOCK):
            rows, last = _padding_last(history[block])
            seen = network(_windows(examples, rows, standard))
            logits[block] = seen.numpy()[np.arange(len(last)), last]
        return kinds_and_odds(softmax(logits[:, classes]), classes)

    return judge


def runs_of(track: NDArray[np.int64], length: int, offset: int) -> NDArray[np.int64]:
    """(runs, length): each track cut into rows in order, -1 after the end of a run.

    The first run of a track is `offset` rows shorter, so that epochs differ in where runs begin.
    """
    rows = np.arange(len(track))
    new = np.concatenate(([True], track[1:] != track[:-1]))
    place = rows - np.maximum.accumulate(np.where(new, rows, 0)) + offset
    begins = new | (place % length == 0)
    run = np.cumsum(begins) - 1
    runs = np.full((int(begins.sum()), length), -1)
    runs[run, rows - np.flatnonzero(begins)[run]] = rows
    return runs


def _padding_last(history: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Histories with their padding moved behind, and the position of the newest window."""
    there = history >= 0
    order = np.argsort(~there, axis=1, kind="stable")
    return np.take_along_axis(history, order, axis=1), there.sum(axis=1) - 1


def _windows(examples: Examples, rows: NDArray[np.int64], standard: Standard) -> Tensor:
    """(n, length) rows -> (n, length, features); padding, which comes last, is never looked at."""
    return torch.from_numpy(standard(examples.vectors[np.maximum(rows, 0)]))


LSTM: Final = Method(
    name="LSTM",
    supervised=True,
    fit=lstm,
    spans={
        "hidden": Span(16, 96, whole=True),
        "layers": Span(1, 2, whole=True),
        "epochs": Span(4, 12, whole=True),
        "rate": Span(1e-3, 2e-2, log=True),
    },
)

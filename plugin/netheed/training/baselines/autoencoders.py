"""Autoencoders of single benign windows: what cannot be rebuilt is odd."""

from math import ceil
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering
from torch import Tensor, nn
from torch.nn import functional

from netheed.training.baselines.common import (
    Descent,
    benign,
    blocks,
    shuffled,
    standardised,
    whole,
)
from netheed.training.examples import Examples
from netheed.training.methods import Judge, Method, Settings, Span, Verdicts

BATCH: Final = 256
BLOCK: Final = 8192
_TINY: Final = 1e-9


def autoencoder(train: Examples, settings: Settings, seed: int) -> Judge:
    """Features -> hidden -> bottleneck -> hidden -> features; score = mean squared error.

    The errors are of standardised features, squared deviations.
    """
    ordinary = benign(train)
    standard = standardised(ordinary)
    rows = torch.from_numpy(standard(ordinary))
    torch.manual_seed(seed)
    network = _hourglass(
        rows.shape[1], whole(settings, "hidden", 48), whole(settings, "bottleneck", 8)
    )
    course = Descent(
        epochs=whole(settings, "epochs", 10), rate=settings.get("rate", 2e-3), seed=seed
    )
    course.of(
        network,
        shuffled(len(rows), BATCH),
        lambda batch: functional.mse_loss(network(rows[batch]), rows[batch]),
    )

    @torch.no_grad()
    def judge(examples: Examples) -> Verdicts:
        score = np.zeros(len(examples.vectors), dtype=np.float32)
        for block in blocks(len(score), BLOCK):
            seen = torch.from_numpy(standard(examples.vectors[block]))
            score[block] = (network(seen) - seen).square().mean(dim=1).numpy()
        return Verdicts(score=score)

    return judge


def _hourglass(features: int, hidden: int, bottleneck: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(features, hidden),
        nn.ReLU(),
        nn.Linear(hidden, bottleneck),
        nn.ReLU(),
        nn.Linear(bottleneck, hidden),
        nn.ReLU(),
        nn.Linear(hidden, features),
    )


def kitnet(train: Examples, settings: Settings, seed: int) -> Judge:
    """KitNET, the ensemble of Kitsune (Mirsky et al., NDSS 2018), on windows instead of packets.

    As there: the features are grouped by their correlation, at most `group` in one; each group has
    an autoencoder with one sigmoid layer of `ratio` of its size; another one reads their root mean
    squared errors, and its own is the score.

    Other than there: trained in minibatches by AdamW over several epochs, not once on a stream; the
    groups come from all benign windows, not from the first ones; inputs and errors are standardised
    and clipped, not scaled to 0..1, so the outputs are linear; the weights of encoder and decoder
    are not tied; the output layer learns after the groups, from their final errors, while there
    both learn at once.
    """
    ordinary = benign(train)
    standard = standardised(ordinary)
    rows = standard(ordinary)
    ratio = settings.get("ratio", 0.75)
    course = Descent(
        epochs=whole(settings, "epochs", 8), rate=settings.get("rate", 5e-3), seed=seed
    )
    torch.manual_seed(seed)
    parts = Ensemble(groups_of(rows, whole(settings, "group", 10)), ratio)
    _train(parts, rows, course)
    errors = parts.errors(rows)
    standard_error = standardised(errors)
    output = Ensemble(np.zeros(errors.shape[1], dtype=np.int64), ratio)
    _train(output, standard_error(errors), course)

    def judge(examples: Examples) -> Verdicts:
        score = np.zeros(len(examples.vectors), dtype=np.float32)
        for block in blocks(len(score), BLOCK):
            seen = standard_error(parts.errors(standard(examples.vectors[block])))
            score[block] = output.errors(seen)[:, 0]
        return Verdicts(score=score)

    return judge


class Ensemble(nn.Module):
    """Independent autoencoders, one for each group of features, as one with masked weights."""

    member: Tensor
    wired: Tensor

    def __init__(self, group: NDArray[np.int64], ratio: float) -> None:
        super().__init__()
        sizes = np.bincount(group)
        hidden = np.repeat(np.arange(len(sizes)), [ceil(ratio * size) for size in sizes.tolist()])
        member = (group[:, None] == np.arange(len(sizes))) / sizes
        self.register_buffer("member", torch.from_numpy(member.astype(np.float32)))
        wired = (hidden[:, None] == group).astype(np.float32)
        self.register_buffer("wired", torch.from_numpy(wired))
        self.encode = nn.Linear(len(group), len(hidden))
        self.decode = nn.Linear(len(hidden), len(group))

    def forward(self, rows: Tensor) -> Tensor:
        """Rows (n, features) -> the mean squared error of each group, (n, groups)."""
        encoder, decoder = self.encode.weight * self.wired, self.decode.weight * self.wired.T
        hidden = torch.sigmoid(functional.linear(rows, encoder, self.encode.bias))
        rebuilt = functional.linear(hidden, decoder, self.decode.bias)
        squares: Tensor = (rebuilt - rows).square() @ self.member
        return squares

    @torch.no_grad()
    def errors(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, features) -> (n, groups), root mean squared errors."""
        errors: NDArray[np.float32] = self(torch.from_numpy(rows)).sqrt().numpy()
        return errors


def groups_of(rows: NDArray[np.float32], most: int) -> NDArray[np.int64]:
    """The group of each column of `rows` (n, columns), at most `most` columns in one.

    Single linkage on 1 - correlation as in the authors' code; its tree is cut from the top wherever
    a branch is too large. A constant column correlates with nothing.
    """
    centred = rows - rows.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    alike = (centred.T @ centred) / np.maximum(length[:, None] * length, _TINY)
    apart = np.clip(1.0 - alike, 0.0, 2.0)
    np.fill_diagonal(apart, 0.0)
    tree = AgglomerativeClustering(
        n_clusters=1, metric="precomputed", linkage="single", compute_full_tree=True
    ).fit(apart)
    return _cut(tree.children_, rows.shape[1], most)


def _cut(children: NDArray[np.int64], leaves: int, most: int) -> NDArray[np.int64]:
    """The group of each leaf; row i of `children` are the two branches of node leaves + i."""
    below = [[leaf] for leaf in range(leaves)]
    for left, right in children.tolist():
        below.append(below[left] + below[right])
    group = np.zeros(leaves, dtype=np.int64)
    branches, found = [len(below) - 1], 0
    while branches:
        node = branches.pop()
        if len(below[node]) > most:
            branches.extend(children[node - leaves].tolist())
        else:
            group[below[node]] = found
            found += 1
    return group


def _train(parts: Ensemble, rows: NDArray[np.float32], course: Descent) -> None:
    seen = torch.from_numpy(rows)
    # The sum keeps the groups apart: none of them has a smaller step because others are there.
    course.of(parts, shuffled(len(rows), BATCH), lambda batch: parts(seen[batch]).mean(0).sum())


AUTOENCODER: Final = Method(
    name="autoencoder",
    supervised=False,
    fit=autoencoder,
    spans={
        "hidden": Span(16, 96, whole=True),
        "bottleneck": Span(2, 24, whole=True),
        "epochs": Span(4, 20, whole=True),
        "rate": Span(3e-4, 1e-2, log=True),
    },
)
KITNET: Final = Method(
    name="KitNET",
    supervised=False,
    fit=kitnet,
    spans={
        "group": Span(2, 20, whole=True),
        "ratio": Span(0.3, 1.0),
        "epochs": Span(4, 16, whole=True),
        "rate": Span(1e-3, 2e-2, log=True),
    },
)

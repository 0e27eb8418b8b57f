"""Small sets of windows with attacks planted in them, and what is asked of a method on them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from netheed.core.vector import FEATURES
from netheed.training.conversations import COLUMNS, Conversations
from netheed.training.datasets import KINDS
from netheed.training.examples import UNLABELLED, Examples
from netheed.training.methods import Method, Settings, Verdicts

LOUD = {
    "scan": (
        "peers_out",
        "ports_out",
        "destinations",
        "failures_out",
        "connections_out",
        "new_peers",
        "new_destinations_recent",
    ),
    "flood": (
        "peak_second",
        "connections_out",
        "packets_sent",
        "bytes_sent",
        "busiest_destination",
        "failures_out",
    ),
}
"""The features by which a planted attack of a kind can be seen."""
AT = (12, 20, 28)
"""Windows of each track that are attacks."""


def quiet(tracks: int, length: int, seed: int) -> Examples:
    """Benign windows alone; each talks to a stranger and with the next track's host."""
    rng = np.random.default_rng(seed)
    count = tracks * length
    row = np.arange(count)
    return Examples(
        vectors=np.abs(rng.normal(1.0, 0.2, (count, len(FEATURES)))).astype(np.float16),
        label=np.zeros(count, dtype=np.int64),
        attack=np.full(count, "benign", dtype="<U32"),
        group=np.zeros(count, dtype=np.int64),
        track=row // length,
        recording=np.zeros(count, dtype=np.int64),
        end=(row % length + 1) * 60.0,
        host=["h"] * count,
        conversations=Conversations(
            window=np.repeat(row, 2),
            peer=np.stack((np.full(count, -1), (row + length) % count), axis=1).ravel(),
            values=np.abs(rng.normal(0.5, 0.1, (2 * count, len(COLUMNS)))).astype(np.float16),
        ),
    )


def planted(tracks: int = 16, length: int = 30, seed: int = 0) -> Examples:
    """Windows with scans in even tracks and floods in odd ones, each in a single window."""
    made = quiet(tracks, length, seed)
    for track in range(tracks):
        kind = ("scan", "flood")[track % 2]
        columns = [list(FEATURES).index(name) for name in LOUD[kind]]
        for at in AT:
            made.label[track * length + at] = KINDS.index(kind)
            made.vectors[track * length + at, columns] += 6.0
    return made


def auc(examples: Examples, score: NDArray[np.float32]) -> float:
    """How well the score ranks attacks above benign windows, 0.5 is chance."""
    return float(roc_auc_score(examples.label > 0, score))


def judged(
    method: Method,
    train: Examples | None = None,
    settings: Settings | None = None,
    seed: int = 1,
) -> Verdicts:
    """What a method fitted on `train` says of a held-out set."""
    fitted = method.fit(train or planted(), settings or {}, seed)
    return fitted(planted(seed=9))


def finds_attacks(method: Method, settings: Settings | None = None) -> bool:
    return auc(planted(seed=9), judged(method, settings=settings).score) > 0.9


def is_repeatable(method: Method, settings: Settings | None = None) -> bool:
    first, second = (judged(method, settings=settings) for _ in range(2))
    return np.array_equal(first.score, second.score)


def looks_at_attacks(method: Method) -> bool:
    """Whether anything changes when the attacks of the training have no label or are gone."""
    train = planted()
    unnamed = replace(train, label=np.where(train.label > 0, UNLABELLED, train.label))
    gone = train.only(train.label == 0)
    scores = [judged(method, given).score for given in (train, unnamed, gone)]
    return not all(np.array_equal(scores[0], score) for score in scores[1:])


def names_kinds(method: Method, settings: Settings | None = None) -> bool:
    """Whether the kinds are probabilities, 0 of what was never seen, and mostly right."""
    kinds = judged(method, settings=settings).kinds
    label = planted(seed=9).label
    assert kinds is not None
    assert kinds.shape == (len(label), len(KINDS))
    assert np.allclose(kinds.sum(axis=1), 1.0, atol=1e-5)
    assert not kinds[:, np.setdiff1d(np.arange(len(KINDS)), label)].any()
    return bool((kinds.argmax(axis=1) == label)[label > 0].mean() > 0.9)

"""Forests and boosted trees on single windows (scikit-learn)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
)
from sklearn.utils.class_weight import compute_sample_weight

from netheed.training.baselines.common import benign, kinds_and_odds, whole
from netheed.training.examples import Examples
from netheed.training.methods import Judge, Method, Settings, Span, Verdicts

BINS: Final = 255
"""Values that boosting tells apart in one feature."""


def random_forest(train: Examples, settings: Settings, seed: int) -> Judge:
    """Random forest (Breiman 2001), each tree's kinds weighted to the same sum."""
    forest = RandomForestClassifier(
        n_estimators=whole(settings, "trees", 50),
        max_depth=whole(settings, "depth", 20),
        min_samples_leaf=whole(settings, "leaf", 3),
        max_features=settings.get("features", 0.15),
        class_weight="balanced_subsample",
        n_jobs=1,
        random_state=seed,
    )
    known = train.label >= 0
    forest.fit(train.vectors[known].astype(np.float32), train.label[known])

    def judge(examples: Examples) -> Verdicts:
        probabilities = forest.predict_proba(examples.vectors.astype(np.float32))
        return kinds_and_odds(probabilities, forest.classes_)

    return judge


def gradient_boosting(train: Examples, settings: Settings, seed: int) -> Judge:
    """Gradient boosting on histograms (LightGBM, Ke et al. 2017), kinds weighted to one sum."""
    known = train.label >= 0
    label = train.label[known]
    rows = train.vectors[known].astype(np.float32)
    edges = edges_of(rows, compute_sample_weight("balanced", label))
    boosting = HistGradientBoostingClassifier(
        max_iter=whole(settings, "rounds", 60),
        learning_rate=settings.get("rate", 0.1),
        max_leaf_nodes=whole(settings, "leaves", 15),
        l2_regularization=settings.get("penalty", 1.0),
        max_bins=BINS,
        class_weight="balanced",
        early_stopping=False,
        random_state=seed,
    ).fit(binned(rows, edges), label)

    def judge(examples: Examples) -> Verdicts:
        seen = binned(examples.vectors.astype(np.float32), edges)
        return kinds_and_odds(boosting.predict_proba(seen), boosting.classes_)

    return judge


def edges_of(rows: NDArray[np.float32], weights: NDArray[np.float64]) -> list[NDArray[np.float32]]:
    """The quantiles of each column of `rows` (n, columns), at most BINS - 1, by weight (n).

    The library finds the same by itself, but for weighted rows it sorts them once for each edge.
    """
    edges = []
    for column in rows.T:
        order = np.argsort(column, kind="stable")
        below = np.cumsum(weights[order])
        at = np.searchsorted(below, below[-1] * np.linspace(0, 1, BINS + 1)[1:-1])
        edges.append(np.unique(column[order[at]]))
    return edges


def binned(rows: NDArray[np.float32], edges: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """(n, columns) -> the bin of each value, 0 to BINS - 1."""
    columns = [np.searchsorted(edge, column) for edge, column in zip(edges, rows.T, strict=True)]
    return np.stack(columns, axis=1).astype(np.float32)


def isolation_forest(train: Examples, settings: Settings, seed: int) -> Judge:
    """Isolation forest (Liu et al. 2008) of benign windows; score in 0..1, the paper's s."""
    ordinary = benign(train).astype(np.float32)
    forest = IsolationForest(
        n_estimators=whole(settings, "trees", 100),
        max_samples=min(whole(settings, "rows", 256), len(ordinary)),
        max_features=settings.get("features", 1.0),
        n_jobs=1,
        random_state=seed,
    ).fit(ordinary)

    def judge(examples: Examples) -> Verdicts:
        shallow = -forest.score_samples(examples.vectors.astype(np.float32))
        return Verdicts(score=shallow.astype(np.float32))

    return judge


RANDOM_FOREST: Final = Method(
    name="random forest",
    supervised=True,
    fit=random_forest,
    spans={
        "trees": Span(30, 80, whole=True),
        "depth": Span(6, 30, whole=True),
        "leaf": Span(1, 20, log=True, whole=True),
        "features": Span(0.05, 0.3, log=True),
    },
)
GRADIENT_BOOSTING: Final = Method(
    name="gradient boosting",
    supervised=True,
    fit=gradient_boosting,
    spans={
        "rounds": Span(30, 120, whole=True),
        "rate": Span(0.02, 0.3, log=True),
        "leaves": Span(7, 31, whole=True),
        "penalty": Span(0.01, 10.0, log=True),
    },
)
ISOLATION_FOREST: Final = Method(
    name="isolation forest",
    supervised=False,
    fit=isolation_forest,
    spans={
        "trees": Span(50, 300, whole=True),
        "rows": Span(64, 4096, log=True, whole=True),
        "features": Span(0.2, 1.0),
    },
)

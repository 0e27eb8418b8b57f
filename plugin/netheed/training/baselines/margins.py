"""Support vector machines with a Gaussian kernel on single windows (scikit-learn).

Their cost grows with the square of the rows, so both learn from a sample.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.svm import SVC, OneClassSVM

from netheed.training.baselines.common import benign, kinds_and_odds, softmax, standardised
from netheed.training.examples import Examples
from netheed.training.methods import Judge, Method, Settings, Span, Verdicts

MOST_ROWS: Final = 6000
"""Training rows of the classifier, at most half of them attacks."""
MOST_ORDINARY: Final = 4000
"""Training rows of the one-class machine."""
GAMMA: Final = 0.01
"""Near 1 / features, the usual choice for standardised rows."""


def svm(train: Examples, settings: Settings, seed: int) -> Judge:
    """SVM (Cortes and Vapnik 1995), one machine for each pair of kinds.

    The margins of the kinds (scikit-learn's `decision_function`) become probabilities by a softmax;
    they rank well, but they are not calibrated.
    """
    standard = standardised(benign(train))
    rows = sample(train.label, MOST_ROWS, np.random.default_rng(seed))
    machine = SVC(
        C=settings.get("C", 10.0), gamma=settings.get("gamma", GAMMA), class_weight="balanced"
    ).fit(standard(train.vectors[rows]), train.label[rows])

    def judge(examples: Examples) -> Verdicts:
        margins = machine.decision_function(standard(examples.vectors))
        if margins.ndim == 1:
            margins = np.stack((np.zeros_like(margins), margins), axis=1)
        return kinds_and_odds(softmax(margins), machine.classes_)

    return judge


def one_class_svm(train: Examples, settings: Settings, seed: int) -> Judge:
    """One-class SVM (Schölkopf et al. 2001) of benign windows; score = distance outside."""
    ordinary = benign(train)
    standard = standardised(ordinary)
    rows = _some(np.arange(len(ordinary)), MOST_ORDINARY, np.random.default_rng(seed))
    machine = OneClassSVM(nu=settings.get("nu", 0.05), gamma=settings.get("gamma", GAMMA))
    machine.fit(standard(ordinary[rows]))

    def judge(examples: Examples) -> Verdicts:
        inside = machine.decision_function(standard(examples.vectors))
        return Verdicts(score=-inside.astype(np.float32))

    return judge


def sample(label: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """At most `most` labelled rows, ascending.

    All attacks if they are at most half of it, else of each kind its share of a half; the rest is
    benign.
    """
    attacks = int((label > 0).sum())
    share = min(1.0, most / 2 / max(attacks, 1))
    chosen = [
        _some(rows, max(1, int(share * len(rows))), rng)
        for kind in np.unique(label[label > 0])
        for rows in [np.flatnonzero(label == kind)]
    ]
    taken = sum(map(len, chosen))
    return np.sort(np.concatenate([*chosen, _some(np.flatnonzero(label == 0), most - taken, rng)]))


def _some(rows: NDArray[np.int64], most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rows if len(rows) <= most else rng.choice(rows, most, replace=False)


SVM: Final = Method(
    name="SVM",
    supervised=True,
    fit=svm,
    spans={"C": Span(0.1, 300.0, log=True), "gamma": Span(1e-3, 0.3, log=True)},
)
ONE_CLASS_SVM: Final = Method(
    name="one-class SVM",
    supervised=False,
    fit=one_class_svm,
    spans={"nu": Span(1e-3, 0.3, log=True), "gamma": Span(1e-4, 0.3, log=True)},
)

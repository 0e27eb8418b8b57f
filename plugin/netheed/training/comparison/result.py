"""What a method said of a test, in the numbers that a report quotes; no score is kept."""

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from netheed.model.manifest import TailCalibration
from netheed.training.comparison.cell import Cell
from netheed.training.datasets import KINDS
from netheed.training.examples import Examples
from netheed.training.measures import (
    DAY,
    DIGITS,
    RATES,
    Drawn,
    Tested,
    accuracy,
    attacks,
    average_precision,
    drawn,
    expected_calibration_error,
    found,
    kinds_f1,
    macro_f1,
    macro_f1s,
    mean_areas,
    plain,
    recall_at,
    threshold_at,
)
from netheed.training.methods import Verdicts
from netheed.training.notices import noticed, worth
from netheed.training.splits import kind_of

QUANTILES: Final = tuple(np.linspace(0.0, 1.0, 60).tolist())
"""Of the scores, as thresholds of a picture."""
PROMISED: Final = (0.1, 0.03, 0.01, 0.003, 0.002, 0.001)
"""False-alarm rates that p-values promise."""
NOTICED: Final = (2e-3, 1e-3)
"""p-values at which notices are counted on benign days; the first is the default setting."""
AT: Final = 1e-3
"""Share of the benign windows above the threshold at which incidents are found."""


class Attack(Struct, frozen=True, kw_only=True):
    """One published attack among the benign windows."""

    name: str
    windows: int
    ap: float | None
    recall: dict[str, float | None]
    """By the share of benign windows that is exceeded."""


class Ranked(Struct, frozen=True, kw_only=True):
    """What the order of the scores is worth."""

    mean_ap: Drawn
    ap: float | None
    recall: dict[str, float | None]
    attacks: list[Attack]
    minutes: list[float | None]
    """From the begin of each incident to its first window above the threshold, at AT."""


class AtThreshold(Struct, frozen=True, kw_only=True):
    """At the threshold that a validation part chose."""

    threshold: float
    macro_f1: Drawn
    accuracy: float


class BenignDays(Struct, frozen=True, kw_only=True):
    """Host-days without an attack, by p-values from other networks."""

    host_days: int
    windows: dict[str, int]
    """Those at or below each of NOTICED."""
    notices: dict[str, int]
    realised: dict[str, float]
    """Share of the benign windows at or below each of PROMISED."""
    calibration_error: float | None
    """Of the probability of an attack."""


class Result(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is kept of a cell."""

    cell: Cell
    settings: dict[str, float] = {}
    note: str = ""
    train_windows: int
    train_kinds: list[int]
    test_windows: int
    benign_windows: int
    fit_seconds: float
    judge_seconds: float
    ten_runs_seconds: float | None = None
    ranked: Ranked
    kinds_f1: float | None = None
    """Macro-F1 over the kinds, of windows whose attack is a kind of ours."""
    kinds_recall: dict[str, float] = {}
    """Share of the windows of a kind that are called so."""
    at_threshold: AtThreshold | None = None
    curve: list[float] = []
    """Macro-F1 at QUANTILES of the scores."""
    benign_days: BenignDays | None = None


def ranked(tested: Tested, seed: int) -> Ranked:
    """Of every test."""
    limit = threshold_at(tested.score[~tested.attacked], AT)
    return Ranked(
        mean_ap=drawn(tested, mean_areas, seed),
        ap=plain(average_precision(tested)),
        recall=_recalls(tested),
        attacks=[_attack(name, tested.beside(name)) for name in attacks(tested)],
        minutes=[None if each is None else round(each, 2) for _, each in found(tested, limit)],
    )


def at_threshold(tested: Tested, threshold: float, seed: int) -> AtThreshold:
    """At a threshold chosen elsewhere."""
    return AtThreshold(
        threshold=threshold,
        macro_f1=drawn(tested.above(threshold), macro_f1s, seed),
        accuracy=round(accuracy(tested, threshold), DIGITS),
    )


def curve(tested: Tested) -> list[float]:
    """Macro-F1 at each of QUANTILES."""
    thresholds = np.quantile(tested.score, QUANTILES).tolist()
    return [round(macro_f1(tested, each), DIGITS) for each in thresholds]


def of_kinds(tested: Tested) -> tuple[float | None, dict[str, float]]:
    """`kinds_f1` and `kinds_recall` of a method that names kinds."""
    truth = kind_of(tested.attack)
    known = truth >= 0
    right = tested.kind == truth
    recalls = {
        KINDS[code]: round(float(right[truth == code].mean()), DIGITS)
        for code in np.unique(truth[known]).tolist()
    }
    return plain(kinds_f1(truth[known], tested.kind[known])), recalls


def benign_days(
    test: Examples, verdicts: Verdicts, calibration: dict[str, TailCalibration]
) -> BenignDays:
    """Of all windows of a test, by a calibration on other networks."""
    kind = kinds_of(verdicts, len(test.label))[test.tested]
    score, known = verdicts.score[test.tested], test.only(test.tested)
    p_value, benign = worth(score, known.group, calibration), ~known.attacked
    host_day = _host_days(known)
    quiet = (np.bincount(host_day, weights=known.attacked) == 0)[host_day]
    of_quiet = np.where(quiet, p_value, 1.0)
    error = None
    if verdicts.kinds is not None:
        probability = 1.0 - verdicts.kinds[test.tested, 0]
        error = plain(expected_calibration_error(probability, known.attacked))
    return BenignDays(
        host_days=len(np.unique(host_day[quiet])),
        windows={f"{p:g}": int((of_quiet <= p).sum()) for p in NOTICED},
        notices={f"{p:g}": len(noticed(known, of_quiet, kind, p)) for p in NOTICED},
        realised={f"{p:g}": round(float((p_value[benign] <= p).mean()), 6) for p in PROMISED},
        calibration_error=error,
    )


def kinds_of(verdicts: Verdicts, windows: int) -> NDArray[np.int64]:
    """The likeliest kind of each window, 0 throughout from a method that knows no kinds."""
    if verdicts.kinds is None:
        return np.zeros(windows, dtype=np.int64)
    likeliest: NDArray[np.int64] = verdicts.kinds.argmax(axis=1)
    return likeliest


def _attack(name: str, beside: Tested) -> Attack:
    return Attack(
        name=name,
        windows=int(beside.attacked.sum()),
        ap=plain(average_precision(beside)),
        recall=_recalls(beside),
    )


def _recalls(tested: Tested) -> dict[str, float | None]:
    return {f"{rate:g}": plain(recall_at(tested, rate)) for rate in RATES}


def _host_days(test: Examples) -> NDArray[np.int64]:
    day = (test.end // DAY).astype(np.int64)
    _, host_day = np.unique(np.stack((test.track, day)), axis=1, return_inverse=True)
    return host_day

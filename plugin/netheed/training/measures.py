"""What is measured of verdicts: by window, by incident, with intervals over hosts and days."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from netheed.training.datasets import BENIGN
from netheed.training.examples import Examples

RATES: Final = (1e-2, 1e-3, 1e-4)
"""False-alarm rates at which recall is given."""
QUIET: Final = 7200.0
"""Seconds without a window of the attack that end an incident."""
DAY: Final = 86_400.0

Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]
Weights = NDArray[np.float64]
"""(draws, windows): how often each window counts."""
Interval = tuple[float, float, float]
"""Mean, lower and upper end."""
DRAWS: Final = 100
"""Of each run."""
DIGITS: Final = 5
"""Of what is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """Windows of a test with what was said of them; unknown windows are left out."""

    score: Scores
    kind: NDArray[np.int64]
    """Predicted, index into KINDS; all 0 from a method that knows no kinds."""
    attack: NDArray[np.str_]
    """Published name, BENIGN for ordinary windows."""
    host: NDArray[np.int64]
    """One number for each host and day: what a bootstrap draws."""
    end: NDArray[np.float64]

    @classmethod
    def of(cls, examples: Examples, score: Scores, kind: NDArray[np.int64]) -> "Tested":
        """Of all windows of `examples`; scores that are not finite count as the oddest."""
        known = examples.tested
        key = np.stack((examples.track, (examples.end // DAY).astype(np.int64)))[:, known]
        _, host = np.unique(key, axis=1, return_inverse=True)
        return cls(
            score=np.nan_to_num(score[known], nan=np.inf, posinf=np.inf),
            kind=kind[known],
            attack=examples.attack[known],
            host=host,
            end=examples.end[known],
        )

    @property
    def attacked(self) -> Mask:
        """Windows of an attack."""
        attacked: Mask = self.attack != BENIGN
        return attacked

    def only(self, rows: NDArray[np.int64] | Mask) -> "Tested":
        """Some of the windows, or some several times."""
        return Tested(
            score=self.score[rows],
            kind=self.kind[rows],
            attack=self.attack[rows],
            host=self.host[rows],
            end=self.end[rows],
        )

    def above(self, threshold: float) -> "Tested":
        """The same with `threshold` as the zero of the score."""
        return replace(self, score=self.score - np.float32(threshold))

    def beside(self, name: str) -> "Tested":
        """One attack among the benign windows."""
        return self.only((self.attack == name) | ~self.attacked)


def average_precision(tested: Tested) -> float:
    """Area under precision and recall; NaN without both sides."""
    return float(_area(tested.score, tested.attacked, once(tested))[0])


def mean_average_precision(tested: Tested) -> float:
    """Over the attacks, each among the benign windows: no attack counts more by its length."""
    return float(mean_areas(tested, once(tested))[0])


def once(tested: Tested) -> Weights:
    """(1, windows): every window as it is."""
    return np.ones((1, len(tested.score)))


def mean_areas(tested: Tested, weight: Weights) -> Floats:
    """Mean average precision of each draw, (draws), of windows that count `weight` times.

    Over the attacks that the draw has.
    """
    benign = ~tested.attacked
    parts = [benign | (tested.attack == name) for name in attacks(tested)]
    if not parts or not benign.any():
        return np.full(len(weight), np.nan)
    found = [_area(tested.score[p], tested.attacked[p], weight[:, p]) for p in parts]
    mean: Floats = np.nanmean(found, axis=0)
    return mean


def _area(score: Scores, hit: Mask, weight: Weights) -> Floats:
    """Sum of precision over the steps of recall, one for each score; NaN where nothing is hit."""
    if not hit.any() or hit.all():
        return np.full(len(weight), np.nan)
    order = np.argsort(-score, kind="stable")
    last = np.append(score[order][1:] != score[order][:-1], True)
    weight = weight[:, order]
    found = np.cumsum(weight * hit[order], axis=1)[:, last]
    precision = found / np.maximum(np.cumsum(weight, axis=1)[:, last], 1e-9)
    steps = np.diff(found, axis=1, prepend=0.0)
    hits = np.where(found[:, -1] > 0, found[:, -1], np.nan)
    area: Floats = (steps * precision).sum(axis=1) / hits
    return area


def attacks(tested: Tested) -> list[str]:
    """Names of the attacks, in order."""
    return sorted({str(name) for name in tested.attack[tested.attacked]})


def threshold_at(benign: Scores, rate: float) -> float:
    """The least score that at most `rate` of the benign windows exceed."""
    allowed = int(rate * len(benign))
    return float(np.sort(benign)[::-1][allowed]) if len(benign) > allowed else float("-inf")


def recall_at(tested: Tested, rate: float) -> float:
    """Share of attack windows above what `rate` of the test's own benign windows exceed.

    Below one in so many benign windows no false alarm at all is allowed.
    """
    attacked = tested.attacked
    if not attacked.any() or attacked.all():
        return float("nan")
    threshold = threshold_at(tested.score[~attacked], rate)
    return float((tested.score[attacked] > threshold).mean())


def macro_f1(tested: Tested, threshold: float) -> float:
    """Of the two classes attack and benign, at a threshold chosen elsewhere."""
    return float(macro_f1s(tested.above(threshold), once(tested))[0])


def macro_f1s(tested: Tested, weight: Weights) -> Floats:
    """Macro-F1 of each draw, (draws), with scores above 0 taken as an attack."""
    said, true = tested.score > 0, tested.attacked
    both, neither = weight @ (said & true), weight @ ~(said | true)
    wrong = weight @ (said != true)
    return (_f1(both, wrong) + _f1(neither, wrong)) / 2.0


def _f1(right: Floats, wrong: Floats) -> Floats:
    f1: Floats = 2.0 * right / np.maximum(2.0 * right + wrong, 1e-9)
    return f1


def accuracy(tested: Tested, threshold: float) -> float:
    """Of the two classes attack and benign."""
    return float(((tested.score > threshold) == tested.attacked).mean())


def best_threshold(tested: Tested, most: int = 200) -> float:
    """The threshold of the best macro-F1 among `most` quantiles: for a validation part."""
    finite = tested.score[np.isfinite(tested.score)]
    candidates = np.unique(np.quantile(finite, np.linspace(0, 1, most)))
    found = [macro_f1(tested, float(c)) for c in candidates]
    return float(candidates[int(np.argmax(found))])


def kinds_f1(kind: NDArray[np.int64], predicted: NDArray[np.int64]) -> float:
    """Macro-F1 over the kinds that really stand in the test."""
    return float(
        f1_score(kind, predicted, labels=np.unique(kind), average="macro", zero_division=0)
    )


Measure = Callable[["Tested", Weights], Floats]
"""A value for each draw."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One attack by one host, with pauses of less than QUIET."""

    attack: str
    rows: NDArray[np.int64]


def incidents(tested: Tested) -> Iterator[Incident]:
    """All incidents of a test."""
    for name in attacks(tested):
        rows = np.flatnonzero(tested.attack == name)
        rows = rows[np.lexsort((tested.end[rows], tested.host[rows]))]
        host, end = tested.host[rows], tested.end[rows]
        cut = (host[1:] != host[:-1]) | (end[1:] - end[:-1] > QUIET)
        for part in np.split(rows, np.flatnonzero(cut) + 1):
            yield Incident(name, part)


def found(tested: Tested, threshold: float) -> list[tuple[str, float | None]]:
    """(attack, minutes from its first window to the first above the threshold or None)."""
    result: list[tuple[str, float | None]] = []
    for incident in incidents(tested):
        over = incident.rows[tested.score[incident.rows] > threshold]
        begun = tested.end[incident.rows[0]]
        minutes = float(tested.end[over].min() - begun) / 60.0 + 1.0 if len(over) else None
        result.append((incident.attack, minutes))
    return result


def plain(value: float) -> float | None:
    """As it is kept: rounded, and None for what is no number."""
    return round(value, DIGITS) if isfinite(value) else None


class Drawn(Struct, frozen=True, array_like=True):
    """A measure of one run, and of hosts and days drawn anew."""

    value: float | None
    """None where a side is missing."""
    draws: list[float]


def drawn(run: Tested, measure: Measure, seed: int, draws: int = DRAWS) -> Drawn:
    """A measure of a run, and of `draws` draws of its hosts and days.

    Hosts' days with an attack and those without are drawn apart, so that no draw lacks a side. An
    attack of a few may be missing in a draw, which then speaks of the others. Where one host did
    all the attacks, the draws can only speak of the benign ones.
    """
    value = float(measure(run, once(run))[0])
    values = measure(run, _drawn(run, draws, np.random.default_rng(seed)))
    kept = [round(each, DIGITS) for each in values[np.isfinite(values)].tolist()]
    return Drawn(plain(value), kept)


def interval(runs: list[Drawn]) -> Interval | None:
    """Mean over runs (seeds) and the 95 % interval of all their draws; None without a value."""
    values = [run.value for run in runs if run.value is not None]
    draws = [each for run in runs for each in run.draws]
    if not values:
        return None
    low, high = np.quantile(draws, (0.025, 0.975)).tolist() if draws else (np.nan, np.nan)
    return float(np.mean(values)), low, high


def _drawn(run: Tested, draws: int, rng: np.random.Generator) -> Weights:
    """(draws, windows): how often each window's host and day were drawn."""
    hosts, host = np.unique(run.host, return_inverse=True)
    hit = np.bincount(host, weights=run.attacked) > 0
    times = np.zeros((draws, len(hosts)))
    for group in (np.flatnonzero(hit), np.flatnonzero(~hit)):
        if len(group):
            times[:, group] = rng.multinomial(
                len(group), np.full(len(group), 1 / len(group)), draws
            )
    return times[:, host]


def expected_calibration_error(
    probability: NDArray[np.float32], truth: Mask, bins: int = 10
) -> float:
    """Mean distance of the stated probability from the share that came true (Naeini 2015)."""
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    total = 0.0
    for number in range(bins):
        inside = place == number
        if inside.any():
            total += float(inside.mean() * abs(probability[inside].mean() - truth[inside].mean()))
    return total

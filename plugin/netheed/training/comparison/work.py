"""Works out one cell: fits the method, judges the test, measures what it said."""

from dataclasses import replace
from time import process_time
from typing import Final

import numpy as np

from netheed.training.calibrate import calibrate
from netheed.training.comparison.cell import Cell
from netheed.training.comparison.result import (
    AtThreshold,
    BenignDays,
    Result,
    at_threshold,
    benign_days,
    curve,
    kinds_of,
    of_kinds,
    ranked,
)
from netheed.training.datasets import BENIGN, KINDS
from netheed.training.examples import Examples, joined
from netheed.training.measures import Tested, best_threshold
from netheed.training.methods import Judge, Method, Settings, Verdicts
from netheed.training.splits import HOUR, Split, inner

REPEATS: Final = 10
"""Detection runs whose time paper A's table gives."""


def work(cell: Cell, method: Method, settings: Settings, split: Split) -> Result:
    """Fit on the training part, judge the test. Seconds are a core's, whoever else works."""
    begun = process_time()
    judge = method.fit(split.train, settings, cell.seed)
    fitted = process_time()
    verdicts = judge(split.test)
    judged = process_time()
    tested = Tested.of(split.test, verdicts.score, kinds_of(verdicts, len(split.test.label)))
    kinds_f1, kinds_recall = of_kinds(tested) if verdicts.kinds is not None else (None, {})
    is_first = cell.seed == 0 and not cell.change
    of_paper = cell.protocol.startswith("1")
    return Result(
        cell=cell,
        settings=dict(settings),
        note=split.note,
        train_windows=len(split.train.label),
        train_kinds=np.bincount(split.train.label[split.train.label >= 0]).tolist(),
        test_windows=len(tested.score),
        benign_windows=int((~tested.attacked).sum()),
        fit_seconds=round(fitted - begun, 3),
        judge_seconds=round(judged - fitted, 4),
        ten_runs_seconds=_timed(judge, split.test) if of_paper and is_first else None,
        ranked=ranked(tested, cell.seed),
        kinds_f1=kinds_f1,
        kinds_recall=kinds_recall,
        at_threshold=_at_threshold(cell, method, settings, split, tested) if of_paper else None,
        curve=curve(tested) if of_paper and not cell.change else [],
        benign_days=_benign_days(judge, split, verdicts) if cell.protocol == "2" else None,
    )


def _at_threshold(
    cell: Cell, method: Method, settings: Settings, split: Split, tested: Tested
) -> AtThreshold:
    """The threshold is the best on a part of the training windows that a second fit did not see."""
    learned, beside = inner(split.train, cell.seed)
    verdicts = method.fit(learned, settings, cell.seed)(beside)
    threshold = best_threshold(Tested.of(beside, verdicts.score, beside.label))
    return at_threshold(tested, threshold, cell.seed)


def _benign_days(judge: Judge, split: Split, verdicts: Verdicts) -> BenignDays | None:
    if split.calibration is None:
        return None
    ordinary = split.calibration.label == 0
    score, group = judge(split.calibration).score[ordinary], split.calibration.group[ordinary]
    return benign_days(split.test, verdicts, calibrate(score, group))


def _timed(judge: Judge, test: Examples) -> float:
    begun = process_time()
    for _ in range(REPEATS):
        judge(test)
    return round(process_time() - begun, 3)


def share_of(train: Examples, share: float, seed: int) -> Examples:
    """A share of the tracks, each kind's own."""
    kind = np.zeros(int(train.track.max()) + 1, dtype=np.int64)
    np.maximum.at(kind, train.track, train.label)
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(kind), dtype=np.bool_)
    for code in range(len(KINDS)):
        tracks = rng.permutation(np.flatnonzero(kind == code))
        chosen[tracks[: max(1, round(share * len(tracks)))]] = True
    return train.only(chosen[train.track])


def with_hour(split: Split) -> Split:
    """The first hour of each tested recording, its benign windows, learned from as benign.

    They are not tested any more.
    """
    test = split.test
    begun = np.full(int(test.recording.max()) + 1, np.inf)
    np.minimum.at(begun, test.recording, test.end)
    early = test.end < begun[test.recording] + HOUR
    hour = test.only(early & (test.attack == BENIGN))
    later = replace(test, attack=np.where(early, "", test.attack))
    return replace(split, train=joined([split.train, hour]), test=later)

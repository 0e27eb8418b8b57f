"""Which windows of a set would be noticed, by the rules of triage, without its evidence."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.classes import CLASSES, UNKNOWN
from netheed.core.vector import FEATURES, restore
from netheed.model.calibration import p_values
from netheed.model.manifest import GROUPS, TailCalibration
from netheed.training.datasets import KINDS
from netheed.training.examples import Examples

REPEAT: Final = 3600.0
"""Seconds for which the same kind at the same host is not noticed again, as configured."""
_INDEX: Final = {name: position for position, name in enumerate(FEATURES)}


def worth(
    score: NDArray[np.float32],
    group: NDArray[np.int64],
    calibration: dict[str, TailCalibration],
) -> NDArray[np.float64]:
    """The p-value of each of n windows by the calibration of its host group."""
    result = np.ones(len(score))
    for number, name in enumerate(GROUPS):
        chosen = group == number
        result[chosen] = p_values(score[chosen], calibration[name])
    return result


def enough(examples: Examples, kind: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether the evidence of each window reaches the floor of its `kind`, an index into KINDS."""
    values = restore(examples.vectors.astype(np.float32))
    result = np.zeros(len(kind), dtype=np.bool_)
    for code, name in enumerate((UNKNOWN, *KINDS[1:])):
        reached = [values[:, _INDEX[each]] >= least for each, least in CLASSES[name].floor.items()]
        result |= (kind == code) & np.logical_and.reduce(reached)
    return result


def noticed(
    examples: Examples, p_value: NDArray[np.float64], kind: NDArray[np.int64], at: float
) -> NDArray[np.int64]:
    """Rows that raise a notice at a p-value of `at`: odd, with enough evidence, no repeat.

    `kind` (n) is the likeliest kind of each window, 0 for an unknown one.
    """
    odd = np.flatnonzero((p_value <= at) & enough(examples, kind))
    last: dict[tuple[int, int], float] = {}
    rows = []
    for row in odd[np.argsort(examples.end[odd], kind="stable")].tolist():
        key, now = (int(examples.track[row]), int(kind[row])), float(examples.end[row])
        if now - last.get(key, -np.inf) >= REPEAT:
            last[key] = now
            rows.append(row)
    return np.array(rows, dtype=np.int64)

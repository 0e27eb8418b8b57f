"""What a score is worth: conformal p-values, by host group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from netheed.core.vector import FEATURES
from netheed.errors import ModelError
from netheed.model.manifest import TailCalibration

QUIET_CONNECTIONS: Final = 3
_CONNECTIONS_OUT, _CONNECTIONS_IN, _IN_SHARE = (
    list(FEATURES).index(name) for name in ("connections_out", "connections_in", "in_share")
)


def host_groups(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """The group of each window, an index into GROUPS, from vectors in the units of FEATURES."""
    connections = values[:, _CONNECTIONS_OUT] + values[:, _CONNECTIONS_IN]
    role = np.where(values[:, _IN_SHARE] > 0.5, 2, 1)
    return np.where(connections <= QUIET_CONNECTIONS, 0, role)


@dataclass(frozen=True, slots=True)
class Tail:
    """The highest scores of the calibration windows of one group, ascending."""

    scores: NDArray[np.float64]
    above: NDArray[np.float64]
    """Windows at or above each score and, before them all, all windows."""
    windows: int

    @classmethod
    def of(cls, calibration: TailCalibration) -> "Tail":
        """As the manifest has it, descending. Raises ModelError where a score is no number.

        A manifest that was read has none such; one of a fit that went wrong would.
        """
        if np.isnan(calibration.scores).any():
            raise ModelError("calibrated with scores that are no numbers")
        above = np.array([calibration.windows, *calibration.above[::-1]], dtype=np.float64)
        return cls(np.array(calibration.scores[::-1]), above, calibration.windows)

    def p_values(self, score: NDArray[np.float32]) -> NDArray[np.float64]:
        """(1 + calibration windows at least as odd) / (1 + all) (Vovk et al. 2005).

        Between two stored scores the windows above the lower one are counted: p is never too small.
        Of a score that is no number nothing is known, and p is none either.
        """
        lower = np.searchsorted(self.scores, score.astype(np.float64), side="left")
        p_value = (1.0 + self.above[lower]) / (1.0 + self.windows)
        return np.where(np.isnan(score), np.nan, p_value)


def p_values(score: NDArray[np.float32], calibration: TailCalibration) -> NDArray[np.float64]:
    """The p-values of scores within one group."""
    return Tail.of(calibration).p_values(score)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The tails of all groups."""

    tails: tuple[Tail, ...]

    @classmethod
    def of(cls, calibrations: Mapping[str, TailCalibration], groups: tuple[str, ...]) -> Self:
        """In the order of `groups`; the manifest has been checked to have them all."""
        return cls(tuple(Tail.of(calibrations[name]) for name in groups))

    def p_values(self, score: NDArray[np.float32], group: NDArray[np.int64]) -> NDArray[np.float64]:
        """Each score by the tail of its group."""
        result = np.ones(len(score))
        for number, tail in enumerate(self.tails):
            chosen = group == number
            if chosen.any():
                result[chosen] = tail.p_values(score[chosen])
        return result

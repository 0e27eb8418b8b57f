"""Several looks at a host, one verdict: how the p-values of the scales become one."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MINUTE: Final = "minute"
PAIR: Final = "pair"
HOURS: Final = "hours"
SCALES: Final = (MINUTE, PAIR, HOURS)
"""The host's minute; the life of one of its pairs; the host's last hours."""
WEIGHTS: Final = np.array([0.35, 0.65, 0.2])
"""Of each scale where several speak: what calls again and again is the life's to judge, and a
minute speaks for itself in the others, which are most."""
_USUAL: Final = 0.5
"""What lies above counts as this: that one scale finds a host very usual must not outweigh what the
other has seen (left-truncated, as Fang, Chang, Park and Tseng 2023, and further than they do)."""


def combined(p_values: Floats) -> Floats:
    """One p-value a column of (SCALES, hosts); NaN where a scale says nothing of a host.

    There may be the first of SCALES only.

    Of a host of which none says anything it is NaN.

    The Cauchy combination test (Liu and Xie, JASA 115:393, 2020): the weighted mean of
    tan((1/2 - p) pi) is Cauchy in the tail however the p-values depend on each other, as they do
    here: all scales see the same connections.
    """
    known = ~np.isnan(p_values)
    weight = np.where(known, WEIGHTS[: len(p_values), None], 0.0)
    total = weight.sum(axis=0)
    clipped = np.clip(np.where(known, p_values, 0.5), 1e-15, _USUAL)
    statistic = (weight * np.tan((0.5 - clipped) * np.pi)).sum(axis=0) / np.maximum(total, 1e-9)
    together = 0.5 - np.arctan(statistic) / np.pi
    alone = np.where(total > 0, np.where(known, p_values, 0.0).sum(axis=0), np.nan)
    result: Floats = np.where(known.sum(axis=0) > 1, together, alone)
    return result


def least(
    p_values: Floats, groups: NDArray[np.int64], size: int
) -> tuple[Floats, NDArray[np.int64]]:
    """The least p-value of each of `size` groups, as one p-value, and whose it is.

    It is multiplied by how many there were (Bonferroni), which holds under any dependence. NaN and
    -1 where a group has none; `groups` ascend.
    """
    value, whose = np.full(size, np.nan), np.full(size, -1, dtype=np.int64)
    if len(groups):
        order = np.lexsort((p_values, groups))
        there, first, count = np.unique(groups[order], return_index=True, return_counts=True)
        whose[there] = order[first]
        value[there] = np.minimum(p_values[order[first]] * count, 1.0)
    return value, whose

"""What every method of the comparison is: something fitted on windows that then judges windows.

The detector and all baselines stand behind these few names, get the same windows, the same splits
and the same number of trials to choose their settings.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netheed.training.examples import Examples

Settings = Mapping[str, float]


class Verdicts(NamedTuple):
    """What a fitted method says of n windows."""

    score: NDArray[np.float32]
    """(n); higher is odder. Of any scale."""
    kinds: NDArray[np.float32] | None = None
    """(n, KINDS) probabilities, None from a method that knows no classes."""


Judge = Callable[[Examples], Verdicts]
"""Judges every window of a set, with the windows before it in its track as history."""


@dataclass(frozen=True, slots=True)
class Span:
    """The values that a setting may take in the search."""

    low: float
    high: float
    log: bool = False
    whole: bool = False
    """Only whole numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of the comparison."""

    name: str
    supervised: bool
    """Uses `Examples.label` beyond knowing which windows are benign."""
    fit: Callable[[Examples, Settings, int], Judge]
    """(training windows, settings, seed) -> judge. Settings that are not given have defaults."""
    spans: Mapping[str, Span]
    """What the search may choose; empty where nothing can be chosen."""

"""What is usual: of one host, and of the others, from the windows that are remembered."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.segments import Words
from netheed.core.sequences import Sequences

FEWEST: Final = 8
"""Below so many windows a range says nothing yet."""
MOST_PEERS: Final = 512


@dataclass(frozen=True, slots=True)
class Ranges:
    """5th percentile, median and 95th percentile of every feature, transformed."""

    low: NDArray[np.float32]
    median: NDArray[np.float32]
    high: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> "Ranges | None":
        """Over a table of transformed vectors, one a row; None where they are few."""
        if len(vectors) < FEWEST:
            return None
        low, median, high = np.percentile(vectors, (5, 50, 95), axis=0).astype(np.float32)
        return cls(low, median, high)


def own_range(sequences: Sequences, word: Words) -> Ranges | None:
    """Over the earlier windows of the host of a word (an array of one)."""
    return Ranges.of(sequences.past(word))


def peers_range(sequences: Sequences, word: Words) -> Ranges | None:
    """Over the newest windows of the other hosts."""
    hosts, newest = sequences.newest(MOST_PEERS)
    return Ranges.of(newest[hosts != word[0]])

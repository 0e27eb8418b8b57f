"""How much a name looks as if a machine had made it up: 0 for a word, 1 for random characters.

A small model of pairs of neighbouring characters in labels, `bigrams.py`, which
`python -m bench.bigrams` makes from the names in benign recordings.
"""

import math
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np

from netheed.core.bigrams import MIDDLE, ROWS, STEP, WIDTH

ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789-"
"""What DNS knows in a label; every other character stands for the last of them."""
SHORTEST: Final = 5
"""Characters of a label of which anything is said."""
_LONGEST: Final = 64
"""Characters of a label that are looked at, which is one more than DNS allows."""

LOG_ODDS: Final = np.array(
    [[int(row[at : at + 2], 16) - 128 for at in range(0, len(row), 2)] for row in ROWS],
    dtype=np.int8,
)
"""(first, second) character: log of how much likelier than by chance, in STEP nats."""
_TABLE: Final[list[list[int]]] = LOG_ODDS.tolist()
_PLACES: Final = {character: place for place, character in enumerate(ALPHABET)}


@lru_cache(maxsize=65_536)
def generated(name: str) -> float:
    """Of the label that looks most like it; 0 where none is long enough to tell.

    The last label is left out where there are others: registries choose it, not whoever generates.
    """
    labels = name.split(".")
    told = [label for label in labels[: max(1, len(labels) - 1)] if len(label) >= SHORTEST]
    return max((_of_label(label[:_LONGEST]) for label in told), default=0.0)


def likeliness(label: str) -> float:
    """Mean log odds of the label's pairs against chance, nats."""
    places = [_PLACES.get(character, len(ALPHABET) - 1) for character in label]
    pairs = pairwise(places)
    return STEP * sum(_TABLE[one][other] for one, other in pairs) / max(1, len(label) - 1)


def _of_label(label: str) -> float:
    return 1.0 / (1.0 + math.exp((likeliness(label) - MIDDLE) / WIDTH))

"""How much of what comes live sources take in: all of it, larger pieces, or a sample.

One for all sources of a run; the daemon turns it. A connection is left out before it is decoded,
where that is possible, by drawing from what the system knows as random: nothing that stands in a
record decides, so nobody can choose to be left out.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.sources.lines import BLOCK

FRAMES: Final = 32
"""Translated together: fewer cost more a connection, more fall out of the second-level cache."""
LARGER: Final = 3
"""Times as much at once. Four times would come to the longest line, for which is looked then."""


@dataclass(slots=True)
class Intake:
    """What the sources ask before each piece. Not thread-safe."""

    larger: bool = False
    """Whether pieces are LARGER."""
    halvings: int = 0
    """A connection is taken in with the probability 2 ** -halvings."""
    draw: np.random.Generator = field(default_factory=np.random.default_rng)

    @property
    def block(self) -> int:
        """Bytes of a log that are read at once."""
        return BLOCK * LARGER if self.larger else BLOCK

    @property
    def frames(self) -> int:
        """Frames that are taken at once."""
        return FRAMES * LARGER if self.larger else FRAMES

    @property
    def probability(self) -> float:
        """With which a connection is taken in."""
        return 2.0**-self.halvings

    def left_out(self, connections: int) -> NDArray[np.int64]:
        """The places of those that are left out of so many, ascending."""
        return np.flatnonzero(self.draw.random(connections) >= self.probability)

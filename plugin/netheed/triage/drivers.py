"""Why a window is odd: the features whose return to the usual takes most of the score away."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.features import HostWindows
from netheed.core.ranges import own_range, peers_range
from netheed.core.segments import Words
from netheed.core.sequences import Sequences
from netheed.core.vector import FEATURES, Ranges, restore
from netheed.model.life import HOUR_LIFE, PAIR_LIFE
from netheed.ports import BATCH, Model
from netheed.records import Driver
from netheed.triage.life_drivers import life_drivers

MOST: Final = 5
ROUNDING: Final = 0.02
"""On the transformed scale, about 2 %: sequences keep multiples of up to 1/128."""
_AGE: Final = list(FEATURES).index("age")
"""How long a host is known says when it is odd, never why."""

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drivers:
    """Finds the reasons by occlusion (Zeiler and Fergus 2014), checked on the model itself.

    Each feature alone is put back to its usual value in the newest window and the sequence is
    scored again. Features inside their usual range are no reason while there is one outside.
    """

    model: Model
    usual: Ranges
    """Over the model's benign windows."""
    sequences: Sequences

    def of(self, windows: HostWindows, at: int) -> tuple[Driver, ...]:
        """The drivers of the host at a place, most telling first."""
        word = windows.rows.hosts[at : at + 1]
        vector = windows.vectors[at]
        usual, is_own = self._usual(vector, own_range(self.sequences, word))
        effects = self._effects(word, usual)
        outside = _outside(vector, usual)
        outside[_AGE] = False
        telling = (effects > 0) & outside
        chosen = telling if telling.any() else effects > 0
        order = [int(f) for f in np.argsort(-effects, kind="stable") if chosen[f]][:MOST]
        low, high = restore(usual.low), restore(usual.high)
        peers = peers_range(self.sequences, word)
        peers_low = restore(peers.low).tolist() if peers else None
        peers_high = restore(peers.high).tolist() if peers else None
        names = list(FEATURES.items())
        return tuple(
            Driver(
                feature=names[f][0],
                unit=names[f][1].unit,
                value=float(windows.values[at, f]),
                usual_low=float(low[f]),
                usual_high=float(high[f]),
                usual_from="host" if is_own[f] else "model",
                peers_low=peers_low[f] if peers_low else None,
                peers_high=peers_high[f] if peers_high else None,
                effect=float(effects[f]),
            )
            for f in order
        )

    def of_pair(self, windows: HostWindows, pair: int) -> tuple[Driver, ...]:
        """The drivers of a pair whose life was looked at, most telling first."""
        pairs = self.model.pairs
        return life_drivers(pairs, PAIR_LIFE, windows.lives, pair) if pairs else ()

    def of_hours(self, windows: HostWindows, look: int) -> tuple[Driver, ...]:
        """The drivers of a host's hours that were looked at, most telling first."""
        hours = self.model.hours
        return life_drivers(hours, HOUR_LIFE, windows.hours, look) if hours else ()

    def _usual(self, vector: Vector, own: Ranges | None) -> tuple[Ranges, NDArray[np.bool_]]:
        """What is usual of each feature, and whether that is the host's own range.

        The model's benign range stands in for a new host, and for a feature that is inside the
        host's own range: an attack of hours has become usual for its host.
        """
        model = self.usual
        if own is None:
            return model, np.zeros(len(vector), dtype=np.bool_)
        is_own = _outside(vector, own)
        mixed = Ranges(
            low=np.where(is_own, own.low, model.low),
            median=np.where(is_own, own.median, model.median),
            high=np.where(is_own, own.high, model.high),
        )
        return mixed, is_own

    def _effects(self, word: Words, usual: Ranges) -> Vector:
        """How much of the score each feature takes with it."""
        sequence, mask = self.sequences.read(word)
        features = len(FEATURES)
        variants = np.repeat(sequence, features + 1, axis=0)
        each = np.arange(features)
        variants[each, -1, each] = usual.median
        score = np.concatenate(
            [
                self.model.score(part, np.repeat(mask, len(part), axis=0)).score
                for part in np.split(variants, range(BATCH, len(variants), BATCH))
            ]
        )
        effects: Vector = score[-1] - score[:-1]
        return effects


def _outside(vector: Vector, usual: Ranges) -> NDArray[np.bool_]:
    """Features beyond their range by more than what rounding of kept vectors can make."""
    outside: NDArray[np.bool_] = (vector < usual.low - ROUNDING) | (vector > usual.high + ROUNDING)
    return outside

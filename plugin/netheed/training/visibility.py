"""When an attack can be seen in a window, so that its label counts.

These values are part of what a model is: whoever changes one trains another model. What is enough
for a notice is said in `netheed.classes`, and may be tuned without a training.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.vector import FEATURES

LEAST_VISIBLE: Final[dict[str, dict[str, float]]] = {
    "scan": {"new_destinations_recent": 7.5},
    "brute_force": {"tries_recent": 5},
    "dns_tunnel": {"dns_bytes_recent": 5_000},
    "beacon": {"beats": 3},
    "exfiltration": {"upload_long": 500_000},
    "flood": {"peak_second": 5},
}
"""Kind -> feature -> least value: below it, a window of the attack is no example of it."""

_INDEX: Final = {name: position for position, name in enumerate(FEATURES)}


def visible(kind: str, values: NDArray[np.float32]) -> bool:
    """Whether a window's vector (features), in the units of FEATURES, shows its attack."""
    return all(values[_INDEX[name]] >= least for name, least in LEAST_VISIBLE[kind].items())

"""What the models of lives read: a pair's last connections, a host's last hours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core import hours, lives
from netheed.core.hour_vector import AROUND, HOURS
from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.vector import Feature

Groups = NDArray[np.int64]
_EXTERNAL: Final = list(CONTEXT).index("external")


def pair_groups(context: NDArray[np.float32]) -> Groups:
    """The group of each pair, an index into the groups of PAIR_LIFE, from columns of CONTEXT."""
    return (context[:, _EXTERNAL] > 0.5).astype(np.int64)


def hour_groups(context: NDArray[np.float32]) -> Groups:
    """The group of each host's hours: they have one."""
    return np.zeros(len(context), dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Life:
    """A life as its model reads it: steps one by one, and what is known beside."""

    part: str
    """What it is called in the manifest."""
    called: str
    """What its steps are called there, and as the model's input."""
    steps: Mapping[str, Feature]
    context: Mapping[str, Feature]
    unread: tuple[str, ...]
    """What is known beside and no model is to read: it grows with the site or with the memory,
    whatever a life does. What there is to learn from are small networks, recorded for a day, and a
    larger or longer known site would be judged by it alone."""
    length: int
    """Steps that are kept."""
    groups: tuple[str, ...]
    """Each has a calibration of its own."""
    group_of: Callable[[NDArray[np.float32]], Groups]
    """Contexts -> indices into `groups`."""

    @property
    def file(self) -> str:
        """The model's file in its directory."""
        return f"{self.part}.onnx"

    def reading(self, beside: int) -> "Life":
        """As a model reads it that was made when there were fewer columns beside."""
        return replace(self, context=dict(islice(self.context.items(), beside)))


PAIR_LIFE: Final = Life(
    part="pairs",
    called="calls",
    steps=CALLS,
    context=CONTEXT,
    unread=("port_hosts", "host_age"),
    length=lives.LENGTH,
    groups=("inside", "outside"),
    group_of=pair_groups,
)
"""A pair's; the groups are by where the peer is."""
HOUR_LIFE: Final = Life(
    part="hours",
    called="steps",
    steps=HOURS,
    context=AROUND,
    unread=("age", "hours", "others_new_remote"),
    length=hours.LENGTH,
    groups=("host",),
    group_of=hour_groups,
)
"""A host's, hour by hour."""
LIVES: Final = (PAIR_LIFE, HOUR_LIFE)

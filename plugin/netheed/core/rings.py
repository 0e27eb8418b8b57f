"""The last values of each key, kept in rings: a value's number says where in its ring it stands."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netheed.core.grouped import Grouped
from netheed.core.segments import Ints


def with_new(
    rings: NDArray[Any], visits: Ints, pairs: Grouped, values: NDArray[Any], new: Ints, held: Ints
) -> NDArray[Any]:
    """The rings of some visits' pairs, (visits, length, ...), with what is new after each visit.

    `new` counts for each visit the values that its pair has got with these visits, `values` are
    all of them, pair by pair; `held` are those that each pair has had before.
    """
    length = rings.shape[1]
    pair = pairs.group[visits]
    total = (held[pair] + new[visits])[:, None]
    newest = new[pairs.lasts]
    first = (np.cumsum(newest) - newest)[pair]
    # The number of the value that stands in each place: below 0 for none.
    number = total - 1 - (total - 1 - np.arange(length)) % length
    ours = number >= held[pair][:, None]
    rings[ours] = values[(number + (first - held[pair])[:, None])[ours]]
    return rings


def unrolled(rings: NDArray[Any], counts: Ints) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Rings (n, length, ...) with the newest value last, and where one is: (n, length).

    `counts` are the values that each ring has had in all.
    """
    length = rings.shape[1]
    back = np.arange(length - 1, -1, -1)
    place = (counts[:, None] - 1 - back) % length
    return rings[np.arange(len(rings))[:, None], place], back < counts[:, None]

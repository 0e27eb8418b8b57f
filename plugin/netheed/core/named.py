"""Windows with what names say: a last step before a model reads them.

Names are learned window by window, so that those of a pass of several minutes know no more than
each would by itself.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.features import HostWindows
from netheed.core.life_vector import CONTEXT, NAMED, scaled
from netheed.core.names import Called, Names

_FIRST: Final = len(CONTEXT) - len(NAMED)


def with_names(windows: HostWindows, names: Names) -> HostWindows:
    """The same with NAMED filled in, and with the names of all peers that a notice could name."""
    names.learn(windows.tick.end)
    if not names:
        return windows
    context = windows.lives.context.copy()
    context[:, _FIRST:] = _facts(windows, names)
    lives = replace(windows.lives, context=context)
    return replace(windows, lives=lives, called=_called(windows, names))


def _facts(windows: HostWindows, names: Names) -> NDArray[np.float32]:
    """(lives, NAMED), scaled."""
    rows, lives = windows.rows, windows.lives
    hosts, peers = rows.hosts[lives.host], rows.peer[lives.row]
    said = names.of(hosts, peers, windows.tick.end)
    return scaled(np.stack([getattr(said, name) for name in NAMED], axis=1), NAMED)


def _called(windows: HostWindows, names: Names) -> Called:
    rows = windows.peer_rows
    hosts = windows.rows.hosts[windows.rows.by_host.ids[rows]]
    return Called(rows, names.called(hosts, windows.rows.peer[rows]))

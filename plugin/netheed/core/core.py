"""The core as a machine: fed with columns, advanced by time, saved and restored.

    feed, advance  ──>  windows  ──tick──>  features  ──vectors──>  sequences  ──>  next_closed()

It has no clock, no input or output and no model. Between two calls of `next_closed` everything it
remembers is in `snapshot()`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netheed.core.columns import Columns
from netheed.core.features import Features, HostWindows
from netheed.core.segments import Words
from netheed.core.sequences import Sequences
from netheed.core.state import State, joined, part, words
from netheed.core.vector import FEATURES
from netheed.core.windows import Windows
from netheed.errors import StateError


@dataclass(slots=True, kw_only=True)
class Core:
    """Windows, features and sequences of all hosts. Not thread-safe."""

    windows: Windows
    features: Features
    sequences: Sequences

    def begin(self, origin: str) -> None:
        """Announce an origin; no window closes before it has passed it too."""
        self.windows.begin(origin)

    def feed(self, origin: str, batch: Columns) -> None:
        """Take a batch from an origin that has begun."""
        self.windows.feed(origin, batch)

    def advance(self, origin: str, time: float) -> None:
        """Event time has come so far at an origin, whether or not it has records to say so."""
        self.windows.advance(origin, time)

    def finish(self, origin: str) -> None:
        """The origin has ended and holds nothing back any more."""
        self.windows.finish(origin)

    def next_closed(self) -> HostWindows | None:
        """The oldest window that is due, as vectors that are now part of their hosts' sequences."""
        while (tick := self.windows.next_closed()) is not None:
            hosts = self.features.of(tick)
            if hosts is not None:
                self.sequences.push(hosts.rows.hosts, hosts.vectors, tick.end)
                return hosts
        return None

    def read(self, hosts: Words) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Sequences (hosts, length, features) and mask (hosts, length) of known hosts."""
        return self.sequences.read(hosts)

    @property
    def shed(self) -> dict[str, int]:
        """What the caps left out, by cause."""
        windows = {"far_windows": self.windows.shed, "hurried_windows": self.windows.hurried}
        return self.features.shed | windows

    def snapshot(self) -> State:
        """All that is remembered, as plain arrays that later calls do not change."""
        parts = {
            "windows": self.windows.snapshot(),
            "features": self.features.snapshot(),
            "sequences": self.sequences.snapshot(),
        }
        shape = {"width": np.array(self.windows.width), "names": words(FEATURES)}
        return {name: array.copy() for name, array in (joined(parts) | shape).items()}

    def restore(self, state: State) -> None:
        """Take up a snapshot. Raises StateError where it is another's."""
        try:
            if state["names"].tolist() != list(FEATURES):
                raise StateError("the state is of other features than this netheed's")
            if float(state["width"]) != self.windows.width:
                raise StateError("the state is of windows of another length")
            if state["sequences/rings"].shape[1] != self.sequences.length:
                raise StateError("the state is of sequences of another length")
            self.windows.restore(part(state, "windows"))
            self.features.restore(part(state, "features"))
            self.sequences.restore(part(state, "sequences"))
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise StateError(f"the state is damaged: {error!r}") from None

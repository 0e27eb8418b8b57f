"""The core as a machine: fed with columns, advanced by time, saved and restored.

    feed, advance  ──>  windows  ──ticks──>  doubles  ──>  features  ──>  due()
        name, act  ──>  names, acts  ──────────────────────────────────────^
                                                       keep()  ──>  sequences

It has no clock, no input or output and no model. When all windows that `due` gave have been kept,
everything it remembers is in `snapshot()`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from netheed.core.act_rows import ActRows
from netheed.core.acted import with_acts
from netheed.core.acts import Acts
from netheed.core.columns import Columns
from netheed.core.compared import Compared
from netheed.core.doubles import Doubles
from netheed.core.features import QUIET, Features, HostWindows
from netheed.core.named import with_names
from netheed.core.names import Names
from netheed.core.namings import Namings
from netheed.core.sequences import Ahead, Sequences
from netheed.core.state import State, joined, part, words
from netheed.core.vector import FEATURES
from netheed.core.windows import Tick, Windows
from netheed.errors import StateError


@dataclass(slots=True, kw_only=True)
class Core:
    """Windows, features and sequences of all hosts. Not thread-safe."""

    windows: Windows
    features: Features
    sequences: Sequences
    names: Names = field(default_factory=Names)
    acts: Acts = field(default_factory=Acts)
    doubles: Doubles = field(default_factory=Doubles)
    compared: Compared = field(default_factory=Compared)
    together: int = 1
    """Quiet minutes that may pass the features at once: what is said of each stays the same."""

    def begin(self, origin: str, lateness: float | None = None) -> None:
        """Announce an origin; no window closes before it has passed it too."""
        self.windows.begin(origin, lateness)

    def feed(self, origin: str, batch: Columns) -> None:
        """Take a batch from an origin that has begun."""
        self.windows.feed(origin, batch)

    def name(self, namings: Namings) -> None:
        """Take what peers are called, from any origin; each counts from its time on."""
        self.names.take(namings)

    def act(self, acts: ActRows) -> None:
        """Take what hosts did at their peers, likewise."""
        self.acts.take(acts)

    def advance(self, origin: str, time: float) -> None:
        """Event time has come so far at an origin, whether or not it has records to say so."""
        self.windows.advance(origin, time)

    def finish(self, origin: str) -> None:
        """The origin has ended and holds nothing back any more."""
        self.windows.finish(origin)

    def due(self) -> list[HostWindows]:
        """The windows of the oldest minute that is due, or of several quiet ones.

        They are part of what features remember, and no part of sequences before `keep`.
        """
        while ticks := self._next_ticks():
            if windows := self.features.of(ticks):
                return [with_acts(with_names(one, self.names), self.acts) for one in windows]
        return []

    def ahead(self, windows: Sequence[HostWindows]) -> Ahead:
        """Sequences as they are going to be when these windows have been kept one by one."""
        return self.sequences.ahead(
            np.concatenate([one.rows.hosts for one in windows]),
            np.concatenate([one.vectors for one in windows]),
        )

    def weigh(
        self, passed: Sequence[HostWindows], score: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """What the looks at pairs of some ticks say together with the earlier ones at each pair.

        Every look must be weighed once, in the order of time.
        """
        return self.features.weigh(np.concatenate([w.lives.key for w in passed]), score)

    def forget_evidence(self) -> None:
        """Another model scores from now on; nothing else that is remembered depends on one."""
        self.features.forget_evidence()

    def keep(self, windows: HostWindows) -> None:
        """Make windows part of their hosts' sequences."""
        self.sequences.push(windows.rows.hosts, windows.vectors, windows.tick.end)

    def _next_ticks(self) -> list[Tick]:
        """One, or up to `together` quiet ones that make no table forget anything."""
        tick = self._next_tick()
        ticks = [] if tick is None else [tick]
        size = len(tick.rows) if tick is not None else 0
        while ticks and len(ticks) < self.together and size <= QUIET * len(ticks):
            more = self.windows.next_size()
            if more is None or more > QUIET or not self._has_room(size + more):
                break
            following = self._next_tick()
            if following is None:
                break
            ticks.append(following)
            size += more
        return ticks

    def _next_tick(self) -> Tick | None:
        """The oldest window that is due, without what two sensors told of one connection."""
        tick = self.windows.next_closed()
        if tick is None:
            return None
        once = self.doubles.without(tick)
        if not tick.rows["halvings"].any():  # of two samples neither lacks what the other one has
            self.compared.take(tick, two_feed=self.doubles.two_feed(tick.end))
        return once

    def _has_room(self, connections: int) -> bool:
        room = self.features.has_room(connections) and self.sequences.has_room(2 * connections)
        return room and self.names.has_room and self.acts.has_room

    @property
    def shed(self) -> dict[str, int]:
        """What the caps left out, by cause."""
        windows = {"far_windows": self.windows.shed, "hurried_windows": self.windows.hurried}
        hurried = {"hurried_names": self.names.hurried, "hurried_acts": self.acts.hurried}
        return self.features.shed | windows | hurried

    def snapshot(self) -> State:
        """All that is remembered, as plain arrays that later calls do not change."""
        parts = {
            "windows": self.windows.snapshot(),
            "features": self.features.snapshot(),
            "sequences": self.sequences.snapshot(),
            "names": self.names.snapshot(),
            "acts": self.acts.snapshot(),
            "doubles": self.doubles.snapshot(),
            "compared": self.compared.snapshot(),
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
            self.names.restore(part(state, "names"))
            self.acts.restore(part(state, "acts"))
            self.doubles.restore(part(state, "doubles"))
            self.compared.restore(part(state, "compared"))
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise StateError(f"the state is damaged: {error!r}") from None

"""The hours of a host: what it did in each of the last hours of the clock in which it was active.

The running hour is summed up, those that have ended are kept as they were. They are looked at when
the running hour has come to so many active minutes (LOOKED), so that a look costs the logarithm of
what a host does, and whenever remote administration of another host begins, which may be over soon;
an hour without activity leaves nothing.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.grouped import Grouped
from netheed.core.hour_vector import HOURS
from netheed.core.index import LAST_SECOND
from netheed.core.lives import hour_of
from netheed.core.rings import unrolled, with_new
from netheed.core.segments import Floats, Ints, Mask, Words
from netheed.core.state import State, words
from netheed.core.table import Layout, Table

LENGTH: Final = 8
"""Hours that are kept, the running one among them."""
LOOKED: Final = (1, 2, 4, 8, 16, 32, 60)
"""Active minutes of the running hour at which a host's hours are looked at."""
MINUTES, SINCE, NEW_REMOTE = (list(HOURS).index(n) for n in ("minutes", "since", "new_remote"))
"""Their places among HOURS."""

_ENDED: Final = LENGTH - 1
_HOST: Final[Layout] = {
    "first": ("u4", 0),  # end of the first window, seconds
    "hour": ("u4", 0),  # the number of the running hour
    "hours": ("u4", 0),  # hours in all
    "running": ("f4", (len(HOURS),)),  # sums
    "ended": ("f2", (_ENDED, len(HOURS))),  # log(1 + sums)
}
_LAST_HOUR: Final = 4_294_967_295
_FULL: Final = 7 * 613_566_755 + 1
"""Hours in all, of which a multiple of _ENDED have ended: a counter goes on from here."""


@dataclass(frozen=True, slots=True)
class Looks:
    """The hosts that are looked at; one entry a window."""

    windows: Ints
    """Which of the windows, ascending."""
    steps: NDArray[np.float32]
    """(looks, LENGTH, len(HOURS)) as log(1 + x), the newest last."""
    there: Mask
    """(looks, LENGTH): where an hour is."""
    first: Floats
    """The end of the host's first window, seconds."""
    hours: Ints
    """Hours in which the host was active, in all."""
    others: Ints
    """Other hosts of the tick with new remote administration in the running hour."""

    def __len__(self) -> int:
        return len(self.windows)


@dataclass(slots=True)
class Hours:
    """Memory per host; the hosts longest unseen make room."""

    limit: int
    table: Table = field(init=False)

    def __post_init__(self) -> None:
        self.table = Table(_HOST, self.limit)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def nbytes(self) -> int:
        """Bytes of all hosts and of what finds them."""
        return self.table.nbytes

    def has_room(self, hosts: int) -> bool:
        """Whether so many hosts make no other one forgotten."""
        return len(self.table) + hosts <= self.limit

    def snapshot(self) -> State:
        """All hosts, and what each number of an hour is called."""
        return self.table.snapshot() | {"names": words(HOURS)}

    def restore(self, state: State) -> None:
        """Take up what another instance with the same limit gave. Raises ValueError."""
        if state["names"].tolist() != list(HOURS):
            raise ValueError("hours of other numbers")
        if any(state[name].shape[1:] != self.table[name].shape[1:] for name in _HOST):
            raise ValueError("hours of another length")
        self.table.restore(state)

    def update(self, hosts: Words, tick: Ints, added: NDArray[np.float32], ends: Floats) -> Looks:
        """Learn windows of hosts, and give those whose hours are to be looked at.

        `hosts`, `tick`, `ends` (seconds) and `added` are of each window, in the order of time;
        `added` is (windows, len(HOURS)): what each adds to its hour, and nothing as `since`.
        """
        by_host = Grouped.by(hosts)
        order = by_host.order
        # From here on all is in the order of the hosts, and of time within a host.
        windows = Grouped(by_host.keys, np.arange(len(order)), by_host.firsts, by_host.group)
        added, ends = added[order], ends[order]
        at, fresh = self.table.admit(windows.keys, ends[windows.lasts])
        self.table["first"][at[fresh]] = np.clip(ends[windows.firsts[fresh]], 0.0, LAST_SECOND)
        begins, added[:, SINCE] = self._clock(at, fresh, windows, ends)
        before, after = self._sum(at, windows, begins, added)
        begun = added[:, NEW_REMOTE] > 0
        chosen = np.flatnonzero(np.isin(after[:, MINUTES], LOOKED) | begun)
        chosen = chosen[np.argsort(order[chosen])]
        hours, steps, there = self._keep(at, windows, begins, before, chosen)
        first = self.table["first"][at[windows.group[chosen]]].astype(np.float64)
        others = _others(tick[order], after[:, NEW_REMOTE] > 0)[chosen]
        running = np.log1p(after[chosen])
        return Looks(
            windows=order[chosen],
            steps=np.concatenate((steps.astype(np.float32), running[:, None]), axis=1),
            there=np.concatenate((there, np.ones((len(chosen), 1), dtype=np.bool_)), axis=1),
            first=first,
            hours=hours,
            others=others,
        )

    def _clock(self, at: Ints, fresh: Mask, windows: Grouped, ends: Floats) -> tuple[Mask, Floats]:
        """Where an hour begins, and how many hours after the one before.

        An hour of a wrong date that was believed goes on nowhere: the next one is another.
        """
        hour = np.clip(hour_of(ends), 0.0, _LAST_HOUR)
        held = np.where(fresh, hour[windows.firsts], self.table["hour"][at])
        back = hour - windows.before(hour, held)
        self.table["hour"][at] = hour[windows.lasts]
        begins = back != 0
        begins[windows.firsts[fresh]] = True
        return begins, np.maximum(back, 0.0)

    def _sum(
        self, at: Ints, windows: Grouped, begins: Mask, added: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The sums of the running hour before and after each window."""
        held = self.table["running"][at]
        before, after = np.empty((2, *added.shape), dtype=np.float32)
        for hosts, rows in windows.rounds():
            before[rows] = held[hosts]
            after[rows] = before[rows] * ~begins[rows, None] + added[rows]
            held[hosts] = after[rows]
        self.table["running"][at] = held
        return before, after

    def _keep(
        self,
        at: Ints,
        windows: Grouped,
        begins: Mask,
        before: NDArray[np.float32],
        chosen: Ints,
    ) -> tuple[Ints, NDArray[np.float16], Mask]:
        """Put the hours that have ended into the rings.

        Of the chosen windows: the hours in all, those that have ended, and where one is.
        """
        held = self.table["hours"][at].astype(np.int64)
        hours = windows.running(held, begins)
        self.table["hours"][at] = _bounded(hours[windows.lasts])
        had = np.maximum(held - 1, 0)
        new = hours - 1 - had[windows.group]
        ended = np.log1p(before[begins & (hours > 1)]).astype(np.float16)
        changed = np.flatnonzero(new[windows.lasts])
        visits = np.concatenate((chosen, windows.lasts[changed]))
        rings = self.table["ended"][at[windows.group[visits]]]
        rings = with_new(rings, visits, windows, ended, new, had)
        self.table["ended"][at[changed]] = rings[len(chosen) :]
        steps, there = unrolled(rings[: len(chosen)], hours[chosen] - 1)
        return _bounded(hours[chosen]), steps, there


def _others(tick: Ints, some: Mask) -> Ints:
    """For each window the others of its tick that are among `some`."""
    others: Ints = np.bincount(tick[some], minlength=tick.max(initial=0) + 1)[tick] - some
    return others


def _bounded(counts: Ints) -> Ints:
    """Counts that four bytes hold; the place in the ring stays what it was."""
    return np.where(counts > _FULL, _FULL + (counts - _FULL) % _ENDED, counts)

"""Recordings -> labelled windows, by the same windows and features that serve."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.features import FEATURES, Features, HostWindows, transform
from netheed.networks import DEFAULT_LOCAL, AddressWords
from netheed.scorer import host_groups
from netheed.training.datasets import KINDS, Recording
from netheed.triage import FLOORS
from netheed.windows import Windows

UNLABELLED: Final = -1
VISIBLE: Final = 0.5
"""An attack window is labelled once the evidence reaches this share of its kind's floor."""
TARGET_CONNECTIONS: Final = 20
"""A target's window is labelled when so many connections of the attack are most of it."""
_INDEX: Final = {name: position for position, name in enumerate(FEATURES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """All windows of some recordings; row by row, each host's windows in order of time."""

    vectors: NDArray[np.float16]
    """(windows, features), transformed."""
    label: NDArray[np.int64]
    """Index into KINDS, or UNLABELLED."""
    group: NDArray[np.int64]
    """Index into scorer.GROUPS."""
    track: NDArray[np.int64]
    """One number for each host of each recording."""
    recording: NDArray[np.int64]
    end: NDArray[np.float64]
    host: list[str]

    def only(self, chosen: NDArray[np.bool_]) -> "Examples":
        """The rows of `chosen`; whole tracks must be chosen, or sequences tear."""
        return Examples(
            vectors=self.vectors[chosen],
            label=self.label[chosen],
            group=self.group[chosen],
            track=self.track[chosen],
            recording=self.recording[chosen],
            end=self.end[chosen],
            host=[self.host[i] for i in np.flatnonzero(chosen)],
        )

    def history(self, length: int) -> NDArray[np.int64]:
        """(windows, length): the rows that end with each window, oldest first, -1 for padding."""
        rows = np.arange(len(self.track))
        back = rows[:, None] - np.arange(length - 1, -1, -1)
        there = (back >= 0) & (self.track[np.maximum(back, 0)] == self.track[:, None])
        return np.where(there, back, -1)


def examples_of(recordings: list[Recording], *, width: float = 60.0) -> Examples:
    """Every window of every recording; recordings share nothing, not even the memory of hosts."""
    parts = [_of_one(number, recording, width) for number, recording in enumerate(recordings)]
    tracks = np.cumsum([0, *(int(part.track.max(initial=-1)) + 1 for part in parts)])
    return Examples(
        vectors=np.concatenate([part.vectors for part in parts]),
        label=np.concatenate([part.label for part in parts]),
        group=np.concatenate([part.group for part in parts]),
        track=np.concatenate([p.track + base for p, base in zip(parts, tracks, strict=False)]),
        recording=np.concatenate([part.recording for part in parts]),
        end=np.concatenate([part.end for part in parts]),
        host=[host for part in parts for host in part.host],
    )


def _of_one(number: int, recording: Recording, width: float) -> Examples:
    """Lateness is unbounded here: a recording is a whole, nothing is late in it."""
    windows = Windows(
        width=width,
        lateness=float("inf"),
        words=AddressWords((*DEFAULT_LOCAL, *recording.local)),
    )
    windows.begin(recording.name)
    windows.add(recording.name, recording.connections)
    windows.finish(recording.name)
    label_of = dict(zip(map(id, recording.connections), recording.labels, strict=True))
    features = Features()
    ticks = [features.of(tick) for tick in windows.closed()]
    host = [name for tick in ticks for name in tick.names]
    names = {name: position for position, name in enumerate(dict.fromkeys(host))}
    track = np.array([names[name] for name in host], dtype=np.int64)
    values = np.concatenate([tick.values for tick in ticks])
    label = np.concatenate([_labels(tick, label_of) for tick in ticks])
    end = np.concatenate([np.full(len(tick.names), tick.tick.end) for tick in ticks])
    order = np.lexsort((end, track))
    return Examples(
        vectors=transform(values).astype(np.float16)[order],
        label=label[order],
        group=host_groups(values)[order],
        track=track[order],
        recording=np.full(len(order), number),
        end=end[order],
        host=[host[i] for i in order],
    )


def _labels(windows: HostWindows, label_of: dict[int, str | None]) -> NDArray[np.int64]:
    """What each host of a tick was doing.

    An originator of attack connections is labelled with their commonest kind as soon as enough of
    it can be seen (VISIBLE); a target only when the attack is most of its window. Windows with an
    unlabelled connection, or with an attack that cannot be seen yet, are neither benign nor attack.
    """
    codes: dict[str | None, int] = {kind: code for code, kind in enumerate(KINDS)}
    codes[None] = UNLABELLED
    of_row = np.array([codes[label_of[id(c)]] for c in windows.tick.connections], dtype=np.int64)
    rows = windows.rows
    counts = np.zeros((rows.by_host.size, len(KINDS) + 1, 2))
    np.add.at(counts, (rows.by_host.ids, of_row[rows.row], rows.out.astype(np.int64)), 1)
    return np.array(
        [_label(counts[host], windows.values[host]) for host in range(rows.by_host.size)]
    )


def _label(counts: NDArray[np.float64], values: NDArray[np.float32]) -> int:
    begun, met = counts[1:-1, 1], counts[1:-1, 0]
    if begun.any():
        kind = int(begun.argmax()) + 1
        floors = FLOORS[KINDS[kind]]
        seen = all(values[_INDEX[name]] >= VISIBLE * least for name, least in floors.items())
        return kind if seen else UNLABELLED
    if met.any():
        enough = met.max() >= max(TARGET_CONNECTIONS, counts.sum() / 2)
        return int(met.argmax()) + 1 if enough else UNLABELLED
    return UNLABELLED if counts[-1].any() else 0

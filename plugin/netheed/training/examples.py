"""Recordings -> labelled windows, by the same windows and features that serve."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core import act_rows, namings
from netheed.core.acted import with_acts
from netheed.core.acts import Acts
from netheed.core.columns import Columns
from netheed.core.features import QUIET, Features, HostWindows
from netheed.core.named import with_names
from netheed.core.names import Names
from netheed.core.networks import DEFAULT_LOCAL, AddressWords
from netheed.core.packed import Packed
from netheed.core.vector import transform
from netheed.core.windows import Tick, ticks_of
from netheed.model.calibration import host_groups
from netheed.training.conversations import Conversations, conversations_of
from netheed.training.datasets import BENIGN, KINDS, Recording
from netheed.training.visibility import visible

UNLABELLED: Final = -1
TOGETHER: Final = 64
"""Quiet minutes that pass the features at once."""
TARGET_CONNECTIONS: Final = 20
"""A target's window is labelled when so many connections of the attack are most of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """All windows of some recordings; row by row, each host's windows in order of time."""

    vectors: NDArray[np.float16]
    """(windows, features), transformed."""
    label: NDArray[np.int64]
    """What training says of a window: index into KINDS, or UNLABELLED."""
    attack: NDArray[np.str_]
    """What a test asks: the published name of the attack, BENIGN, or empty where nobody knows."""
    group: NDArray[np.int64]
    """Index into manifest.GROUPS."""
    track: NDArray[np.int64]
    """One number for each host of each recording."""
    recording: NDArray[np.int64]
    end: NDArray[np.float64]
    host: list[str]
    conversations: Conversations

    @property
    def arrays(self) -> Iterator[NDArray[np.generic]]:
        """All that anything is computed from."""
        yield from (self.vectors, self.label, self.attack, self.group, self.track)
        yield from (self.recording, self.end)
        inside = self.conversations
        yield from (inside.window, inside.peer, inside.values)

    def only(self, chosen: NDArray[np.bool_]) -> "Examples":
        """The rows of `chosen`; whole tracks must be chosen, or sequences tear."""
        return Examples(
            vectors=self.vectors[chosen],
            label=self.label[chosen],
            attack=self.attack[chosen],
            group=self.group[chosen],
            track=self.track[chosen],
            recording=self.recording[chosen],
            end=self.end[chosen],
            host=[self.host[i] for i in np.flatnonzero(chosen)],
            conversations=self.conversations.moved(np.where(chosen, np.cumsum(chosen) - 1, -1)),
        )

    def fewer(self, most: int, seed: int) -> "Examples":
        """At most about `most` windows: whole tracks, drawn at random, each kind its share.

        Tracks with an attack fill half of it at most, so that no kind is lost; the last track of
        either half is kept whole.
        """
        if len(self.label) <= most:
            return self
        rng = np.random.default_rng(seed)
        sizes = np.bincount(self.track)
        hit = np.bincount(self.track, weights=self.label > 0) > 0
        chosen = np.zeros(len(sizes), dtype=np.bool_)
        left = float(most)
        for tracks, share in ((np.flatnonzero(hit), 0.5), (np.flatnonzero(~hit), 1.0)):
            order = rng.permutation(tracks)
            before = np.cumsum(sizes[order]) - sizes[order]
            kept = order[before < left * share]
            chosen[kept] = True
            left -= sizes[kept].sum()
        return self.only(chosen[self.track])

    @property
    def tested(self) -> NDArray[np.bool_]:
        """Windows of which it is known whether they are an attack."""
        known: NDArray[np.bool_] = self.attack != ""
        return known

    @property
    def attacked(self) -> NDArray[np.bool_]:
        """Windows of an attack."""
        attacked: NDArray[np.bool_] = self.tested & (self.attack != BENIGN)
        return attacked

    def history(self, length: int) -> NDArray[np.int64]:
        """(windows, length): the rows that end with each window, oldest first, -1 for padding."""
        rows = np.arange(len(self.track))
        back = rows[:, None] - np.arange(length - 1, -1, -1)
        there = (back >= 0) & (self.track[np.maximum(back, 0)] == self.track[:, None])
        return np.where(there, back, -1)


def examples_of(recordings: list[Recording], *, width: float = 60.0) -> Examples:
    """Every window of every recording; recordings share nothing, not even the memory of hosts."""
    return joined([_of_one(recording, width) for recording in recordings])


def joined(parts: list[Examples]) -> Examples:
    """Several sets as one: tracks and recordings are numbered one part after the other."""
    tracks = np.cumsum([0, *(int(part.track.max(initial=-1)) + 1 for part in parts)])
    recordings = np.cumsum([0, *(int(part.recording.max(initial=-1)) + 1 for part in parts)])
    return Examples(
        vectors=np.concatenate([part.vectors for part in parts]),
        label=np.concatenate([part.label for part in parts]),
        attack=np.concatenate([part.attack for part in parts]),
        group=np.concatenate([part.group for part in parts]),
        track=np.concatenate([p.track + base for p, base in zip(parts, tracks, strict=False)]),
        recording=np.concatenate(
            [p.recording + base for p, base in zip(parts, recordings, strict=False)]
        ),
        end=np.concatenate([part.end for part in parts]),
        host=[host for part in parts for host in part.host],
        conversations=Conversations.joined(
            [part.conversations for part in parts], [len(part.label) for part in parts]
        ),
    )


def _of_one(recording: Recording, width: float) -> Examples:
    ticks = list(windows_of(recording, width=width))
    host = [name for tick in ticks for name in tick.names]
    names = {name: position for position, name in enumerate(dict.fromkeys(host))}
    track = np.array([names[name] for name in host], dtype=np.int64)
    values = np.concatenate([tick.values for tick in ticks])
    label = np.concatenate([_labels(tick, recording.labels) for tick in ticks])
    attack = np.concatenate([_attacks(tick, recording.published) for tick in ticks])
    end = np.concatenate([np.full(len(tick.names), tick.tick.end) for tick in ticks])
    talks = Conversations.joined(
        [conversations_of(tick.rows) for tick in ticks], [len(tick.names) for tick in ticks]
    )
    order = np.lexsort((end, track))
    return Examples(
        vectors=transform(values).astype(np.float16)[order],
        label=label[order],
        attack=attack[order],
        group=host_groups(values)[order],
        track=track[order],
        recording=np.zeros(len(order), dtype=np.int64),
        end=end[order],
        host=[host[i] for i in order],
        conversations=talks.moved(np.argsort(order)),
    )


def windows_of(recording: Recording, *, width: float = 60.0) -> Iterator[HostWindows]:
    """All windows of a recording, by an empty memory; quiet minutes together."""
    words, features, names, acts = words_of(recording), Features(), Names(), Acts()
    names.take(namings.columns(recording.namings, words))
    acts.take(act_rows.columns(recording.acts, words))
    ticks = ticks_of(columns_of(recording, words), width=width)
    for passed in _passes(ticks):
        for windows in features.of(passed):
            yield with_acts(with_names(windows, names), acts)


def _passes(ticks: Iterable[Tick]) -> Iterator[list[Tick]]:
    quiet: list[Tick] = []
    for tick in ticks:
        if quiet and (len(quiet) == TOGETHER or len(tick.rows) > QUIET):
            yield quiet
            quiet = []
        if len(tick.rows) > QUIET:
            yield [tick]
        else:
            quiet.append(tick)
    if quiet:
        yield quiet


def words_of(recording: Recording) -> AddressWords:
    """Its addresses as words, its local networks among the local ones."""
    return AddressWords((*DEFAULT_LOCAL, *recording.local))


def columns_of(recording: Recording, words: AddressWords) -> Columns:
    """With each connection's place in the recording for its uid."""
    columns = Columns.of(recording.connections, words)
    return replace(columns, uid=Packed.of([str(place) for place in range(len(columns))]))


def _places(tick: Tick) -> list[int]:
    """Where in the recording each connection of a tick stands."""
    return [int(str(place)) for place in tick.columns.uid.told(tick.order)]


def _attacks(windows: HostWindows, published: Sequence[str | None]) -> NDArray[np.str_]:
    """What a test asks of each host of a tick, strictly: one attack connection is an attack.

    An originator of attack connections has the name of the commonest; so has a target of which
    they are most of the window. Targets of less, and hosts with a connection that nobody has
    judged, are left out of tests.
    """
    found = np.full(len(windows.names), BENIGN, dtype="<U32")
    rows = windows.rows
    said = [published[place] for place in _places(windows.tick)]
    if all(name == BENIGN for name in said):
        return found
    firsts = np.searchsorted(rows.by_host.ids, np.arange(rows.by_host.size + 1))
    for host, (first, last) in enumerate(pairwise(firsts.tolist())):
        part = slice(first, last)
        pairs = zip(rows.row[part].tolist(), rows.out[part].tolist(), strict=True)
        found[host] = _attack([(said[row], out) for row, out in pairs])
    return found


def _attack(ends: list[tuple[str | None, bool]]) -> str:
    begun = Counter(name for name, out in ends if out and name not in {None, BENIGN})
    if begun:
        return str(begun.most_common(1)[0][0])
    met = Counter(name for name, _ in ends if name not in {None, BENIGN})
    if met:
        name, count = met.most_common(1)[0]
        return str(name) if count >= max(TARGET_CONNECTIONS, len(ends) / 2) else ""
    return "" if any(name is None for name, _ in ends) else BENIGN


def _labels(windows: HostWindows, labels: Sequence[str | None]) -> NDArray[np.int64]:
    """What each host of a tick was doing.

    An originator of attack connections is labelled with their commonest kind as soon as enough of
    it is visible; a target only when the attack is most of its window. Windows with an unlabelled
    connection, or with an attack that cannot be seen yet, are neither benign nor attack.
    """
    codes: dict[str | None, int] = {kind: code for code, kind in enumerate(KINDS)}
    codes[None] = UNLABELLED
    of_row = np.array([codes[labels[place]] for place in _places(windows.tick)], dtype=np.int64)
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
        return kind if visible(KINDS[kind], values) else UNLABELLED
    if met.any():
        enough = met.max() >= max(TARGET_CONNECTIONS, counts.sum() / 2)
        return int(met.argmax()) + 1 if enough else UNLABELLED
    return UNLABELLED if counts[-1].any() else 0

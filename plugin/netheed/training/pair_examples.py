"""Pairs' lives of recordings with what they are: what the pair's model learns from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netheed.core.columns import PROTOS
from netheed.core.features import HostWindows
from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.lives import LENGTH
from netheed.training.datasets import BENIGN, KINDS, Recording
from netheed.training.examples import UNLABELLED, windows_of

_PROTO_WORDS: Final = {code: word for word, code in PROTOS.items()}


class PairKey(NamedTuple):
    """Who talks to whom: the host that begins, and the other end's service."""

    host: str
    peer: str
    port: int
    proto: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairExamples:
    """All looks at pairs' lives of some recordings, in order of time within a recording."""

    calls: NDArray[np.float16]
    """(looks, LENGTH, CALLS)."""
    there: NDArray[np.bool_]
    context: NDArray[np.float32]
    """(looks, CONTEXT)."""
    label: NDArray[np.int64]
    """Index into KINDS, or UNLABELLED."""
    recording: NDArray[np.int64]
    pair: NDArray[np.int64]
    """One number for each pair of each recording."""
    end: NDArray[np.float64]
    """Of the window after which it was looked at."""
    keys: list[PairKey]
    """Of each pair number."""

    def __len__(self) -> int:
        return len(self.label)

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "PairExamples":
        """Some of the looks; pairs keep their numbers."""
        return PairExamples(
            calls=self.calls[chosen],
            there=self.there[chosen],
            context=self.context[chosen],
            label=self.label[chosen],
            recording=self.recording[chosen],
            pair=self.pair[chosen],
            end=self.end[chosen],
            keys=self.keys,
        )


def joined(parts: Sequence[PairExamples]) -> PairExamples:
    """Several sets as one: recordings and pairs are numbered one part after the other."""
    parts = [_none(), *parts]
    recordings = np.cumsum([0, *(int(p.recording.max(initial=-1)) + 1 for p in parts)])
    pairs = np.cumsum([0, *(len(p.keys) for p in parts)])
    return PairExamples(
        calls=np.concatenate([p.calls for p in parts]),
        there=np.concatenate([p.there for p in parts]),
        context=np.concatenate([p.context for p in parts]),
        label=np.concatenate([p.label for p in parts]),
        recording=np.concatenate(
            [p.recording + base for p, base in zip(parts, recordings, strict=False)]
        ),
        pair=np.concatenate([p.pair + base for p, base in zip(parts, pairs, strict=False)]),
        end=np.concatenate([p.end for p in parts]),
        keys=[key for p in parts for key in p.keys],
    )


def _none() -> PairExamples:
    number = np.zeros(0, dtype=np.int64)
    return PairExamples(
        calls=np.zeros((0, LENGTH, len(CALLS)), dtype=np.float16),
        there=np.zeros((0, LENGTH), dtype=np.bool_),
        context=np.zeros((0, len(CONTEXT)), dtype=np.float32),
        label=number,
        recording=number,
        pair=number,
        end=np.zeros(0),
        keys=[],
    )


def pair_examples(recording: Recording) -> PairExamples:
    """Every look at every pair of a recording, with an empty memory at its beginning."""
    kinds = pair_kinds(recording)
    numbers: dict[PairKey, int] = {}
    looks = [windows for windows in windows_of(recording) if len(windows.lives)]
    pair = [numbers.setdefault(key, len(numbers)) for w in looks for key in keys_of(w)]
    label = np.array([kinds.get(key, UNLABELLED) for key in numbers], dtype=np.int64)
    of_look = np.array(pair, dtype=np.int64)
    ends = [np.full(len(windows.lives), windows.tick.end) for windows in looks]
    return PairExamples(
        calls=_stacked([w.lives.calls for w in looks], (0, LENGTH, len(CALLS))).astype(np.float16),
        there=_stacked([w.lives.there for w in looks], (0, LENGTH)).astype(np.bool_),
        context=_stacked([w.lives.context for w in looks], (0, len(CONTEXT))),
        label=label[of_look],
        recording=np.zeros(len(of_look), dtype=np.int64),
        pair=of_look,
        end=np.concatenate([np.zeros(0), *ends]),
        keys=list(numbers),
    )


def _stacked(parts: Iterable[NDArray[np.generic]], empty: tuple[int, ...]) -> NDArray[np.float32]:
    arrays = [part.astype(np.float32) for part in parts]
    return np.concatenate([np.zeros(empty, dtype=np.float32), *arrays])


def keys_of(windows: HostWindows) -> Iterator[PairKey]:
    """Whose lives are looked at with a tick."""
    rows, lives = windows.rows, windows.lives
    for host, row in zip(lives.host.tolist(), lives.row.tolist(), strict=True):
        proto = _PROTO_WORDS.get(int(rows.proto[row]), "other")
        yield PairKey(windows.names[host], windows.peer_at(row), int(rows.port[row]), proto)


def pair_kinds(recording: Recording) -> dict[PairKey, int]:
    """What each pair is: an attack where half of its connections are, benign where all are.

    Any other is UNLABELLED, such as one with a connection that nobody has judged.
    """
    said: dict[PairKey, Counter[str | None]] = {}
    for connection, label in zip(recording.connections, recording.labels, strict=True):
        proto = connection.proto if connection.proto in PROTOS else "other"
        key = PairKey(connection.orig, connection.resp, connection.resp_port, proto)
        said.setdefault(key, Counter())[label] += 1
    return {key: _kind(counts) for key, counts in said.items()}


def _kind(counts: Counter[str | None]) -> int:
    attacks = {name: count for name, count in counts.items() if name not in {None, BENIGN}}
    if 2 * sum(attacks.values()) >= sum(counts.values()):
        return KINDS.index(str(max(attacks, key=lambda name: attacks[name])))
    return 0 if set(counts) == {BENIGN} else UNLABELLED

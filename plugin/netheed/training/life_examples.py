"""Lives of recordings with what they are: what the models of lives learn from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netheed.core.columns import PROTOS
from netheed.core.features import HostWindows
from netheed.model.life import HOUR_LIFE, PAIR_LIFE, Life
from netheed.ports import LifeLooks
from netheed.training.datasets import BENIGN, HOUR_KINDS, KINDS, Recording
from netheed.training.examples import UNLABELLED, windows_of
from netheed.training.hour_labels import HourLabels

_PROTO_WORDS: Final = {code: word for word, code in PROTOS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What is learned of one sort of lives."""

    life: Life
    kinds: tuple[str, ...]
    """Which it tells apart, benign first."""
    weighed: bool
    """Whether a look counts together with the earlier ones at its owner."""


PAIRS: Final = Scale(life=PAIR_LIFE, kinds=KINDS, weighed=True)
HOURS: Final = Scale(life=HOUR_LIFE, kinds=HOUR_KINDS, weighed=False)


class Owner(NamedTuple):
    """Whose life it is: a host, and of a pair the other end's service."""

    host: str
    peer: str = ""
    port: int = 0
    proto: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeExamples:
    """All looks at lives of some recordings, in order of time within a recording."""

    scale: Scale
    steps: NDArray[np.float16]
    """(looks, length, columns)."""
    there: NDArray[np.bool_]
    context: NDArray[np.float32]
    """(looks, columns beside)."""
    label: NDArray[np.int64]
    """Index into the scale's kinds, or UNLABELLED."""
    recording: NDArray[np.int64]
    owner: NDArray[np.int64]
    """One number for each pair, or host, of each recording."""
    end: NDArray[np.float64]
    """Of the window after which it was looked at."""
    keys: list[Owner]
    """Of each owner's number."""

    def __len__(self) -> int:
        return len(self.label)

    def only(self, chosen: NDArray[np.bool_] | NDArray[np.int64]) -> "LifeExamples":
        """Some of the looks; owners keep their numbers."""
        return replace(self, **{name: getattr(self, name)[chosen] for name in OF_A_LOOK})


OF_A_LOOK: Final = ("steps", "there", "context", "label", "recording", "owner", "end")


class Looks(NamedTuple):
    """The looks of some recordings at both sorts of lives."""

    pairs: LifeExamples
    hours: LifeExamples

    def of(self, scale: Scale) -> LifeExamples:
        """Those of one of them."""
        return self.pairs if scale is PAIRS else self.hours

    def of_attacks(self) -> "Looks":
        """Those at attacks."""
        return Looks(*(looks.only(looks.label > 0) for looks in self))


def joined(scale: Scale, parts: Sequence[LifeExamples]) -> LifeExamples:
    """Several sets as one: recordings and owners are numbered one part after the other."""
    parts = [_none(scale), *parts]
    recordings = np.cumsum([0, *(int(p.recording.max(initial=-1)) + 1 for p in parts)])
    owners = np.cumsum([0, *(len(p.keys) for p in parts)])
    return LifeExamples(
        scale=scale,
        steps=np.concatenate([p.steps for p in parts]),
        there=np.concatenate([p.there for p in parts]),
        context=np.concatenate([p.context for p in parts]),
        label=np.concatenate([p.label for p in parts]),
        recording=np.concatenate(
            [p.recording + base for p, base in zip(parts, recordings, strict=False)]
        ),
        owner=np.concatenate([p.owner + base for p, base in zip(parts, owners, strict=False)]),
        end=np.concatenate([p.end for p in parts]),
        keys=[key for p in parts for key in p.keys],
    )


def joined_looks(parts: Sequence[Looks]) -> Looks:
    """Likewise of both sorts."""
    return Looks(*(joined(scale, [p.of(scale) for p in parts]) for scale in (PAIRS, HOURS)))


def _none(scale: Scale) -> LifeExamples:
    number, life = np.zeros(0, dtype=np.int64), scale.life
    return LifeExamples(
        scale=scale,
        steps=np.zeros((0, life.length, len(life.steps)), dtype=np.float16),
        there=np.zeros((0, life.length), dtype=np.bool_),
        context=np.zeros((0, len(life.context)), dtype=np.float32),
        label=number,
        recording=number,
        owner=number,
        end=np.zeros(0),
        keys=[],
    )


def life_examples(recording: Recording) -> Looks:
    """Every look at every pair and host of a recording, with an empty memory at its beginning."""
    looked = [w for w in windows_of(recording) if len(w.lives) or len(w.hours)]
    pairs, hours = _Owners(pair_kinds(recording)), HourLabels(recording)
    of_pairs = [
        _examples(PAIRS, windows, windows.lives, *pairs.of(keys_of(windows))) for windows in looked
    ]
    hosts = _Owners({})
    of_hours = [
        replace(
            _examples(HOURS, windows, windows.hours, *hosts.of(hosts_of(windows))),
            label=hours.of(windows),
        )
        for windows in looked
    ]
    both = (_whole(PAIRS, of_pairs, pairs), _whole(HOURS, of_hours, hosts))
    return Looks(*both)


class _Owners:
    """Owners by their numbers, with what they are."""

    def __init__(self, kinds: dict[Owner, int]) -> None:
        self.kinds = kinds
        self.numbers: dict[Owner, int] = {}

    def of(self, owners: Iterable[Owner]) -> tuple[list[int], list[int]]:
        """Number and label of each; an owner that is new gets the next number."""
        owners = list(owners)
        numbers = [self.numbers.setdefault(owner, len(self.numbers)) for owner in owners]
        return numbers, [self.kinds.get(owner, UNLABELLED) for owner in owners]


def _whole(scale: Scale, parts: list[LifeExamples], owners: _Owners) -> LifeExamples:
    return replace(joined(scale, parts), recording=_zeros(parts), keys=list(owners.numbers))


def _zeros(parts: list[LifeExamples]) -> NDArray[np.int64]:
    return np.zeros(sum(map(len, parts)), dtype=np.int64)


def _examples(
    scale: Scale, windows: HostWindows, looks: LifeLooks, owners: list[int], labels: list[int]
) -> LifeExamples:
    """Of one tick; the keys are those of the whole recording."""
    return LifeExamples(
        scale=scale,
        steps=looks.steps.astype(np.float16),
        there=looks.there,
        context=looks.context,
        label=np.array(labels, dtype=np.int64),
        recording=np.zeros(len(owners), dtype=np.int64),
        owner=np.array(owners, dtype=np.int64),
        end=np.full(len(owners), windows.tick.end),
        keys=[],
    )


def keys_of(windows: HostWindows) -> Iterator[Owner]:
    """Whose lives are looked at with a tick, of pairs."""
    rows, lives = windows.rows, windows.lives
    for host, row in zip(lives.host.tolist(), lives.row.tolist(), strict=True):
        proto = _PROTO_WORDS.get(int(rows.proto[row]), "other")
        yield Owner(windows.names[host], windows.peer_at(row), int(rows.port[row]), proto)


def hosts_of(windows: HostWindows) -> Iterator[Owner]:
    """Whose hours are looked at with a tick."""
    return (Owner(windows.names[host]) for host in windows.hours.host.tolist())


def pair_kinds(recording: Recording) -> dict[Owner, int]:
    """What each pair is: an attack where half of its connections are, benign where all are.

    Any other is UNLABELLED, such as one with a connection that nobody has judged.
    """
    said: dict[Owner, Counter[str | None]] = {}
    for connection, label in zip(recording.connections, recording.labels, strict=True):
        proto = connection.proto if connection.proto in PROTOS else "other"
        key = Owner(connection.orig, connection.resp, connection.resp_port, proto)
        said.setdefault(key, Counter())[label] += 1
    return {key: _kind(counts) for key, counts in said.items()}


def _kind(counts: Counter[str | None]) -> int:
    attacks = {name: count for name, count in counts.items() if name not in {None, BENIGN}}
    if 2 * sum(attacks.values()) >= sum(counts.values()):
        return KINDS.index(str(max(attacks, key=lambda name: attacks[name])))
    return 0 if set(counts) == {BENIGN} else UNLABELLED

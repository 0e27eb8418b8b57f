"""Recorded attacks laid over other hosts' time-lines, and time-lines mixed.

Every function takes recordings and gives a new one in order of time, with the label of each
connection still beside it; the same seed gives the same result. For training data only: what is
laid over a host never happened there.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from msgspec import structs
from numpy.random import Generator

from netheed.core.networks import DEFAULT_LOCAL, GROUP, LOCAL, AddressWords
from netheed.records import Connection
from netheed.training.datasets import Recording

QUIET: Final = 7200.0
"""Seconds without a connection that end an episode; the slowest beacons come every hour."""
FEWEST: Final = 10
"""Connections that make an episode."""

Labelled = tuple[Connection, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One attack of one kind, as one local host took part in it."""

    host: str
    """Its originator; its target where the originator is not local."""
    kind: str
    recording: Recording


def episodes(recording: Recording, *, quiet: float = QUIET) -> list[Episode]:
    """The attacks in a recording: one for each host and kind, cut where it is quiet for long."""
    local = LocalHosts(recording)
    found: dict[tuple[str, str], list[Labelled]] = defaultdict(list)
    for connection, label in _in_order(recording):
        host = connection.orig if local.host(connection.orig) else connection.resp
        if label not in {None, "benign"} and local.host(host):
            found[host, str(label)].append((connection, label))
    return [
        Episode(host=host, kind=kind, recording=_made(recording, part))
        for (host, kind), whole in found.items()
        for part in _cut(whole, quiet)
        if len(part) >= FEWEST
    ]


def _cut(whole: list[Labelled], quiet: float) -> Iterator[list[Labelled]]:
    edges = [i for i, (a, b) in enumerate(pairwise(whole), 1) if b[0].start - a[0].start > quiet]
    for begin, end in pairwise([0, *edges, len(whole)]):
        yield whole[begin:end]


def shifted(recording: Recording, seconds: float) -> Recording:
    """Another clock: every start later by `seconds`."""
    return _each(recording, lambda c: structs.replace(c, start=c.start + seconds))


def stretched(recording: Recording, factor: float) -> Recording:
    """Another rate: the time since the first connection times `factor`; durations stay."""
    first = _first(recording)
    return _each(recording, lambda c: structs.replace(c, start=first + (c.start - first) * factor))


def jittered(recording: Recording, seconds: float, *, seed: int) -> Recording:
    """Every start moved by up to `seconds` either way, evenly."""
    moves = np.random.default_rng(seed).uniform(-seconds, seconds, len(recording.connections))
    kept = zip(_in_order(recording), moves.tolist(), strict=True)
    return _made(
        recording,
        ((structs.replace(c, start=c.start + move), label) for (c, label), move in kept),
    )


def thinned(recording: Recording, keep: float, *, seed: int) -> Recording:
    """Each connection kept with probability `keep`, as by a sensor that loses some."""
    kept = np.random.default_rng(seed).random(len(recording.connections)) < keep
    pairs = zip(_in_order(recording), kept.tolist(), strict=True)
    return _made(recording, (pair for pair, stays in pairs if stays))


def mapped(recording: Recording, addresses: Mapping[str, str]) -> Recording:
    """Other addresses; those not in `addresses` stay."""
    return _each(
        recording,
        lambda c: structs.replace(
            c, orig=addresses.get(c.orig, c.orig), resp=addresses.get(c.resp, c.resp)
        ),
    )


def lay(
    base: Recording, episode: Episode, *, host: str, at: float, seed: int | None = None
) -> Recording:
    """`base` with the episode beginning at `at`, done by (or to) `host`.

    Strangers keep their addresses. With a seed the episode's local peers become addresses of the
    host's own network, without one they stay too. Uids of the episode get a suffix, so that one
    episode may be laid twice. The result's family names both: see `families`. Raises ValueError
    when one of the two hosts has an IPv4 and the other an IPv6 address.
    """
    if (":" in host) != (":" in episode.host):
        raise ValueError(f"{episode.host} cannot become {host}: not the same version of IP")
    attack = shifted(episode.recording, at - _first(episode.recording))
    near = {} if seed is None else neighbours(episode, base, host, seed=seed)
    # A peer that bears the new host's address takes the old one: nobody talks to himself.
    attack = mapped(attack, {host: episode.host} | near | {episode.host: host})
    suffix = f"~{len(base.connections)}"
    laid = _each(attack, lambda c: structs.replace(c, uid=c.uid + suffix))
    return _joined(base, laid)


def neighbours(episode: Episode, base: Recording, host: str, *, seed: int) -> dict[str, str]:
    """Local IPv4 peers of the episode -> hosts of `base`, then unused addresses near `host`.

    Peers for whom there is no address left keep theirs: they are not in the answer.
    """
    theirs = [a for a in LocalHosts(episode.recording).hosts if a != episode.host and "." in a]
    prefix = host.rpartition(".")[0]
    known = [a for a in LocalHosts(base).hosts if a != host and "." in a]
    near = [f"{prefix}.{number}" for number in range(1, 255)] if prefix else []
    rest = [a for a in near if a not in known and a != host]
    rng = np.random.default_rng(seed)
    free = [*rng.permutation(known).tolist(), *rng.permutation(rest).tolist()]
    return dict(zip(theirs, free, strict=False))


def overlaid(base: Recording, attacks: Iterable[Episode], *, seed: int) -> Recording:
    """`base` with each attack laid over some host, some time, at another rate, a little jittered.

    Nothing is dropped: the result has the connections of all. Raises ValueError when `base` has no
    local host of an attack's version of IP.
    """
    rng = np.random.default_rng(seed)
    hosts = LocalHosts(base).originators
    begin, length = _first(base), _length(base)
    made = base
    for attack in attacks:
        factor = float(np.exp(rng.uniform(np.log(0.5), np.log(3.0))))
        changed = stretched(attack.recording, factor)
        gap = _length(changed) / len(changed.connections)
        wobble = gap * float(rng.uniform(0, 0.1))
        changed = jittered(changed, wobble, seed=int(rng.integers(2**31)))
        made = lay(
            made,
            replace(attack, recording=changed),
            host=_stand_in(base.name, hosts, attack.host, rng),
            at=begin + float(rng.uniform(0, length)),
            seed=int(rng.integers(2**31)),
        )
    return made


def _stand_in(name: str, hosts: list[str], like: str, rng: Generator) -> str:
    fitting = [host for host in hosts if (":" in host) == (":" in like)]
    if not fitting:
        raise ValueError(f"{name}: no local host that could be {like}")
    return str(rng.choice(fitting))


def mixed(first: Recording, second: Recording, *, seed: int) -> Recording:
    """Two networks as one: the second's local hosts get unused addresses, its clock the first's.

    Only strangers can be met by both. Hosts of the second beyond 65,024 keep their addresses.
    """
    taken = set(LocalHosts(first).hosts)
    numbers = np.random.default_rng(seed).permutation(np.arange(1 << 16)).tolist()
    free = (n for n in numbers if n & 255 not in {0, 255} and _numbered(n, "") not in taken)
    theirs = LocalHosts(second).hosts
    moved = mapped(second, {a: _numbered(n, a) for a, n in zip(theirs, free, strict=False)})
    moved = shifted(moved, _first(first) - _first(second))
    suffix = f"~{len(first.connections)}"
    return _joined(first, _each(moved, lambda c: structs.replace(c, uid=c.uid + suffix)))


def _numbered(number: int, like: str) -> str:
    """A local address of the same version as `like`."""
    return f"fd77::{number:x}" if ":" in like else f"10.77.{number >> 8}.{number & 255}"


def families(recording: Recording) -> frozenset[str]:
    """All families that stand in a recording; a split must keep each of them on one side."""
    return frozenset(recording.family.split("+"))


class LocalHosts:
    """The local hosts of a recording, the busiest first."""

    def __init__(self, recording: Recording) -> None:
        self._words = AddressWords((*DEFAULT_LOCAL, *recording.local))
        begun = Counter(c.orig for c in recording.connections)
        met = Counter(c.resp for c in recording.connections)
        self.originators = [a for a, _ in begun.most_common() if self.host(a)]
        self.hosts = [a for a, _ in (begun + met).most_common() if self.host(a)]

    def host(self, address: str) -> bool:
        """Whether it is local and no group."""
        return self._words[address] & (LOCAL | GROUP) == LOCAL


def _joined(base: Recording, laid: Recording) -> Recording:
    family = "+".join(sorted(families(base) | families(laid)))
    local = tuple(dict.fromkeys((*base.local, *laid.local)))
    both = [*_in_order(base), *_in_order(laid)]
    return replace(_made(base, both), family=family, local=local)


def _each(recording: Recording, change: Callable[[Connection], Connection]) -> Recording:
    return _made(recording, ((change(c), label) for c, label in _in_order(recording)))


def _in_order(recording: Recording) -> list[Labelled]:
    pairs = zip(recording.connections, recording.labels, strict=True)
    return sorted(pairs, key=lambda pair: (pair[0].start, pair[0].uid))


def _made(like: Recording, pairs: Iterable[Labelled]) -> Recording:
    ordered = sorted(pairs, key=lambda pair: (pair[0].start, pair[0].uid))
    return replace(
        like,
        connections=[c for c, _ in ordered],
        labels=[label for _, label in ordered],
        attacks=None,
    )


def _first(recording: Recording) -> float:
    return min(c.start for c in recording.connections)


def _length(recording: Recording) -> float:
    return max(c.start for c in recording.connections) - _first(recording)

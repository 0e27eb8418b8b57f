"""Simulated networks, and attacks laid over recorded hosts."""

from typing import Final

from numpy.random import Generator

from netheed.core.networks import DEFAULT_LOCAL, LOCAL, AddressWords
from netheed.records import Connection
from netheed.training.datasets import Recording
from netheed.training.simulate_attacks import ATTACKS
from netheed.training.simulate_hosts import Scene, ordinary, scene
from netheed.training.wire import Wire

UNDISTURBED: Final = 1200.0
"""Seconds at the beginning of a scene without an attack."""


def scenes(count: int, rng: Generator) -> list[Recording]:
    """Simulated networks of ordinary hosts, with some attacks in most of them."""
    made = []
    for number in range(count):
        place = scene(rng)
        wire = Wire(rng=rng, doubled=bool(rng.random() < 0.15), one_sided=bool(rng.random() < 0.05))
        ordinary(wire, place)
        labels: list[str | None] = ["benign"] * len(wire.connections)
        if not wire.one_sided:
            labels += _attack(wire, place)
        made.append(_recording(f"simulated/{number}", wire.connections, labels))
    return made


def overlays(recordings: list[Recording], copies: int, rng: Generator) -> list[Recording]:
    """Simulated attacks by the busiest local host of wholly benign recordings, `copies` of each."""
    made = []
    for recording in recordings:
        if set(recording.labels) - {"benign", None} or "benign" not in recording.labels:
            continue
        for copy in range(copies):
            wire = Wire(rng=rng)
            wire.connections.extend(recording.connections)
            place = _place_of(recording, rng)
            labels = [*recording.labels, *_attack(wire, place)]
            made.append(
                _recording(f"{recording.name}+{copy}", wire.connections, labels, like=recording)
            )
    return made


def _attack(wire: Wire, place: Scene) -> list[str | None]:
    """Two to six episodes by different hosts; the labels of what was added."""
    rng = wire.rng
    labels: list[str | None] = []
    culprits = rng.permutation(place.hosts)[: int(rng.integers(2, 7))]
    for host in culprits.tolist():
        kind = str(rng.choice(list(ATTACKS)))
        latest = max(UNDISTURBED, 0.7 * place.length)
        at = place.begin + float(rng.uniform(min(UNDISTURBED, latest / 2), latest))
        before = len(wire.connections)
        ATTACKS[kind](wire, place, host, at)
        labels += [kind] * (len(wire.connections) - before)
    return labels


def _place_of(recording: Recording, rng: Generator) -> Scene:
    """The scene that a recording is: its hours, its busiest hosts, a part of a day at random."""
    words = AddressWords((*DEFAULT_LOCAL, *recording.local))
    counts: dict[str, int] = {}
    for connection in recording.connections:
        if words[connection.orig] & LOCAL:
            counts[connection.orig] = counts.get(connection.orig, 0) + 1
    busiest = sorted(counts, key=lambda host: -counts[host])[:6]
    starts = [connection.start for connection in recording.connections]
    begin, end = min(starts), max(starts)
    length = min(end - begin, float(rng.uniform(2, 9)) * 3600)
    begin += float(rng.uniform(0, max(0.0, end - begin - length)))
    base = scene(rng)
    return Scene(
        begin=begin,
        length=max(length, 1800.0),
        hosts=tuple(busiest),
        resolver=base.resolver,
        server=busiest[0] if len(busiest) > 1 else base.server,
        sites=base.sites,
        clouds=base.clouds,
    )


def _recording(
    name: str,
    connections: list[Connection],
    labels: list[str | None],
    like: Recording | None = None,
) -> Recording:
    return Recording(
        name=name,
        family=like.family if like else "simulated",
        connections=connections,
        labels=labels,
        local=like.local if like else (),
    )

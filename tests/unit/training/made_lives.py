"""Made-up lives of pairs: metronomes among pairs that call when they like."""

from collections.abc import Iterator

import numpy as np

from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.lives import LENGTH
from netheed.model.life import HOUR_LIFE
from netheed.records import Connection
from netheed.training.datasets import HOUR_KINDS, KINDS, Recording
from netheed.training.life_examples import HOURS, PAIRS, LifeExamples, Looks, Owner, joined
from tests.connections import connection
from tests.unit.training.made import BEGUN

BEACON = KINDS.index("beacon")
METRONOME = 4444
"""The port of those that call regularly."""


def habits(
    seed: int = 0, *, host: str = "10.0.0.5", family: str = "m57", metronomes: int = 3
) -> Recording:
    """A host for three hours: ten benign pairs at random, and metronomes that are beacons."""
    rng = np.random.default_rng(seed)
    made = [
        each
        for at in range(10)
        for each in _calls(host, f"198.51.100.{at}", 443, rng.exponential(200, 60), rng)
    ]
    for at in range(metronomes):
        every = np.full(60, float(rng.uniform(100, 180)))
        made += _calls(host, f"203.0.113.{at}", METRONOME, every, None)
    made.sort(key=lambda c: c.start)
    kinds = ["beacon" if c.resp_port == METRONOME else "benign" for c in made]
    return Recording(
        name=f"{family}/{host}", family=family, connections=made, labels=list(kinds), sha256=host
    )


def _calls(
    host: str, peer: str, port: int, gaps: np.ndarray, rng: np.random.Generator | None
) -> Iterator[Connection]:
    """Sizes vary with a generator, and are the same at each call without one."""
    for at, start in enumerate(BEGUN + np.cumsum(gaps)):
        yield connection(
            uid=f"{host}-{peer}-{at}",
            start=float(start),
            orig=host,
            resp=peer,
            resp_port=port,
            service=None,
            orig_bytes=400 if rng is None else int(rng.lognormal(6, 1.5)),
            resp_bytes=400 if rng is None else int(rng.lognormal(8, 1.5)),
        )


def drawn(
    count: int = 300, seed: int = 0, *, host: str = "10.0.0.5", beacons: bool = True
) -> LifeExamples:
    """Looks of random numbers, ten at each pair; half of the pairs are beacons, or none."""
    rng = np.random.default_rng(seed)
    there = np.arange(LENGTH) >= rng.integers(0, LENGTH - 3, (count, 1))
    calls = rng.uniform(0, 8, (count, LENGTH, len(CALLS))) * there[..., None]
    context = rng.uniform(0, 6, (count, len(CONTEXT)))
    context[:, list(CONTEXT).index("external")] = np.arange(count) % 3 > 0
    pair = np.arange(count) // 10
    keys = [Owner(host, f"203.0.113.{at}", 443, "tcp") for at in range(pair.max() + 1)]
    return LifeExamples(
        scale=PAIRS,
        steps=calls.astype(np.float16),
        there=there,
        context=context.astype(np.float32),
        label=np.where(beacons & (pair % 2 > 0), BEACON, 0),
        recording=np.zeros(count, dtype=np.int64),
        owner=pair,
        end=BEGUN + 60.0 * np.arange(count),
        keys=keys,
    )


def same(one: LifeExamples, other: LifeExamples) -> bool:
    """Equal in everything."""
    names = ("steps", "there", "context", "label", "recording", "owner", "end", "keys")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def drawn_hours(count: int = 300, seed: int = 0, *, lateral: bool = True) -> LifeExamples:
    """Looks at hours of random numbers, ten at each host; half of the hosts move, or none."""
    rng = np.random.default_rng(seed)
    there = np.arange(HOUR_LIFE.length) >= rng.integers(0, HOUR_LIFE.length - 1, (count, 1))
    steps = rng.uniform(0, 8, (count, HOUR_LIFE.length, len(HOUR_LIFE.steps))) * there[..., None]
    owner = np.arange(count) // 10
    return LifeExamples(
        scale=HOURS,
        steps=steps.astype(np.float16),
        there=there,
        context=rng.uniform(0, 6, (count, len(HOUR_LIFE.context))).astype(np.float32),
        label=np.where(lateral & (owner % 2 > 0), HOUR_KINDS.index("lateral_movement"), 0),
        recording=np.zeros(count, dtype=np.int64),
        owner=owner,
        end=BEGUN + 60.0 * np.arange(count),
        keys=[Owner(f"10.0.1.{at}") for at in range(owner.max() + 1)],
    )


def of_pairs(pairs: LifeExamples) -> Looks:
    """Looks at pairs, and at no hours."""
    return Looks(pairs, joined(HOURS, []))

"""The shortcut probe: what ports, addresses and time alone would give.

A detector that seems good because attacks came from one address, at one hour, or from a range of
ports has learned the recording. This measures how far such a one would come on the same windows.
"""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from netheed.core.columns import Columns
from netheed.core.networks import DEFAULT_LOCAL, AddressWords
from netheed.core.windows import ticks_of
from netheed.training.baselines.trees import RANDOM_FOREST
from netheed.training.corpus import Corpus
from netheed.training.datasets import Recording, load, load_cicids
from netheed.training.examples import Examples
from netheed.training.measures import DAY, Tested, attacks, mean_average_precision, plain
from netheed.training.splits import NETWORKS, Split, split_of, without

NOTHING: Final = (-1.0,) * 6
"""Ports of a host of which no connection is known."""


class Probed(Struct, frozen=True, kw_only=True):
    """Mean average precision on one split."""

    protocol: str
    split: str
    features: float | None
    shortcuts: float | None
    chance: float | None


class Probe(Struct, frozen=True):
    """Of one seed."""

    splits: list[Probed]


def probe(corpus: Corpus, data: Path, seed: int) -> Probe:
    """Mean average precision of a random forest on shortcuts and on our features, and of chance.

    Both learn from the recordings alone: simulated traffic has no shortcuts worth the name.
    """
    recorded = corpus.learned()
    blind = shortcuts(recorded, data)
    splits = [("1i", "grouped"), ("1ii", "by day"), *(("2", network) for network in NETWORKS)]
    return Probe([_probed(recorded, blind, *split, seed) for split in splits])


def _probed(recorded: Corpus, blind: Corpus, protocol: str, name: str, seed: int) -> Probed:
    ours, theirs = _split(recorded, protocol, name, seed), _split(blind, protocol, name, seed)
    return Probed(
        protocol=protocol,
        split=name,
        features=plain(_worth(ours, seed)),
        shortcuts=plain(_worth(theirs, seed)),
        chance=plain(_chance(ours.test)),
    )


def shortcuts(recorded: Corpus, data: Path) -> Corpus:
    """The recorded pieces with SHORTCUTS in place of the features."""
    recordings = {r.name: r for r in (*load(data), *load_cicids(data))}
    return Corpus(
        tuple(
            replace(p, examples=_blinded(p.examples, recordings[p.name])) for p in recorded.pieces
        )
    )


def _blinded(examples: Examples, recording: Recording) -> Examples:
    """Lowest, middle and highest port of either end; the address; the time; the place in line."""
    ports = _ports(recording)
    rows = [
        (*ports.get((host, end), NOTHING), *_address(host), end, end % DAY, end // DAY % 7, place)
        for place, (host, end) in enumerate(zip(examples.host, examples.end.tolist(), strict=True))
    ]
    return replace(examples, vectors=np.array(rows, dtype=np.float32))


def _ports(recording: Recording) -> dict[tuple[str, float], tuple[float, ...]]:
    """(host, end of the window) -> three quantiles of the originators' and responders' ports."""
    words = AddressWords((*DEFAULT_LOCAL, *recording.local))
    met = defaultdict[tuple[str, float], list[tuple[int, int]]](list)
    for tick in ticks_of(Columns.of(recording.connections, words)):
        for c in tick.connections(np.arange(len(tick.rows))):
            for host in (c.orig, c.resp):
                met[host, tick.end].append((c.orig_port, c.resp_port))
    return {key: tuple(_quantiles(np.array(pairs))) for key, pairs in met.items()}


def _quantiles(pairs: NDArray[np.int64]) -> list[float]:
    quantiles: list[float] = np.quantile(pairs, (0.0, 0.5, 1.0), axis=0).ravel().tolist()
    return quantiles


def _address(host: str) -> tuple[float, ...]:
    """The last two parts of an address, whatever its kind."""
    parts = host.replace(":", ".").split(".")[-2:]
    return tuple(float(int(part or "0", 16)) for part in ("0", *parts)[-2:])


def _split(corpus: Corpus, protocol: str, name: str, seed: int) -> Split:
    if protocol == "2":
        return without(corpus, name, seed, ("recorded",))
    return split_of(corpus, protocol, name, seed)


def _worth(split: Split, seed: int) -> float:
    score = RANDOM_FOREST.fit(split.train, {}, seed)(split.test).score
    return mean_average_precision(Tested.of(split.test, score, split.test.label))


def _chance(test: Examples) -> float:
    """What a coin would give: the share of each attack among it and the benign windows."""
    tested = Tested.of(test, np.zeros(len(test.label), dtype=np.float32), test.label)
    benign = int((~tested.attacked).sum())
    counts = [int((tested.attack == name).sum()) for name in attacks(tested)]
    return float(np.mean([count / (count + benign) for count in counts]))

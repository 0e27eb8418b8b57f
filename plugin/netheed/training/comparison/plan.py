"""Which cells there are."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from netheed.training.attention import ABLATIONS, ATTENTION, NETHEED, VARIATIONS, variant
from netheed.training.baselines import BASELINES
from netheed.training.comparison.cell import Cell
from netheed.training.corpus import Role
from netheed.training.datasets import KINDS
from netheed.training.methods import Method, Settings
from netheed.training.splits import CICIDS, FRACTIONS, NETWORKS, names

METHODS: Final = {method.name: method for method in (NETHEED, ATTENTION, *BASELINES)}
OF_PAPER: Final = ("attention", "autoencoder", "random forest", "SVM", "LSTM", "GNN")
"""The methods of paper A's table."""
LEARNED: Final[dict[str, tuple[Role, ...]]] = {
    "without augmentation": ("recorded", "simulated"),
    "without simulated networks": ("recorded", "overlaid", "relaid"),
    "recordings alone": ("recorded",),
}
"""Ablations of what is learned from."""
ONE_SENSOR: Final = "without CICIDS2017"
"""What is shipped, learned from Zeek's recordings alone, where another network is held out."""
LONGER: Final[Mapping[str, Settings]] = {"four times as many steps": {"epochs": 10, "steps": 1000}}
"""What is shipped, learned for about as long as `netheed train` does."""
UNTUNED: Final = "without optimisation"
TRIALS: Final[Mapping[str, int]] = {"1i": 30, "1ii": 30, "2": 5, "3": 5}
"""Of a search, by protocol; every method has as many. The first is its own defaults."""
UNSEARCHED: Final = "2-family"
"""Where every method has its defaults."""
TRIED: Final = (
    "acquitted by the class",
    "class alone in the score",
    "errors alone in the score",
    "less spoiling",
    "published thresholds twice",
    "published thresholds eight times",
)
"""Ablations and variations of what is shipped that are remedies where a family is held out."""


def method_of(cell: Cell) -> Method:
    """What is fitted."""
    method = METHODS[cell.method]
    is_variant = cell.change in ABLATIONS or cell.change in VARIATIONS
    return variant(method, cell.change) if is_variant else method


def is_searched(cell: Cell) -> bool:
    """Whether its settings are chosen by a search."""
    searched = cell.protocol != UNSEARCHED and cell.change != UNTUNED
    return searched and bool(METHODS[cell.method].spans)


def plan(seeds: int) -> Iterator[Cell]:
    """All cells: the comparison first, seed by seed, then what only ours is asked."""
    for seed in range(seeds):
        for protocol, split in names():
            for method in METHODS:
                yield Cell(protocol=protocol, split=split, method=method, seed=seed)
        yield from _adapted(seed)
    for seed in range(seeds):
        yield from (*_ablated(seed), *_varied(seed), *_grown(seed))


def _ablated(seed: int) -> Iterator[Cell]:
    """The full model with something of it, or of what it learns from, left out."""
    ours = partial(Cell, method=ATTENTION.name, seed=seed)
    for network in NETWORKS:
        for change in (*ABLATIONS, *LEARNED, UNTUNED):
            yield ours(protocol="2", split=network, change=change)


def _varied(seed: int) -> Iterator[Cell]:
    """What is shipped, done otherwise."""
    shipped = partial(Cell, method=NETHEED.name, seed=seed)
    for network in NETWORKS:
        for change in (*VARIATIONS, *LONGER, *(() if network in CICIDS else (ONE_SENSOR,))):
            yield shipped(protocol="2", split=network, change=change)
    for change in (*VARIATIONS, *LONGER):
        yield shipped(protocol="1i", split="grouped", change=change)
    for kind in KINDS[1:]:
        for change in TRIED:
            yield shipped(protocol="2-family", split=kind, change=change)


def _grown(seed: int) -> Iterator[Cell]:
    """Methods on a share of the training part."""
    for share in FRACTIONS[:-1]:
        for method in OF_PAPER:
            yield Cell(
                protocol="1i", split="grouped", method=method, seed=seed, change=f"size {share}"
            )


def _adapted(seed: int) -> Iterator[Cell]:
    for protocol, split in names():
        if protocol == "3":
            for method in METHODS:
                yield Cell(protocol=protocol, split=split, method=method, seed=seed, change="hour")

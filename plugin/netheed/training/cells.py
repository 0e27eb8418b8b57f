"""One cell of the comparison: a method, fitted on a split with a seed, and what it then said.

A cell that was once worked out is kept in a folder and never worked out again, so that a run that
was stopped goes on where it was.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.training.attention import ABLATIONS, ATTENTION, NETHEED, VARIATIONS, variant
from netheed.training.baselines import BASELINES
from netheed.training.corpus import Corpus, Role
from netheed.training.datasets import BENIGN, KINDS
from netheed.training.examples import Examples, joined
from netheed.training.measures import Tested, best_threshold
from netheed.training.methods import Method, Settings, Verdicts
from netheed.training.search import TRIALS, search
from netheed.training.splits import (
    CICIDS,
    FRACTIONS,
    HOUR,
    NETWORKS,
    ROLES,
    Split,
    inner,
    names,
    split_of,
    without,
)

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
UNTUNED: Final = "without optimisation"
REPEATS: Final = 10
"""Detection runs whose time paper A's table gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What to work out."""

    protocol: str
    split: str
    method: str
    seed: int
    change: str = ""
    """An ablation, a share of the training part ("size 0.1"), or "hour" of the target beside."""

    @property
    def key(self) -> str:
        """A file name."""
        parts = (self.protocol, self.split, self.method, self.change, str(self.seed))
        return "-".join("".join(c if c.isalnum() or c in ".()" else "_" for c in p) for p in parts)


FEWER: Final = 3
"""Seeds of ablations, variations and of accuracy against training size, at most."""
UNSEARCHED: Final = "2-family"
"""Where every method has its defaults."""
TRIED: Final = (
    "class alone in the score",
    "errors alone in the score",
    "with attention inside windows",
)
"""Ablations that are remedies where a family is held out."""


def plan(seeds: int) -> Iterator[Cell]:
    """All cells, seed by seed: a run that is stopped has whole tables of fewer seeds."""
    for seed in range(seeds):
        for protocol, split in names():
            for method in METHODS:
                yield Cell(protocol=protocol, split=split, method=method, seed=seed)
        yield from _adapted(seed)
        if seed < FEWER:
            yield from (*_ablated(seed), *_varied(seed), *_grown(seed))


def _ablated(seed: int) -> Iterator[Cell]:
    """The full model with something of it, or of what it learns from, left out."""
    ours = partial(Cell, method=ATTENTION.name, seed=seed)
    for network in NETWORKS:
        for change in (*ABLATIONS, *LEARNED, UNTUNED):
            yield ours(protocol="2", split=network, change=change)
    for kind in KINDS[1:]:
        for change in TRIED:
            yield ours(protocol="2-family", split=kind, change=change)


def _varied(seed: int) -> Iterator[Cell]:
    """What is shipped, done otherwise."""
    shipped = partial(Cell, method=NETHEED.name, seed=seed)
    for network in NETWORKS:
        for change in (*VARIATIONS, *(() if network in CICIDS else (ONE_SENSOR,))):
            yield shipped(protocol="2", split=network, change=change)
    for change in VARIATIONS:
        yield shipped(protocol="1i", split="grouped", change=change)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where cells are worked out and kept."""

    folder: Path
    corpus: Corpus
    trials: int = TRIALS

    def settings(self, protocol: str, split: str, method: Method) -> Settings:
        """Chosen once for a split and a method, by the first seed's training part."""
        if protocol == UNSEARCHED or not method.spans:
            return {}
        cell = Cell(protocol=protocol, split=split, method=method.name, seed=0)
        path = self.folder / f"search-{cell.key}.json"
        if not path.exists():
            train = split_of(self.corpus, protocol, split, 0).train
            chosen, history = search(method, train, trials=self.trials)
            _write(path, {"settings": dict(chosen), "trials": history})
        kept: dict[str, float] = json.loads(path.read_text())["settings"]
        return kept

    def work(self, cell: Cell) -> None:
        """Work out and keep a cell; nothing where it is kept already."""
        path = self.folder / f"{cell.key}.json"
        if path.exists():
            return
        method = METHODS[cell.method]
        tuned = cell.change != UNTUNED
        settings = self.settings(cell.protocol, cell.split, method) if tuned else {}
        if cell.change in ABLATIONS or cell.change in VARIATIONS:
            method = variant(method, cell.change)
        facts, arrays = _worked(cell, method, settings, self._split(cell))
        with (self.folder / f"{cell.key}.npz").open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        _write(path, {**asdict(cell), "settings": dict(settings), **facts})

    def _split(self, cell: Cell) -> Split:
        if cell.change in LEARNED:
            return without(self.corpus, cell.split, cell.seed, LEARNED[cell.change])
        if cell.change == ONE_SENSOR:
            return without(self.corpus, cell.split, cell.seed, ROLES, CICIDS)
        split = split_of(self.corpus, cell.protocol, cell.split, cell.seed)
        if cell.change.startswith("size "):
            share = float(cell.change.removeprefix("size "))
            return replace(split, train=_share(split.train, share, cell.seed))
        return with_hour(split) if cell.change == "hour" else split


def _worked(
    cell: Cell, method: Method, settings: Settings, split: Split
) -> tuple[dict[str, object], dict[str, NDArray[np.generic]]]:
    begun = perf_counter()
    judge = method.fit(split.train, settings, cell.seed)
    fitted = perf_counter()
    verdicts = judge(split.test)
    judged = perf_counter()
    kind = kinds_of(verdicts, len(split.test.label))
    tested = Tested.of(split.test, verdicts.score, kind)
    facts: dict[str, object] = {
        "train_windows": len(split.train.label),
        "train_kinds": np.bincount(split.train.label[split.train.label >= 0]).tolist(),
        "test_windows": len(tested.score),
        "fit_seconds": round(fitted - begun, 3),
        "judge_seconds": round(judged - fitted, 4),
        "note": split.note,
    }
    if cell.protocol.startswith("1"):
        facts["threshold"] = _threshold(method, settings, split.train, cell.seed)
        if cell.seed == 0 and not cell.change:
            facts["ten_runs_seconds"] = round(_timed(judge, split.test), 3)
    arrays: dict[str, NDArray[np.generic]] = {**asdict(tested)}
    if verdicts.kinds is not None:
        arrays["benign"] = verdicts.kinds[split.test.tested, 0]
    if split.calibration is not None:
        ordinary = split.calibration.label == 0
        arrays["calibration"] = judge(split.calibration).score[ordinary]
        arrays["calibration_group"] = split.calibration.group[ordinary]
        arrays["group"] = split.test.group[split.test.tested]
    return facts, arrays


def kinds_of(verdicts: Verdicts, windows: int) -> NDArray[np.int64]:
    """The likeliest kind of each window, 0 throughout from a method that knows no kinds."""
    if verdicts.kinds is None:
        return np.zeros(windows, dtype=np.int64)
    likeliest: NDArray[np.int64] = verdicts.kinds.argmax(axis=1)
    return likeliest


def _threshold(method: Method, settings: Settings, train: Examples, seed: int) -> float:
    """Of the best macro-F1 on a part of the training windows that a second fit did not see."""
    learned, beside = inner(train, seed)
    verdicts = method.fit(learned, settings, seed)(beside)
    return best_threshold(Tested.of(beside, verdicts.score, beside.label))


def _timed(judge: Callable[[Examples], Verdicts], test: Examples) -> float:
    begun = perf_counter()
    for _ in range(REPEATS):
        judge(test)
    return perf_counter() - begun


def _share(train: Examples, share: float, seed: int) -> Examples:
    """A share of the tracks, each kind's own."""
    kind = np.zeros(int(train.track.max()) + 1, dtype=np.int64)
    np.maximum.at(kind, train.track, train.label)
    rng = np.random.default_rng(seed)
    chosen = np.zeros(len(kind), dtype=np.bool_)
    for code in range(len(KINDS)):
        tracks = rng.permutation(np.flatnonzero(kind == code))
        chosen[tracks[: max(1, round(share * len(tracks)))]] = True
    return train.only(chosen[train.track])


def with_hour(split: Split) -> Split:
    """The first hour of each tested recording, its benign windows, learned from as benign.

    They are not tested any more.
    """
    test = split.test
    begun = np.full(int(test.recording.max()) + 1, np.inf)
    np.minimum.at(begun, test.recording, test.end)
    early = test.end < begun[test.recording] + HOUR
    hour = test.only(early & (test.attack == BENIGN))
    later = replace(test, attack=np.where(early, "", test.attack))
    return replace(split, train=joined([split.train, hour]), test=later)


def _write(path: Path, facts: dict[str, object]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(facts))
    part.replace(path)

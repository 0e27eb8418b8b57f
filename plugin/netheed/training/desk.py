"""The cells of `netheed evaluate --quick`, each kept under the digest of all that made it.

Three kinds: a detector fitted without a network, what it says of one recording of that network, and
the rank of the guilty pairs there by the detectors beside it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import msgspec
import numpy as np
from msgspec import Struct

from netheed.model.manifest import LifeManifest
from netheed.model.scorer import Scorer
from netheed.training import export, life_train
from netheed.training.attention import DEFAULTS, trained
from netheed.training.baselines.pairwise import (
    FEWEST,
    Pairs,
    Ranker,
    by_host,
    by_rita,
    forest,
    pairs_of,
    rank,
)
from netheed.training.calibrate import calibrate
from netheed.training.corpus import Corpus, Store, corpus
from netheed.training.datasets import Recording, load, load_cicids, with_names
from netheed.training.digests import code, digest
from netheed.training.judge import judge
from netheed.training.judged import Judged, judged
from netheed.training.life_corpus import (
    LifeCorpus,
    LifePiece,
    judged_corpus,
    judged_implants,
    life_corpus,
    life_parts,
)
from netheed.training.overlay import families
from netheed.training.splits import NETWORKS, split_of
from netheed.training.trials import Pair, Trial, pair_of, trials

NETHEED: Final = "netheed"
RITA, FOREST, HOST = "RITA's beacon score", "Isolation Forest", "per-host z-score"
BESIDE: Final = (RITA, FOREST, HOST)
"""What ranks pairs beside the detector."""
SEED: Final = 0
SCENES: Final = 24
"""Simulated networks to learn from, six of which calibrate."""
WIDTH: Final = 60.0
FOLDER: Final = "quick"
"""Where in the cache the cells are; windows lie beside it and are the long comparison's too."""
Kept = TypeVar("Kept", bound=Struct)

_TRUTH: Final = (
    "core",
    "sources",
    "records.py",
    "classes.py",
    "training/datasets.py",
    "training/overlay.py",
    "training/splits.py",
    "training/trials.py",
)
FITTING: Final = (
    *_TRUTH,
    "model",
    "training/implants",
    *(
        f"training/{name}.py"
        for name in (
            "attention",
            "calibrate",
            "conversations",
            "corpus",
            "examples",
            "experts",
            "export",
            "fit",
            "hour_labels",
            "judge",
            "life_corpus",
            "life_examples",
            "life_export",
            "life_fit",
            "life_model",
            "life_train",
            "losses",
            "methods",
            "mixture",
            "model",
            "desk",
            "served",
            "standard",
            "simulate_attacks",
            "simulate_hosts",
            "simulate_network",
            "visibility",
            "weights",
            "wire",
        )
    ),
)
JUDGING: Final = (
    "pipeline.py",
    "scales.py",
    "build.py",
    "config.py",
    "ports.py",
    "triage",
    "training/judged.py",
)
RANKING: Final = (
    *_TRUTH,
    "training/desk.py",
    "training/implants",
    "training/life_corpus.py",
    "training/simulate_network.py",
    "training/wire.py",
    "training/baselines/pairwise.py",
    "training/baselines/rita.py",
)


class Ranked(Struct, frozen=True, kw_only=True):
    """The guilty pairs of one recording among all its pairs."""

    pairs: int
    """The guilty one and those of no attack, with at least as many connections as every detector
    asks for."""
    ranks: dict[str, list[int | None]]
    """Detector -> place of each guilty one, 1 the oddest; None for one without a single pair."""


class Scored(Struct, frozen=True, kw_only=True):
    """What was found of one trial; None where it failed."""

    judged: Judged | None
    ranked: Ranked | None


class Codes(NamedTuple):
    """Digests of the code at the begin of a run: all its processes go by the same ones."""

    fitting: str
    judging: str
    ranking: str

    @classmethod
    def now(cls) -> "Codes":
        """As it is on disk."""
        return cls(code(FITTING), code(JUDGING), code(RANKING))


@dataclass(frozen=True)
class Desk:
    """Where cells are worked out and kept."""

    data: Path
    folder: Path
    codes: Codes = field(default_factory=Codes.now)

    @cached_property
    def recordings(self) -> tuple[Recording, ...]:
        """All of them, in the order of the sources."""
        return (*load(self.data), *load_cicids(self.data))

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """What is tested: recordings as they are, and benign ones with implants."""
        return tuple(trials((*map(with_names, self.recordings), *self.implanted)))

    @cached_property
    def implanted(self) -> tuple[Recording, ...]:
        """Judged implants over benign recordings."""
        return tuple(judged_implants(self.recordings))

    @cached_property
    def sum(self) -> str:
        """Digest of all recordings."""
        return digest(*(f"{r.name} {r.sha256}" for r in self.recordings))

    @cached_property
    def windows(self) -> Corpus:
        """The windows to learn from."""
        return corpus(self.data, Store(folder=self.folder / "windows"), scenes_of=SCENES)

    @cached_property
    def lives(self) -> LifeCorpus:
        """The looks at pairs and hosts' hours to learn from."""
        return life_corpus(self.recordings, self._kept_lives, scenes_of=SCENES)

    @cached_property
    def life_parts(self) -> "list[Callable[[], Iterable[LifePiece]]]":
        """What makes them, part by part."""
        return life_parts(self.recordings, self._kept_lives, scenes_of=SCENES)

    @cached_property
    def judged_lives(self) -> LifeCorpus:
        """The looks at judged implants."""
        return judged_corpus(self.recordings, self._kept_lives)

    @property
    def _kept_lives(self) -> Path:
        return self.folder / "lives"

    @cached_property
    def _tables(self) -> dict[str, Pairs]:
        return {r.name: pairs_of(r) for r in (*self.recordings, *self.implanted)}

    def model(self, network: str) -> Path:
        """The directory of the detector that was fitted without a network."""
        said = (self.codes.fitting, self.sum, network, repr(sorted(DEFAULTS.items())))
        key = digest(*said, str(SEED), str(SCENES))
        return self.folder / FOLDER / f"model-{network}-{key}"

    def judgement(self, trial: Trial) -> Path:
        """The file of what the detector said of a trial."""
        made_by = self.model(trial.network).name
        key = digest(self.codes.judging, made_by, trial.name, trial.recording.sha256)
        return self.folder / FOLDER / f"judged-{key}.json"

    def ranking(self, trial: Trial) -> Path:
        """The file of the ranks beside."""
        key = digest(self.codes.ranking, self.sum, trial.name, trial.recording.sha256, str(SEED))
        return self.folder / FOLDER / f"ranked-{key}.json"

    def fit(self, network: str) -> None:
        """Fit, calibrate and export as `netheed train` does; the manifest is written last."""
        split = split_of(self.windows, "2", network, SEED)
        assert split.calibration is not None  # noqa: S101  protocol 2 has one
        model = trained(split.train, {}, SEED)
        benign = split.calibration.label == 0
        score = judge(model, split.calibration).score[benign]
        story = export.Story(
            calibration=calibrate(score, split.calibration.group[benign]),
            training={"without": network, "seed": SEED, "windows": len(split.train.label)},
            metrics={},
            card="# {id}\n",
        )
        files, lives = self._fit_lives(network)
        story = replace(story, lives=lives, files=files)
        ranges = export.ranges(model.detector, split.train.vectors[split.train.label == 0])
        export.write(self.model(network), model, ranges, story, width=WIDTH)

    def _fit_lives(self, network: str) -> tuple[dict[str, bytes], dict[str, LifeManifest]]:
        return life_train.fitted(self.lives, NETWORKS[network], SEED)

    def judge(self, trial: Trial) -> None:
        """Run the pipeline over a trial."""
        found = judged(trial.recording, Scorer(self.model(trial.network)))
        _write(self.judgement(trial), found)

    def rank(self, trial: Trial) -> None:
        """Rank the pairs of a trial by the detectors beside."""
        pairs = self._tables[trial.name]
        rankers: dict[str, Ranker] = {
            RITA: by_rita,
            FOREST: self._forest(trial.network),
            HOST: by_host,
        }
        ranks, among = {}, 1 + len(set(pairs.pairs) - trial.accused)
        for name, ranker in rankers.items():
            scores = dict(zip(pairs.pairs, ranker(pairs).tolist(), strict=True))
            ranks[name] = _places(trial, scores, among)
        _write(self.ranking(trial), Ranked(pairs=among, ranks=ranks))

    def _forest(self, network: str) -> Ranker:
        held = frozenset(NETWORKS[network])
        others = [self._tables[r.name] for r in self.recordings if not families(r) & held]
        return forest(np.concatenate([pairs.table[pairs.benign] for pairs in others]), SEED)

    def scored(self, trial: Trial) -> Scored:
        """What is kept of a trial, with the detector's own ranks beside the others'."""
        said = _read(self.judgement(trial), Judged)
        beside = _read(self.ranking(trial), Ranked)
        if said is not None and beside is not None:
            often = Counter(map(pair_of, trial.recording.connections))
            scores = {pair: score for pair, score in said.pairs if often[pair] >= FEWEST}
            own = _places(trial, scores, beside.pairs)
            beside = Ranked(pairs=beside.pairs, ranks={NETHEED: own, **beside.ranks})
        return Scored(judged=said, ranked=beside)


def _places(trial: Trial, scores: Mapping[Pair, float], among: int) -> list[int | None]:
    """Of each guilty pair among those of no attack; see `Ranked.ranks`."""
    innocent = {pair: score for pair, score in scores.items() if pair not in trial.accused}
    guilty = (g.pair for g in trial.guilty)
    return [
        pair and rank({**innocent, pair: scores.get(pair, -np.inf)}, pair, among) for pair in guilty
    ]


def _write(path: Path, found: Struct) -> None:
    part = path.with_suffix(".part")
    part.write_bytes(msgspec.json.encode(found))
    part.replace(path)


def _read(path: Path, kind: type[Kept]) -> Kept | None:
    return msgspec.json.decode(path.read_bytes(), type=kind) if path.exists() else None

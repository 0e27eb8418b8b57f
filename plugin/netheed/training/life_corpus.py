"""All looks at lives that the laboratory learns from, in pieces that know whose networks they are.

Recordings as they were, simulated networks, and implants laid over benign recordings: what a life
is learned from is behaviour beside the pairs and hours of hosts that really lived.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from netheed.training.corpus import SIMULATED
from netheed.training.datasets import BENIGN, Recording, with_names
from netheed.training.digests import code, digest
from netheed.training.implants import BEHAVIOURS, JUDGED, LEARNED, NoRoomError, Ranges, implanted
from netheed.training.implants.doing import everyday
from netheed.training.life_examples import (
    HOURS,
    OF_A_LOOK,
    PAIRS,
    LifeExamples,
    Looks,
    Owner,
    Scale,
    joined,
    joined_looks,
    life_examples,
)
from netheed.training.mixture import scenes
from netheed.training.overlay import families
from netheed.training.splits import NETWORKS

DRAWS: Final = 4
"""Implants of each behaviour over each benign recording."""
LAID: Final = "+"
"""Between the name of a recording and of what was laid over it."""
FEWEST: Final = 1000
"""Connections of a recording over which judged implants are laid."""
MAKERS: Final = (
    "classes.py",
    "core",
    "model/life.py",
    "sources",
    "records.py",
    *(
        f"training/{name}"
        for name in (
            "conversations.py",
            "corpus.py",
            "datasets.py",
            "examples.py",
            "hour_labels.py",
            "implants",
            "life_corpus.py",
            "life_examples.py",
            "mixture.py",
            "overlay.py",
            "simulate_attacks.py",
            "simulate_hosts.py",
            "simulate_network.py",
            "splits.py",
            "trials.py",
            "visibility.py",
            "wire.py",
        )
    ),
)
"""The code on which looks depend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifePiece:
    """The looks of one recording, one simulated network, or one recording with an implant."""

    name: str
    families: frozenset[str]
    looks: Looks


@dataclass(frozen=True, slots=True)
class LifeCorpus:
    """All pieces."""

    pieces: tuple[LifePiece, ...]

    def without(self, scale: Scale, held: Iterable[str]) -> LifeExamples:
        """What may be learned of a scale where the families `held` are left out."""
        away = frozenset(held)
        return joined(
            scale, [piece.looks.of(scale) for piece in self.pieces if not piece.families & away]
        )

    def benign(self, scale: Scale, network: str) -> LifeExamples:
        """The benign looks of the recordings of one of NETWORKS."""
        own = frozenset(NETWORKS[network])
        looks = joined(
            scale, [piece.looks.of(scale) for piece in self.pieces if piece.families & own]
        )
        return looks.only(looks.label == 0)


def life_corpus(recordings: Iterable[Recording], folder: Path, *, scenes_of: int) -> LifeCorpus:
    """Made once and kept in `folder`; a change of data or of the code makes it anew."""
    parts = life_parts(recordings, folder, scenes_of=scenes_of)
    return LifeCorpus(tuple(piece for part in parts for piece in part()))


def life_parts(
    recordings: Iterable[Recording], folder: Path, *, scenes_of: int
) -> list[Callable[[], Iterable[LifePiece]]]:
    """The same in parts that may be made one beside the other, the longest first."""
    kept, recordings = _Kept(folder, code(MAKERS)), list(recordings)
    return [
        *(
            partial(_implanted, kept, *each)
            for each in enumerate(filter(bears_implants, recordings))
        ),
        *(partial(_recorded, kept, recording) for recording in recordings),
        partial(_simulated, kept, scenes_of),
    ]


def judged_implants(recordings: Iterable[Recording]) -> Iterator[Recording]:
    """What is judged and never learned from: each behaviour, over each benign recording of size."""
    for number, base in enumerate(filter(bears_implants, recordings)):
        if len(base.connections) >= FEWEST:
            yield from (made for _, made in _laid([_told(base)[-1]], JUDGED, (1, number), 1))


def judged_corpus(recordings: Iterable[Recording], folder: Path) -> LifeCorpus:
    """The looks at what is judged, likewise."""
    kept = _Kept(folder, code(MAKERS))

    def piece(laid: Recording) -> LifePiece:
        looks = kept.looks(laid.name, laid.sha256, lambda: life_examples(laid).of_attacks())
        return LifePiece(name=laid.name, families=families(laid), looks=looks)

    return LifeCorpus(tuple(map(piece, judged_implants(recordings))))


def bears_implants(recording: Recording) -> bool:
    """Wholly benign, and of a sensor that told all of every connection."""
    whole = BENIGN in recording.labels and not set(recording.labels) - {BENIGN, None}
    return whole and recording.family not in {"one-sided", "cicids2017"}


@dataclass(frozen=True, slots=True)
class _Kept:
    folder: Path
    code: str

    def looks(self, name: str, data: str, made: Callable[[], Looks]) -> Looks:
        path = self.folder / f"{digest(self.code, name, data)}.npz"
        if path.exists():
            return _loaded(path)
        looks = made()
        _keep(path, looks)
        return looks


def _recorded(kept: _Kept, recording: Recording) -> Iterator[LifePiece]:
    for told in _told(recording):
        looks = kept.looks(told.name, told.sha256, partial(life_examples, told))
        yield LifePiece(name=told.name, families=families(told), looks=looks)


def _simulated(kept: _Kept, count: int) -> Iterator[LifePiece]:
    for number in range(count):
        name = f"{SIMULATED}/{number}#1"

        def made(number: int = number) -> Looks:
            return life_examples(scenes(1, np.random.default_rng((2, number)))[0])

        yield LifePiece(
            name=name, families=frozenset((SIMULATED,)), looks=kept.looks(name, "", made)
        )


def _implanted(kept: _Kept, number: int, base: Recording) -> Iterator[LifePiece]:
    """The looks at what was laid: those at the base's own lives are its own piece."""
    bases = _told(base)

    def made() -> Looks:
        laid = (each for _, each in _laid(bases, LEARNED, (0, number), DRAWS))
        return joined_looks([life_examples(each).of_attacks() for each in (base, *laid)])

    name = f"{base.name}{LAID}implants"
    looks = kept.looks(name, f"{bases[-1].sha256} {number}", made)
    yield LifePiece(name=name, families=families(base), looks=looks)


def _told(recording: Recording) -> list[Recording]:
    """Without its names, as most sites will be or as their sensor may fail; with them, if any.

    With them the sensor logs acts too.
    """
    named = _with_acts(with_names(recording))
    return [recording, named] if named.namings or named.acts else [recording]


def _with_acts(named: Recording) -> Recording:
    """With acts of every day, where a recording has names and no log of acts."""
    if named.acts or not named.namings:
        return named
    seed = int(digest(named.sha256)[:8], 16)
    return replace(named, acts=everyday(named, np.random.default_rng(seed)))


def _laid(
    bases: Sequence[Recording], ranges: Ranges, seed: tuple[int, int], draws: int
) -> Iterator[tuple[str, Recording]]:
    """Each behaviour that finds room in the recording, by its name, over its versions in turn."""
    for at, behaviour in enumerate(BEHAVIOURS):
        for draw in range(draws):
            base = bases[draw % len(bases)]
            try:
                rng = np.random.default_rng((*seed, at, draw))
                made, _ = implanted(base, behaviour, ranges, rng)
            except NoRoomError:
                continue
            name = f"{base.name}{LAID}{behaviour}"
            yield (
                behaviour,
                Recording(
                    name=name,
                    family=made.family,
                    connections=made.connections,
                    labels=made.labels,
                    local=made.local,
                    sha256=digest(base.sha256, behaviour, repr(ranges), repr((*seed, at, draw))),
                    attacks=made.attacks,
                    namings=made.namings,
                    acts=made.acts,
                ),
            )


def _keep(path: Path, looks: Looks) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    arrays = {
        f"{scale.life.part}.{name}": array
        for scale in (PAIRS, HOURS)
        for name, array in _columns(looks.of(scale))
    }
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    part.replace(path)


def _columns(looks: LifeExamples) -> Iterator[tuple[str, np.ndarray]]:
    yield from ((name, getattr(looks, name)) for name in OF_A_LOOK)
    for name in Owner._fields:
        yield name, np.array([getattr(key, name) for key in looks.keys])


def _loaded(path: Path) -> Looks:
    with np.load(path, allow_pickle=False) as kept:
        both = []
        for scale in (PAIRS, HOURS):
            part = scale.life.part
            columns = (kept[f"{part}.{name}"].tolist() for name in Owner._fields)
            keys = [Owner(*each) for each in zip(*columns, strict=True)]
            arrays = {name: kept[f"{part}.{name}"] for name in OF_A_LOOK}
            both.append(LifeExamples(scale=scale, **arrays, keys=keys))
    return Looks(*both)

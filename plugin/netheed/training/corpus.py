"""All windows that the laboratory works on, in pieces that know whose networks stand in them.

A piece is one recording, one recording with attacks laid over it, or one simulated network. Which
pieces may be learned from when a network is held out follows from their families alone.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b, sha256
from itertools import chain
from pathlib import Path
from typing import Final, Literal

import numpy as np

import netheed
from netheed.training.conversations import Conversations
from netheed.training.datasets import Recording, load, load_cicids
from netheed.training.examples import Examples, examples_of, joined
from netheed.training.mixture import overlays, scenes
from netheed.training.overlay import episodes, families, overlaid, thinned

Role = Literal["recorded", "overlaid", "relaid", "simulated"]
"""As it was recorded; with simulated attacks laid over; with recorded attacks laid over; ours."""

SIMULATED: Final = "simulated"
KEPT: Final = (0.6, 1.0)
"""Share of a recorded attack's connections that stays when it is laid elsewhere: sensors lose."""
BASES: Final = 6
"""Benign recordings over which each recorded attack is laid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The windows of one recording or one simulated network."""

    name: str
    families: frozenset[str]
    role: Role
    examples: Examples
    local: tuple[str, ...] = ()
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """All pieces."""

    pieces: tuple[Piece, ...]

    def learned(
        self, held: Iterable[str] = (), *, roles: Iterable[Role] = ("recorded",)
    ) -> "Corpus":
        """Pieces of the given roles in which none of the families `held` stands."""
        away, wanted = frozenset(held), frozenset(roles)
        return Corpus(tuple(p for p in self.pieces if p.role in wanted and not (p.families & away)))

    def recorded(self, names: tuple[str, ...]) -> "Corpus":
        """Recordings, as they were, whose names begin with one of `names`."""
        return Corpus(
            tuple(p for p in self.pieces if p.role == "recorded" and p.name.startswith(names))
        )

    @property
    def digest(self) -> str:
        """Of all that can be learned from it, and of what it is called."""
        made = blake2b(digest_size=16)
        for piece in self.pieces:
            names = (piece.name, piece.role, *sorted(piece.families))
            made.update("\0".join(names).encode() + b"\0\0")
            for array in piece.examples.arrays:
                made.update(f"{array.dtype} {array.shape}\0".encode())
                made.update(np.ascontiguousarray(array).tobytes())
        return made.hexdigest()

    @property
    def examples(self) -> Examples:
        """The windows of all pieces together."""
        return joined([piece.examples for piece in self.pieces])


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Windows once made, kept in a folder; a change of data or of the code makes them anew."""

    folder: Path
    width: float = 60.0

    def examples(
        self, recording: Recording, made: Callable[[], Recording] | None = None
    ) -> Examples:
        """The windows of a recording; `made`, where given, makes what `recording` only names."""
        key = blake2b(digest_size=16)
        for part in (_code(), recording.name, recording.sha256, str(self.width)):
            key.update(part.encode() + b"\0")
        path = self.folder / f"{key.hexdigest()}.npz"
        if path.exists():
            return _loaded(path)
        examples = examples_of([made() if made else recording], width=self.width)
        _keep(path, examples)
        return examples


def corpus(data: Path, store: Store, *, scenes_of: int, seed: int = 1) -> Corpus:
    """Everything below `data`, and `scenes_of` simulated networks.

    Simulated attacks are laid over each wholly benign recording; recorded ones, each recording's
    alone, over up to BASES benign recordings of other families: at another rate,
    jittered, thinned, on another host. Deterministic for one seed.
    """
    recordings = [*load(data), *load_cicids(data)]
    found = [_piece(r, "recorded", store.examples(r)) for r in recordings]
    zeek = [r for r in recordings if not r.family.startswith("cicids")]
    laid = chain(_overlaid(zeek, store, seed), _relaid(recordings, store, seed))
    return Corpus((*found, *laid, *_simulated(scenes_of, store, seed)))


def _piece(recording: Recording, role: Role, examples: Examples) -> Piece:
    return Piece(
        name=recording.name,
        families=families(recording),
        role=role,
        examples=examples,
        local=recording.local,
        sha256=recording.sha256,
    )


def _named(name: str, family: str, seed: int, *of: Recording, draw: int = 0) -> Recording:
    """What will be made `of` these recordings, by its name and by what it will be made from."""
    made_from = sha256(":".join((*(r.sha256 for r in of), str(draw))).encode()).hexdigest()
    return Recording(
        name=f"{name}#{seed}", family=family, connections=[], labels=[], sha256=made_from
    )


def _overlaid(recordings: list[Recording], store: Store, seed: int) -> Iterator[Piece]:
    """Simulated attacks over each wholly benign recording."""
    for number, base in enumerate(recordings):
        if not _benign(base):
            continue
        named = _named(f"{base.name}+simulated", base.family, seed, base, draw=number)

        def made(base: Recording = base, number: int = number) -> Recording:
            return overlays([base], 1, np.random.default_rng((seed, number)))[0]

        yield _piece(named, "overlaid", store.examples(named, made))


def _relaid(recordings: list[Recording], store: Store, seed: int) -> Iterator[Piece]:
    """Each attacking recording, up to four of its episodes, over benign ones of other families."""
    bases = [r for r in recordings if _benign(r) and len(r.connections) < 4000]
    attackers = [r for r in recordings if not _benign(r) and set(r.labels) - {None, "benign"}]
    for number, source in enumerate(attackers):
        rng = np.random.default_rng((seed, number))
        others = [b for b in bases if b.family != source.family and not _only_v6(b)]
        for base in (others[i] for i in rng.permutation(len(others))[:BASES].tolist()):
            draw = int(rng.integers(2**31))
            family = f"{base.family}+{source.family}"
            named = _named(f"{base.name}+{source.name}", family, seed, base, source, draw=draw)

            def made(
                base: Recording = base, source: Recording = source, draw: int = draw
            ) -> Recording:
                return _laid(base, source, draw)

            yield _piece(named, "relaid", store.examples(named, made))


def _laid(base: Recording, source: Recording, draw: int) -> Recording:
    rng = np.random.default_rng(draw)
    keep = float(rng.uniform(*KEPT))
    attacks = [e for e in episodes(thinned(source, keep, seed=draw)) if "." in e.host]
    chosen = rng.permutation(len(attacks))[:4].tolist()
    return overlaid(base, [attacks[i] for i in chosen], seed=draw)


def _simulated(count: int, store: Store, seed: int) -> Iterator[Piece]:
    for number in range(count):
        named = _named(f"{SIMULATED}/{number}", SIMULATED, seed)

        def made(number: int = number) -> Recording:
            return scenes(1, np.random.default_rng((seed, 7, number)))[0]

        yield _piece(named, SIMULATED, store.examples(named, made))


def _benign(recording: Recording) -> bool:
    return "benign" in recording.labels and not set(recording.labels) - {"benign", None}


def _only_v6(recording: Recording) -> bool:
    return not any("." in connection.orig for connection in recording.connections)


def _code() -> str:
    """A digest of the code that makes windows: a change of it makes every kept window stale."""
    digest = blake2b(digest_size=16)
    root = Path(netheed.__file__).parent
    for path in (root / name for name in _MAKERS):
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(module.read_bytes())
    return digest.hexdigest()


_MAKERS: Final = (
    "core",
    "records.py",
    "sources",
    "model/calibration.py",
    "training/conversations.py",
    "training/corpus.py",
    "training/datasets.py",
    "training/examples.py",
    "training/mixture.py",
    "training/overlay.py",
    "training/simulate_attacks.py",
    "training/simulate_hosts.py",
    "training/simulate_network.py",
    "training/wire.py",
    "training/visibility.py",
)
"""What `_code` looks at: modules, and all modules of rooms."""


def _keep(path: Path, examples: Examples) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file,
            vectors=examples.vectors,
            label=examples.label,
            attack=examples.attack,
            group=examples.group,
            track=examples.track,
            recording=examples.recording,
            end=examples.end,
            host=np.array(examples.host, dtype=np.str_),
            window=examples.conversations.window,
            peer=examples.conversations.peer,
            values=examples.conversations.values,
        )
    part.replace(path)


def _loaded(path: Path) -> Examples:
    with np.load(path, allow_pickle=False) as kept:
        return Examples(
            vectors=kept["vectors"],
            label=kept["label"],
            attack=kept["attack"],
            group=kept["group"],
            track=kept["track"],
            recording=kept["recording"],
            end=kept["end"],
            host=kept["host"].tolist(),
            conversations=Conversations(
                window=kept["window"], peer=kept["peer"], values=kept["values"]
            ),
        )

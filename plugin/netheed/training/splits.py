"""What is learned from and what is tested on: the protocols of the comparison.

The same windows for every method. No split tears a network, an attack campaign or a host's hour
apart; calibration windows stand in none of the two.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.training.corpus import SIMULATED, Corpus, Role
from netheed.training.datasets import CICIDS_LABELS, KINDS
from netheed.training.examples import UNLABELLED, Examples

BUDGET: Final = 24_000
"""Windows that any method learns from at most."""
CALIBRATING: Final = (
    "m57",
    "ctu-sme-11/linux-2023-02-25",
    "stratosphere/011",
    "iot23/benign-b2",
    "iot23/benign-b3",
    "cicids2017/2017-07-03",
)
"""Benign recordings that are kept from training to take p-values from."""
CALIBRATING_SCENES: Final = tuple(f"{SIMULATED}/{number}#" for number in range(18, 24))
ROLES: Final[tuple[Role, ...]] = ("recorded", "overlaid", "relaid", "simulated")

NETWORKS: Final[Mapping[str, tuple[str, ...]]] = {
    "iot23": ("iot23",),
    "ctu-sme": ("ctu-sme",),
    "stratosphere": ("stratosphere", "njrat", "nmap"),
    "office": ("m57", "l2-addr", "one-sided"),
    "cicids2017": ("cicids2017",),
}
"""Held out together: networks of one laboratory, or benign ones beside an attack without any."""
CICIDS: Final = ("cicids2017",)
ZEEK: Final = tuple(family for group in NETWORKS.values() for family in group if group != CICIDS)
HOUR: Final = 3600.0
FRACTIONS: Final = (0.05, 0.1, 0.25, 0.5, 1.0)
"""Of the training part, for accuracy against training size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One division of the windows."""

    protocol: str
    name: str
    train: Examples
    test: Examples
    calibration: Examples | None = None
    """Benign windows beside; None where the training part gives them up itself."""
    note: str = ""


def names() -> Iterator[tuple[str, str]]:
    """(protocol, split) of every split, in the order of the report."""
    yield "1i", "grouped"
    yield "1ii", "by day"
    for network in NETWORKS:
        yield "2", network
    for kind in KINDS[1:]:
        yield "2-family", kind
    yield "3", "cicids2017 to zeek"
    yield "3", "zeek to cicids2017"


def split_of(corpus: Corpus, protocol: str, name: str, seed: int) -> Split:
    """One split; only 1i draws by the seed, elsewhere it chooses which tracks fill BUDGET."""
    if protocol == "1i":
        return _grouped(corpus, seed)
    if protocol == "1ii":
        return _by_day(corpus)
    if protocol == "2":
        return _network(corpus, name, seed)
    if protocol == "2-family":
        return _family(corpus, name, seed)
    return _across(corpus, name, seed)


def without(
    corpus: Corpus, name: str, seed: int, roles: Iterable[Role], families: tuple[str, ...] = ()
) -> Split:
    """A network held out, with fewer roles or more families away: ablations of the data."""
    return _network(corpus, name, seed, tuple(roles), families)


def _network(
    corpus: Corpus,
    name: str,
    seed: int,
    roles: tuple[Role, ...] = ROLES,
    families: tuple[str, ...] = (),
) -> Split:
    held = (*NETWORKS[name], *families)
    test = tested_of(corpus, name)
    train, calibration = parted(corpus.learned(held, roles=roles))
    return Split(
        protocol="2",
        name=name,
        train=train.examples.fewer(BUDGET, seed),
        test=test,
        calibration=calibration.examples,
    )


def tested_of(corpus: Corpus, network: str) -> Examples:
    """Every recorded window of one of NETWORKS."""
    return _only_of(corpus, NETWORKS[network]).examples


def _only_of(corpus: Corpus, families: tuple[str, ...]) -> Corpus:
    wanted = frozenset(families)
    return Corpus(
        tuple(p for p in corpus.learned(roles=("recorded",)).pieces if p.families <= wanted)
    )


def parted(corpus: Corpus) -> tuple[Corpus, Corpus]:
    """(to learn from, to calibrate with): recordings laid over a calibrating one are in neither."""
    calibrating = (*CALIBRATING, *CALIBRATING_SCENES)
    learned = tuple(p for p in corpus.pieces if not p.name.startswith(calibrating))
    beside = tuple(
        p
        for p in corpus.pieces
        if p.role in {"recorded", SIMULATED} and p.name.startswith(calibrating)
    )
    return Corpus(learned), Corpus(beside)


def _family(corpus: Corpus, kind: str, seed: int) -> Split:
    """An attack never seen: no window of the kind is learned from; all recorded ones are tested.

    The networks were seen, their benign windows too: this asks for the kind alone. Benign windows
    of the test are the calibrating recordings', which nobody learned from.
    """
    code = KINDS.index(kind)
    learned, calibration = parted(corpus.learned(roles=ROLES))
    train = learned.examples
    hit = np.bincount(train.track, weights=train.label == code) > 0
    kept = train.only(~hit[train.track])
    benign = corpus.recorded(CALIBRATING)
    attacks = Corpus(
        tuple(
            p
            for p in corpus.pieces
            if p.role in {"recorded", SIMULATED} and (p.examples.label == code).any()
        )
    )
    test = Corpus((*benign.pieces, *attacks.pieces)).examples
    relevant = (test.label == code) | _from(test, len(benign.pieces))
    attack = np.where(relevant, test.attack, "")
    return Split(
        protocol="2-family",
        name=kind,
        train=kept.fewer(BUDGET, seed),
        test=replace(test, attack=attack),
        calibration=_simulated_of(calibration).examples,
    )


def _simulated_of(corpus: Corpus) -> Corpus:
    return Corpus(tuple(p for p in corpus.pieces if p.role == SIMULATED))


def _from(examples: Examples, recordings: int) -> NDArray[np.bool_]:
    early: NDArray[np.bool_] = examples.recording < recordings
    return early


def _across(corpus: Corpus, name: str, seed: int) -> Split:
    """From one sensor's records to another's, recordings alone."""
    train, test = (CICIDS, ZEEK) if name.startswith("cicids2017") else (ZEEK, CICIDS)
    return Split(
        protocol="3",
        name=name,
        train=_only_of(corpus, train).examples.fewer(BUDGET, seed),
        test=_only_of(corpus, test).examples,
    )


def _grouped(corpus: Corpus, seed: int) -> Split:
    """CICIDS2017 by host and hour, stratified by what happened in it: 80 % to 20 %."""
    whole = by_hour(_only_of(corpus, CICIDS).examples)
    of_track = _commonest(whole)
    rng = np.random.default_rng(seed)
    tested = np.zeros(len(of_track), dtype=np.bool_)
    for attack in np.unique(of_track):
        tracks = rng.permutation(np.flatnonzero(of_track == attack))
        tested[tracks[: round(0.2 * len(tracks))]] = True
    train, test = whole.only(~tested[whole.track]), whole.only(tested[whole.track])
    return _without_twins("1i", "grouped", train, test)


def _by_day(corpus: Corpus) -> Split:
    """Learned on Monday to Wednesday, tested on Thursday and Friday."""
    early = corpus.recorded(tuple(f"cicids2017/2017-07-0{day}" for day in (3, 4, 5)))
    late = corpus.recorded(("cicids2017/2017-07-06", "cicids2017/2017-07-07"))
    return _without_twins("1ii", "by day", early.examples, late.examples)


def _without_twins(protocol: str, name: str, train: Examples, test: Examples) -> Split:
    """Test windows whose vector was learned from, to the bit, are not counted."""
    seen = {row.tobytes() for row in train.vectors}
    twin = np.array([row.tobytes() in seen for row in test.vectors])
    note = f"{int((twin & test.tested).sum())} test windows equal a training window: not counted"
    test = replace(test, attack=np.where(twin, "", test.attack))
    return Split(protocol=protocol, name=name, train=train, test=test, note=note)


def by_hour(examples: Examples) -> Examples:
    """The same windows with every hour of a host as a track of its own."""
    key = np.stack((examples.track, (examples.end // HOUR).astype(np.int64)))
    _, track = np.unique(key, axis=1, return_inverse=True)
    return replace(examples, track=track)


def _commonest(examples: Examples) -> NDArray[np.str_]:
    """Of each track the commonest attack, or what all its windows are."""
    count = int(examples.track.max()) + 1
    found = np.full(count, "", dtype=examples.attack.dtype)
    for track in range(count):
        said = examples.attack[examples.track == track]
        attacks = said[(said != "") & (said != KINDS[0])]
        names, counts = np.unique(attacks if len(attacks) else said, return_counts=True)
        found[track] = names[counts.argmax()]
    return found


def inner(train: Examples, seed: int) -> tuple[Examples, Examples]:
    """(to learn from, to choose settings by): a third of the recordings, at random.

    With fewer than six recordings hosts' hours are divided instead. Each kind that stands in two
    parts or more stands on both sides where chance allows.
    """
    recordings = int(train.recording.max()) + 1
    parts = train if recordings >= 6 else by_hour(train)
    of = parts.recording if recordings >= 6 else parts.track
    rng = np.random.default_rng(seed)
    order = rng.permutation(int(of.max()) + 1)
    chosen = np.zeros(len(order), dtype=np.bool_)
    for code in range(len(KINDS)):
        having = order[np.isin(order, of[parts.label == code])]
        open_ones = having[~chosen[having]]
        wanted = round(len(having) / 3) - int(chosen[having].sum())
        chosen[open_ones[: max(0, wanted)]] = True
    return parts.only(~chosen[of]), parts.only(chosen[of])


def kind_of(attack: NDArray[np.str_]) -> NDArray[np.int64]:
    """Published names -> index into KINDS, UNLABELLED where a name is no kind of ours."""
    kinds = {name: kind for name, (kind, _) in CICIDS_LABELS.items()} | {k: k for k in KINDS}
    codes = {name: KINDS.index(kind) if kind else UNLABELLED for name, kind in kinds.items()}
    return np.array([codes.get(name, UNLABELLED) for name in attack.tolist()], dtype=np.int64)

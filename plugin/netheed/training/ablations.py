"""What each group of features is worth to the models of lives: they are fitted without it.

And what each mechanism of the papers would be: they are fitted with it.

Each network is left out in turn. The threshold is one for all: what a share RATE of the benign
looks reach, each scored by a model that learned without its network. Nothing is calibrated, so a
row costs one fit a network.

The same models of pairs are asked about the same looks as a site would see them that has been known
for so many times as long, and where so many times as many hosts use a port, which no recording is.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import msgspec
import numpy as np
from msgspec import Struct

from netheed.core.hour_vector import ACTS, AROUND
from netheed.core.life_vector import CONTEXT, NAMED, SERVICES
from netheed.model.life import HOUR_LIFE
from netheed.training.desk import FOLDER, SEED, Desk
from netheed.training.digests import code, digest
from netheed.training.life_corpus import LAID, LifePiece
from netheed.training.life_examples import HOURS, PAIRS, LifeExamples, Scale
from netheed.training.life_fit import LifeRecipe, evidence, fit, recipe_of
from netheed.training.life_model import ExportedLives
from netheed.training.splits import NETWORKS
from netheed.training.workers import Told, finish, lives, own_desk, pool

RATE: Final = 0.002
"""Share of benign looks that may be called odd: the default threshold of triage."""
ALL: Final = "as shipped"
"""The row in which no group is left out."""
WHOLE: Final = "with the unread read"
"""The row in which that is read too; see `Life.unread`."""
TIMES: Final = (7, 30)
OLDER: Final = ("host_age", "peer_age", "name_age", "mark_age", "port_hosts")
"""Columns beside that are so many times as large, or nearly, for whoever is new at such a site."""
GROWING: Final = ("connections", "span", "hours", "beats", *OLDER)
"""The same of a pair that has gone on since."""
GROUPS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "pairs": {
        ALL: (),
        WHOLE: (),
        "rhythm": ("gap", "gap_known", "period", "regularity", "beats"),
        "sizes": (
            "sent", "received", "size_spread", "sent_long", "received_long", "sent_share",
        ),
        "persistence": ("connections", "span", "hours", "persistence"),
        "failure": ("failed", "cut", "tries"),
        "durations": ("duration", "longest"),
        "who else": ("peer_hosts",),
        "age": ("peer_age",),
        "service and port": (
            "external", "tcp", "udp", "known_port", "high_port",
            *(f"service_{name}" for name in SERVICES),
        ),
        "the host's minute": ("host_pairs", "host_connections"),
        "names": tuple(NAMED),
    },
    "hours": {
        ALL: (),
        WHOLE: (),
        "volume": (
            "connections_out", "connections_in", "bytes_sent", "bytes_received", "external_sent",
        ),
        "novelty": ("new_peers", "new_destinations", "new_ports"),
        "failure": ("failures_out", "failed_remote"),
        "inside": ("inside_out", "new_inside"),
        "remote administration": ("remote_out", "new_remote", "remote_sent"),
        "the hours before": tuple(
            name for name in AROUND if name not in {*ACTS, *HOUR_LIFE.unread}
        ),
        "acts": tuple(ACTS),
    },
}  # fmt: skip
"""Part of a model directory -> group -> the columns that are left out, of steps and beside."""
MECHANISMS: Final[dict[str, dict[str, object]]] = {
    "with the next one foretold": {"expect": 0.3},
    "with the next one foretold, in the score too": {"expect": 0.3, "surprise": 0.5},
    "with two views compared": {"contrast": 0.1},
    "with four experts": {"experts": 4},
    "with all of these": {"expect": 0.3, "surprise": 0.5, "contrast": 0.1, "experts": 4},
}
"""What the papers add, of pairs and of hours alike: row -> what is changed in the recipe."""
STEPS: Final = "the steps themselves"
"""The row in which nothing is attended to."""
NEVER: Final = -1e9
"""The evidence of who was never looked at."""
_CODE: Final = code(("training/ablations.py",))
"""The code that runs, whatever is on disk when a cell is made."""
_SCALES: Final = {scale.life.part: scale for scale in (PAIRS, HOURS)}


class Grown(Struct, frozen=True, array_like=True):
    """The same at a site of TIMES."""

    benign: list[float]
    laid: list[float]


class Cell(Struct, frozen=True, kw_only=True):
    """Of one group and one network: the evidence of those who were not learned from."""

    benign: list[float]
    """Each benign look."""
    recorded: list[float]
    """The highest of each owner of a recorded attack."""
    laid: list[tuple[str, float]]
    """The behaviour and the highest of each judged implant."""
    grown: list[Grown]
    """At a site of each of TIMES; of pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One group left out, over all networks."""

    part: str
    group: str
    threshold: float
    recorded: tuple[int, int]
    """Owners of recorded attacks that reach it, of how many."""
    laid: dict[str, tuple[int, int]]
    """Likewise judged implants, by behaviour."""
    grown: tuple[tuple[float, int], ...]
    """At a site of each of TIMES, of pairs: share of benign looks that reach it, implants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablations:
    """All that a report says."""

    rows: tuple[Row, ...]
    failures: tuple[tuple[str, str], ...]
    seconds: float
    worked: int
    """Cells that this run worked out; the others were there."""


def evaluate(data: Path, folder: Path, *, workers: int, told: Told) -> Ablations:
    """Work out every cell that `folder` does not hold yet, `workers` at once on a core each."""
    begun, desk = perf_counter(), Desk(data, folder)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    cells = [(part, row, name) for part in GROUPS for row in rows_of(part) for name in NETWORKS]
    missing = [cell for cell in cells if not _place(desk, *cell).exists()]
    failures = []
    if missing:
        with pool(desk, workers) as processes:
            first = {processes.submit(_judged): "judged lives", **lives(desk, processes)}
            failures = finish(first, told)
            pending: dict[Future[None], str] = {
                processes.submit(_work, *cell): "{}: {}, {}".format(*cell) for cell in missing
            }
            failures += finish(pending, told)
    return Ablations(
        rows=tuple(_rows(desk)),
        failures=tuple(failures),
        seconds=round(perf_counter() - begun, 1),
        worked=len(missing),
    )


def rows_of(part: str) -> Iterator[str]:
    """Of one table, in its order."""
    yield from (*GROUPS[part], STEPS, *MECHANISMS)


def _judged() -> None:
    _ = own_desk().judged_lives


def _work(part: str, group: str, network: str) -> None:
    place = _place(own_desk(), part, group, network)
    made = place.with_suffix(".part")
    made.write_bytes(msgspec.json.encode(_cell(own_desk(), part, group, network)))
    made.replace(place)


def _place(desk: Desk, part: str, group: str, network: str) -> Path:
    key = digest(desk.codes.fitting, _CODE, desk.sum, part, group, network, str(SEED))
    return desk.folder / FOLDER / f"without-{key}.json"


def _cell(desk: Desk, part: str, group: str, network: str) -> Cell:
    scale, held = _SCALES[part], frozenset(NETWORKS[network])
    model = fit(desk.lives.without(scale, held), _recipe(scale, group))
    benign = desk.lives.benign(scale, network)
    own = [p for p in desk.lives.pieces if p.families & held and LAID not in p.name]
    judged = [p for p in desk.judged_lives.pieces if p.families & held]
    return Cell(
        benign=evidence(model, benign).tolist(),
        recorded=[best for piece in own for best in _best(model, piece.looks.of(scale))],
        laid=[
            (piece.name.partition(LAID)[2], _most(model, piece.looks.of(scale))) for piece in judged
        ],
        grown=[_grown(model, benign, judged, times) for times in TIMES if scale is PAIRS],
    )


def _recipe(scale: Scale, row: str) -> LifeRecipe:
    without = GROUPS[scale.life.part].get(row, ())
    if row == STEPS:
        without = tuple(scale.life.steps)
    recipe = recipe_of(scale, seed=SEED, without=without)
    changed: dict[str, Any] = {"without": ()} if row == WHOLE else {**MECHANISMS.get(row, {})}
    return replace(recipe, **changed)


def _grown(
    model: ExportedLives, benign: LifeExamples, judged: Sequence[LifePiece], times: int
) -> Grown:
    return Grown(
        evidence(model, grown(benign, GROWING, times)).tolist(),
        [_most(model, grown(piece.looks.pairs, OLDER, times)) for piece in judged],
    )


def grown(pairs: LifeExamples, names: Sequence[str], times: int) -> LifeExamples:
    """The same with some of CONTEXT so many times as large."""
    columns = [list(CONTEXT).index(name) for name in names]
    context = pairs.context.copy()
    context[:, columns] = np.log1p(times * np.expm1(context[:, columns]))
    return replace(pairs, context=context)


def _most(model: ExportedLives, looks: LifeExamples) -> float:
    """The highest evidence of any attack."""
    return max(_best(model, looks), default=NEVER)


def _best(model: ExportedLives, looks: LifeExamples) -> list[float]:
    """The highest evidence of each owner of an attack."""
    score, owners = evidence(model, looks), looks.owner
    guilty = sorted(set(owners[looks.label > 0].tolist()))
    return [float(score[(owners == one) & (looks.label > 0)].max()) for one in guilty]


def _rows(desk: Desk) -> Iterator[Row]:
    """Of all groups of which every network is there."""
    for part in GROUPS:
        for group in rows_of(part):
            places = [_place(desk, part, group, network) for network in NETWORKS]
            if all(place.exists() for place in places):
                cells = [msgspec.json.decode(place.read_bytes(), type=Cell) for place in places]
                yield _row(part, group, cells)


def _row(part: str, group: str, cells: Sequence[Cell]) -> Row:
    benign = np.sort([score for cell in cells for score in cell.benign])[::-1]
    threshold = float(benign[int(RATE * len(benign))])
    laid = defaultdict[str, list[bool]](list)
    for behaviour, best in (each for cell in cells for each in cell.laid):
        laid[behaviour].append(best > threshold)
    recorded = [best > threshold for cell in cells for best in cell.recorded]
    return Row(
        part=part,
        group=group,
        threshold=threshold,
        recorded=(sum(recorded), len(recorded)),
        laid={name: (sum(found), len(found)) for name, found in sorted(laid.items())},
        grown=tuple(
            _reached(parts, threshold) for parts in zip(*(c.grown for c in cells), strict=True)
        ),
    )


def _reached(parts: Sequence[Grown], threshold: float) -> tuple[float, int]:
    benign = [score > threshold for part in parts for score in part.benign]
    laid = [score > threshold for part in parts for score in part.laid]
    return sum(benign) / len(benign), sum(laid)

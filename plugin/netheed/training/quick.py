"""`netheed evaluate --quick`: one network left out in turn, in minutes, by the pipeline as it runs.

A cell that fails is told and the others go on; what was worked out is never worked out again.
"""

from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from netheed.model import manifest as manifests
from netheed.model.manifest import MANIFEST
from netheed.training.desk import FOLDER, Desk, Scored
from netheed.training.digests import digest
from netheed.training.splits import NETWORKS
from netheed.training.trials import Trial
from netheed.training.workers import Told, finish, lives, own_desk, pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that a report says."""

    trials: tuple[Trial, ...]
    scored: tuple[Scored, ...]
    """Beside `trials`."""
    models: dict[str, str]
    """Network -> id of the model that was fitted without it."""
    failures: tuple[tuple[str, str], ...]
    """(cell, error)."""
    seconds: float
    """That this run took."""
    worked: int
    """Cells that this run worked out; the others were there."""
    code: str
    data: str
    """Digests of all code and of all recordings."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Cells that are not there: networks, and places among the trials."""

    fits: tuple[str, ...]
    ranks: tuple[int, ...]
    judgements: tuple[int, ...]

    @classmethod
    def of(cls, desk: Desk) -> "Missing":
        """What a desk has to work out."""
        numbered = tuple(enumerate(desk.trials))
        return cls(
            tuple(name for name in NETWORKS if not (desk.model(name) / MANIFEST).exists()),
            tuple(at for at, trial in numbered if not desk.ranking(trial).exists()),
            tuple(at for at, trial in numbered if not desk.judgement(trial).exists()),
        )

    def __len__(self) -> int:
        return len(self.fits) + len(self.ranks) + len(self.judgements)


def evaluate(data: Path, folder: Path, *, workers: int, told: Told) -> Outcome:
    """Work out every cell that `folder` does not hold yet, `workers` at once on a core each."""
    begun = perf_counter()
    desk = Desk(data, folder)
    (folder / FOLDER).mkdir(parents=True, exist_ok=True)
    missing = Missing.of(desk)
    failures = _work(desk, missing, workers, told) if len(missing) else []
    return Outcome(
        trials=desk.trials,
        scored=tuple(map(desk.scored, desk.trials)),
        models=_models(desk),
        failures=tuple(failures),
        seconds=round(perf_counter() - begun, 1),
        worked=len(missing),
        code=digest(*desk.codes),
        data=desk.sum,
    )


def _work(desk: Desk, missing: Missing, workers: int, told: Told) -> list[tuple[str, str]]:
    """Work out what is missing; what failed, with its error."""
    names = [trial.name for trial in desk.trials]
    with pool(desk, workers) as processes:
        first = {}
        if missing.fits:
            first = {processes.submit(_windows): "windows", **lives(desk, processes)}
        first |= {processes.submit(_rank, at): f"ranks {names[at]}" for at in missing.ranks}
        failures = finish(first, told)
        fits = {processes.submit(_fit, name): f"without {name}" for name in missing.fits}
        failures += finish(fits, told)
        last = {processes.submit(_judge, at): f"verdicts {names[at]}" for at in missing.judgements}
        return failures + finish(last, told)


def _models(desk: Desk) -> dict[str, str]:
    kept = {name: desk.model(name) for name in NETWORKS}
    return {
        name: manifests.read(place)[0].id
        for name, place in kept.items()
        if (place / MANIFEST).exists()
    }


def _windows() -> None:
    _ = own_desk().windows


def _fit(network: str) -> None:
    own_desk().fit(network)


def _judge(at: int) -> None:
    own_desk().judge(own_desk().trials[at])


def _rank(at: int) -> None:
    own_desk().rank(own_desk().trials[at])

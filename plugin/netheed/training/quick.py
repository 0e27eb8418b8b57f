"""`netheed evaluate --quick`: one network left out in turn, in minutes, by the pipeline as it runs.

A cell that fails is told and the others go on; what was worked out is never worked out again.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Final

import torch

from netheed.model import manifest as manifests
from netheed.model.manifest import MANIFEST
from netheed.training.desk import FOLDER, Codes, Desk, Scored
from netheed.training.digests import digest
from netheed.training.splits import NETWORKS
from netheed.training.trials import Trial

Told = Callable[[str], None]


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


_desk: Desk


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
    # Children must not inherit the threads of this process's libraries: they start afresh.
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(
        workers,
        get_context("spawn"),
        initializer=_begin,
        initargs=(desk.data, desk.folder, desk.codes),
    ) as pool:
        first = {pool.submit(each): name for name, each in _LEARNED if missing.fits}
        first |= {pool.submit(_rank, at): f"ranks {names[at]}" for at in missing.ranks}
        failures = _finish(first, told)
        fits = {pool.submit(_fit, name): f"without {name}" for name in missing.fits}
        failures += _finish(fits, told)
        last = {pool.submit(_judge, at): f"verdicts {names[at]}" for at in missing.judgements}
        return failures + _finish(last, told)


def _models(desk: Desk) -> dict[str, str]:
    kept = {name: desk.model(name) for name in NETWORKS}
    return {
        name: manifests.read(place)[0].id
        for name, place in kept.items()
        if (place / MANIFEST).exists()
    }


def _finish(pending: "dict[Future[None], str]", told: Told) -> list[tuple[str, str]]:
    """Wait for all; what failed, with its error."""
    failures = []
    for number, future in enumerate(as_completed(pending), 1):
        error = future.exception()
        if error is not None:
            failures.append((pending[future], repr(error)))
        failed = "" if error is None else f": {error!r}"
        told(f"{number} of {len(pending)}: {pending[future]}{failed}")
    return failures


def _begin(data: Path, folder: Path, codes: Codes) -> None:
    global _desk  # noqa: PLW0603  one desk for each worker process
    torch.set_num_threads(1)
    _desk = Desk(data, folder, codes)


def _windows() -> None:
    _ = _desk.windows


def _lives() -> None:
    _ = _desk.lives


_LEARNED: Final = (("windows", _windows), ("lives", _lives))
"""What is learned from: each made by one worker, read by all."""


def _fit(network: str) -> None:
    _desk.fit(network)


def _judge(at: int) -> None:
    _desk.judge(_desk.trials[at])


def _rank(at: int) -> None:
    _desk.rank(_desk.trials[at])

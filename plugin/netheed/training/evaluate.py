"""`netheed evaluate`: works out all cells of the comparison, several at once, and goes on later."""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import torch

from netheed.errors import NetheedError
from netheed.training.cells import FEWER, METHODS, UNSEARCHED, Cell, Desk, plan
from netheed.training.corpus import Corpus, Store, corpus
from netheed.training.days import days
from netheed.training.probe import probe
from netheed.training.search import TRIALS
from netheed.training.sites import SITES, STARTS
from netheed.training.sites import work as site

SCENES: Final = 24
"""Simulated networks of the comparison, six of which calibrate."""
Told = Callable[[str], None]

Beside = tuple[str, int, str, int]
"""What, number of the site, start, seed."""

_desk: Desk
_data: Path


def evaluate(
    data: Path, folder: Path, *, seeds: int, workers: int, told: Told, trials: int = TRIALS
) -> None:
    """Work out every cell that `folder` does not hold yet, `workers` at once.

    Each worker computes on one core. What was worked out stays when this is interrupted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told("windows of all recordings")
    prepare(data, folder)
    cells = [cell for cell in plan(seeds) if not (folder / f"{cell.key}.json").exists()]
    told(f"{len(cells)} cells to work out")
    searches = list(
        dict.fromkeys((c.protocol, c.split, c.method) for c in cells if c.protocol != UNSEARCHED)
    )
    # Children must not inherit the threads of this process's libraries: they start afresh.
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_begin, initargs=(data, folder, trials)
    ) as pool:
        pending = {pool.submit(_search, *each): f"settings {' '.join(each)}" for each in searches}
        _finish(pending, told)
        pending = {pool.submit(_work, cell): cell.key for cell in cells}
        beside = [*_sites(folder, seeds), *_probes(folder, seeds)]
        pending |= {pool.submit(_beside, path, *what): path.stem for path, what in beside}
        _finish(pending, told)
    told("notices on benign days")
    for number, facts in enumerate(days(prepare(data, folder), folder, seeds)):
        _keep(folder / f"day-{number:04}.json", facts)


def _sites(folder: Path, seeds: int) -> Iterator[tuple[Path, Beside]]:
    for seed in range(min(seeds, FEWER)):
        for start in STARTS:
            for number in range(len(SITES)):
                path = folder / f"site-{number}-{start.replace(' ', '_')}-{seed}.json"
                if not path.exists():
                    yield path, ("site", number, start, seed)


def _probes(folder: Path, seeds: int) -> Iterator[tuple[Path, Beside]]:
    for seed in range(seeds):
        path = folder / f"probe-{seed}.json"
        if not path.exists():
            yield path, ("probe", 0, "", seed)


def _finish(pending: "dict[Future[None], str]", told: Told) -> None:
    for number, future in enumerate(as_completed(pending), 1):
        try:
            future.result()
        except Exception as error:
            raise NetheedError(f"{pending[future]}: {error!r}") from error
        told(f"{number} of {len(pending)}: {pending[future]}")


def prepare(data: Path, folder: Path) -> Corpus:
    """The windows of everything below `data`, made once and kept."""
    return corpus(data, Store(folder=folder / "windows"), scenes_of=SCENES)


def _begin(data: Path, folder: Path, trials: int) -> None:
    global _desk, _data  # noqa: PLW0603  one desk for each worker process
    _data = data
    torch.set_num_threads(1)
    _desk = Desk(folder=folder, corpus=prepare(data, folder), trials=trials)


def _search(protocol: str, split: str, method: str) -> None:
    _desk.settings(protocol, split, METHODS[method])


def _work(cell: Cell) -> None:
    _desk.work(cell)


def _beside(path: Path, what: str, number: int, start: str, seed: int) -> None:
    """An experiment that is no cell: adaptation to a site, or the shortcut probe."""
    if what == "site":
        _keep(path, site(_desk.corpus, SITES[number], start, seed))
    else:
        _keep(path, list(probe(_desk.corpus, _data, seed)))


def _keep(path: Path, facts: object) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(facts))
    part.replace(path)

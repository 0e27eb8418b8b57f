"""`netheed evaluate`: works out all of the comparison, several at once, and goes on later."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from time import monotonic
from typing import Final, NamedTuple

import torch

from netheed.errors import NetheedError
from netheed.training.comparison.cell import Cell
from netheed.training.comparison.desk import Desk
from netheed.training.comparison.kept import Job, Kept
from netheed.training.corpus import Corpus, Store, corpus
from netheed.training.workers import Told, finish

SCENES: Final = 24
"""Simulated networks of the comparison, six of which calibrate."""
FOLDER: Final = "worked"
"""Where in the cache results are; windows lie beside it. Another form of `Line`, another name."""

_desk: Desk


class Part(NamedTuple):
    """How much of the comparison to work out."""

    seeds: int
    only: str = ""
    """What the name of each cell contains: `1i / grouped / LSTM`."""


def evaluate(
    data: Path, folder: Path, output: Path, part: Part, *, workers: int, told: Told
) -> None:
    """Work out what of `part` neither `folder` nor `output` holds, and lay it into `output`.

    Each of `workers` computes on one core. What was worked out stays when this is interrupted, and
    what fails holds up nothing else, and what was worked out for more seeds stays beside the
    report. Raises NetheedError when something has failed, or nothing is wanted.
    """
    begun = monotonic()
    told("windows of all recordings")
    whole = _made(data, folder)
    whole.kept.adopt(output)
    desk = replace(whole, only=part.only)
    jobs = list(desk.jobs(part.seeds))
    if not jobs:
        raise NetheedError(f"no name of a cell, a site or a probe contains {part.only!r}")
    missing = [job for job in jobs if not desk.kept.has(job)]
    told(f"{len(missing)} of {len(jobs)} to work out")
    failures = []
    try:
        if missing:
            with _pool(data, folder, workers) as processes:
                for begin in (_searching, _working):
                    failures += finish(dict(begin(desk, part.seeds, processes)), told)
    finally:
        whole.kept.lay(output, whole.jobs(_known(whole, part.seeds)))
    if missing:
        told(f"{(monotonic() - begun) / 60.0:.1f} minutes")
    if failures:
        raise NetheedError("; ".join(f"{what}: {error}" for what, error in failures))


def _known(desk: Desk, seeds: int) -> int:
    """Seeds of which something is known, those that are wanted or more."""
    more = {job for job in desk.jobs(seeds + 1) if desk.kept.has(job)} - set(desk.jobs(seeds))
    return _known(desk, seeds + 1) if more else seeds


def prepare(data: Path, folder: Path) -> Corpus:
    """The windows of everything below `data`, made once and kept."""
    return corpus(data, Store(folder=folder / "windows"), scenes_of=SCENES)


def _made(data: Path, folder: Path) -> Desk:
    made = prepare(data, folder)
    return Desk(data=data, corpus=made, kept=Kept(folder / FOLDER), sum=made.digest)


def _searching(desk: Desk, seeds: int, processes: Executor) -> Iterator[tuple["Future[None]", str]]:
    for job, cell in desk.searches(seeds).items():
        if not desk.kept.has(job):
            yield processes.submit(_search, cell), f"settings {job.name}"


def _working(desk: Desk, seeds: int, processes: Executor) -> Iterator[tuple["Future[None]", str]]:
    for job, cell in desk.cells(seeds).items():
        if not desk.kept.has(job):
            yield processes.submit(_work, cell), job.name
    for job, site in desk.sites(seeds).items():
        if not desk.kept.has(job):
            yield processes.submit(_adapt, job, site), f"site {job.name}"
    for job, seed in desk.probes(seeds).items():
        if not desk.kept.has(job):
            yield processes.submit(_probe, job, seed), f"probe {job.name}"


def _pool(data: Path, folder: Path, workers: int) -> ProcessPoolExecutor:
    # Children must not inherit the threads of this process's libraries: they start afresh.
    os.environ["OMP_NUM_THREADS"] = "1"
    return ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_begin, initargs=(data, folder)
    )


def _begin(data: Path, folder: Path) -> None:
    global _desk  # noqa: PLW0603  one desk for each worker process
    torch.set_num_threads(1)
    _desk = _made(data, folder)


def _search(cell: Cell) -> None:
    _desk.search(cell)


def _work(cell: Cell) -> None:
    _desk.work(cell)


def _adapt(job: Job, site: tuple[int, str, int]) -> None:
    _desk.adapt(job, *site)


def _probe(job: Job, seed: int) -> None:
    _desk.probe(job, seed)

"""Processes that work out the cells of a desk."""

import os
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import torch

from netheed.training.desk import Codes, Desk

Told = Callable[[str], None]
_desk: Desk


def pool(desk: Desk, workers: int) -> ProcessPoolExecutor:
    """So many processes, on a core each, with a desk each that goes by the same code."""
    # Children must not inherit the threads of this process's libraries: they start afresh.
    os.environ["OMP_NUM_THREADS"] = "1"
    return ProcessPoolExecutor(
        workers,
        get_context("spawn"),
        initializer=_begin,
        initargs=(desk.data, desk.folder, desk.codes),
    )


def own_desk() -> Desk:
    """The desk of this process."""
    return _desk


def finish(pending: "dict[Future[None], str]", told: Told) -> list[tuple[str, str]]:
    """Wait for all; what failed, with its error."""
    failures = []
    for number, future in enumerate(as_completed(pending), 1):
        error = future.exception()
        if error is not None:
            failures.append((pending[future], repr(error)))
        failed = "" if error is None else f": {error!r}"
        told(f"{number} of {len(pending)}: {pending[future]}{failed}")
    return failures


def lives(desk: Desk, processes: Executor) -> "dict[Future[None], str]":
    """Let the lives be made that all learn from: what is there is read."""
    number = len(desk.life_parts)
    return {processes.submit(_life, at): f"lives {at + 1} of {number}" for at in range(number)}


def _life(at: int) -> None:
    for _ in _desk.life_parts[at]():
        pass


def _begin(data: Path, folder: Path, codes: Codes) -> None:
    global _desk  # noqa: PLW0603  one desk for each worker process
    torch.set_num_threads(1)
    _desk = Desk(data, folder, codes)

"""What stands beside our figures: other detectors on the same vectors, and what is possible."""

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np
from pysad.models import KitNet
from river.anomaly import HalfSpaceTrees
from threadpoolctl import threadpool_limits

from bench.measure import Stopwatch
from bench.multiply_adds import multiply_adds
from bench.results import Row
from bench.stages import Recorded, model_bytes
from netheed.ports import BATCH

SIDE: Final = 1024
"""Of the square matrices whose product shows what the machine can do."""
LEARNED: Final = 1100
"""Windows by which KitNET is ready to score with PySAD's defaults."""


def rows(run: Recorded, watch: Stopwatch, most: int) -> Iterator[Row]:
    """All of them, per window; `most` windows at the most."""
    vectors = run.vectors
    low, high = vectors.min(axis=0), vectors.max(axis=0)
    scaled = ((vectors - low) / np.maximum(high - low, 1e-9)).astype(np.float64)
    few = scaled[: most or None]
    seconds = watch.seconds("HalfSpaceTrees", partial(_trees, few), values=1)
    note = "learns and scores each window's vector; 10 trees of height 8"
    yield _row("river, HalfSpaceTrees", seconds, len(few), note)
    judged = scaled[LEARNED : LEARNED + len(few)]
    seconds = watch.seconds("KitNET", partial(_kitnet, scaled[:LEARNED], judged), values=1)
    yield _row(
        "PySAD, KitNET", seconds, len(judged), "scores each window's vector, has learned before"
    )
    yield from _possible(run, watch)


def _row(name: str, seconds: float, count: int, note: str) -> Row:
    return Row(
        group="beside",
        name=name,
        value=seconds / count,
        unit="us",
        per="window",
        count=count,
        note=note,
    )


def _trees(vectors: np.ndarray) -> partial[None]:
    trees = HalfSpaceTrees(seed=7)
    named = [{str(at): value for at, value in enumerate(row)} for row in vectors.tolist()]

    def job() -> None:
        for row in named:
            trees.score_one(row)
            trees.learn_one(row)

    return partial(job)


def _kitnet(learned: np.ndarray, judged: np.ndarray) -> partial[None]:
    model = KitNet(random_state=7)
    for row in learned:
        model.fit_partial(row)

    def job() -> None:
        for row in judged:
            model.score_partial(row)

    return partial(job)


def _possible(run: Recorded, watch: Stopwatch) -> Iterator[Row]:
    """The model's multiply-adds, and how long they take at the speed of a large matrix product."""
    vectors, mask = next(batch for batch in run.batches if len(batch[0]) == BATCH)
    work = multiply_adds(
        model_bytes(), {"vectors": vectors, "mask": mask.astype(np.float32)}
    ) / len(vectors)
    peak = peak_flops(watch)
    yield Row(
        group="beside",
        name="bound: the model's multiply-adds",
        value=2 * work / peak,
        unit="us",
        per="window",
        count=BATCH,
        note=f"{work / 1e6:.2f} million at {peak / 1e9:.0f} GFLOP/s, numpy float32, one thread",
    )


def peak_flops(watch: Stopwatch) -> float:
    """Of a float32 matrix product on one thread; a multiply-add counts as two."""
    matrix = np.random.default_rng(7).random((SIDE, SIDE), dtype=np.float32)
    with threadpool_limits(1):
        matrix @ matrix
        seconds = watch.seconds("matmul", lambda: lambda: matrix @ matrix, values=5)
    return 2 * SIDE**3 / seconds

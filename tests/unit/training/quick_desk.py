"""The desk of the quick judgement over made-up recordings, with detectors that are not trained."""

from concurrent.futures import Future
from typing import Any

import pytest

from netheed.model.manifest import LifeManifest
from netheed.training import desk as module
from netheed.training import workers
from tests.corpora import corpus
from tests.unit.training.exported_model import tiny_detector, tiny_lives
from tests.unit.training.made import calls, recording, scan

RECORDINGS = (
    recording("office/called", "m57", calls(), "beacon"),
    recording("lamp/scanned", "iot23", scan(), "scan"),
)


def small(patch: pytest.MonkeyPatch) -> None:
    """Let every Desk find RECORDINGS and a small corpus."""
    patch.setattr(module, "SCENES", 1)
    patch.setattr(module, "load", lambda _: list(RECORDINGS))
    patch.setattr(module, "load_cicids", lambda _: [])
    patch.setattr(module, "corpus", lambda *_, **__: corpus())
    patch.setattr(module, "trained", lambda *_: tiny_detector())
    patch.setattr(module.Desk, "_fit_lives", _lives)


def _lives(_: module.Desk, __: str) -> tuple[dict[str, bytes], dict[str, LifeManifest]]:
    return tiny_lives()


class Here:
    """A pool of one process: this one."""

    def __init__(self, _workers: int, _context: Any, initializer: Any, initargs: Any) -> None:
        initializer(*initargs)

    def __enter__(self) -> "Here":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def submit(self, work: Any, *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001 - as a pool does
            future.set_exception(error)
        return future


def in_this_process(patch: pytest.MonkeyPatch) -> None:
    """Let cells be worked out here, one after the other."""
    patch.setenv("OMP_NUM_THREADS", "1")
    patch.setattr(workers, "ProcessPoolExecutor", Here)
    patch.setattr(workers.torch, "set_num_threads", lambda _: None)

"""The desk of the quick judgement over made-up recordings, with detectors that are not trained."""

import pytest

from netheed.model.manifest import LifeManifest
from netheed.training import desk as module
from tests.corpora import corpus
from tests.unit.training.exported_model import tiny_detector, tiny_lives
from tests.unit.training.made import calls, recording, scan

RECORDINGS = (
    recording("office/called", "m57", calls(), "beacon"),
    recording("lamp/scanned", "iot23", scan(), "scan"),
)


def small(patch: pytest.MonkeyPatch) -> None:
    """Let every Desk find RECORDINGS and a small corpus."""
    patch.setattr(module, "load", lambda _: list(RECORDINGS))
    patch.setattr(module, "load_cicids", lambda _: [])
    patch.setattr(module, "corpus", lambda *_, **__: corpus())
    patch.setattr(module, "trained", lambda *_: tiny_detector())
    patch.setattr(module.Desk, "_fit_lives", _lives)


def _lives(_: module.Desk, __: str) -> tuple[dict[str, bytes], dict[str, LifeManifest]]:
    return tiny_lives()

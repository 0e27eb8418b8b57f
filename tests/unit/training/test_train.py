"""From recordings to a model directory."""

from pathlib import Path

import numpy as np
import pytest

from netheed.scorer import Scorer
from netheed.training import train as laboratory
from netheed.training.datasets import Recording
from netheed.training.fit import Recipe
from netheed.training.mixture import scenes


@pytest.mark.slow
def test_training_writes_a_model_that_loads_and_tells_its_making(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small simulated networks stand in for the recordings, which are not part of netheed.
    small = [_cut(made) for made in scenes(2, np.random.default_rng(1))]
    names = ["shown/a", "m57/held"]
    monkeypatch.setattr(
        laboratory, "load", lambda _: [_named(r, n) for r, n in zip(small, names, strict=True)]
    )
    monkeypatch.setattr(laboratory, "scenes", lambda *_: [])
    monkeypatch.setattr(laboratory, "relaid", lambda *_: [])
    plan = laboratory.Plan(
        data=tmp_path, output=tmp_path / "model", copies=1, recipe=Recipe(epochs=1), commit="abc"
    )

    told: list[str] = []
    laboratory.train(plan, told.append)

    manifest = Scorer(tmp_path / "model").manifest
    assert manifest.training["commit"] == "abc"
    assert manifest.training["recordings"] == {"shown/a": ""}
    assert manifest.training["calibration_recordings"] == {"m57/held": ""}
    assert manifest.id in told[-1]


def _cut(made: Recording) -> Recording:
    first = min(c.start for c in made.connections)
    kept = [c.start < first + 3600 for c in made.connections]
    return Recording(
        name=made.name,
        family=made.family,
        connections=[c for c, keep in zip(made.connections, kept, strict=True) if keep],
        labels=["benign"] * sum(kept),
    )


def _named(made: Recording, name: str) -> Recording:
    return Recording(name=name, family=name, connections=made.connections, labels=made.labels)

"""Attacks are laid over hosts without touching what was recorded."""

from collections import Counter
from pathlib import Path

import numpy as np

from netheed.training.datasets import Recording
from netheed.training.mixture import overlays, scenes
from netheed.training.simulate_attacks import ATTACKS
from tests.connections import connection


def recording(*labels: str | None) -> Recording:
    connections = [
        connection(uid=f"R{n}", start=1_700_000_000.0 + 60 * n) for n in range(len(labels))
    ]
    return Recording(
        name="office", family="office", connections=connections, labels=list(labels), path=Path()
    )


def test_an_overlay_keeps_every_recorded_connection_and_its_label() -> None:
    base = recording(*["benign"] * 300)

    for made in overlays([base], 3, np.random.default_rng(1)):
        assert made.connections[:300] == base.connections
        assert made.labels[:300] == base.labels
        assert set(made.labels[300:]) <= set(ATTACKS)
        assert len(made.labels) == len(made.connections) > 300
        assert made.family == "office"


def test_recordings_with_attacks_of_their_own_are_left_alone() -> None:
    assert overlays([recording("benign", "scan")], 2, np.random.default_rng(1)) == []


def test_scenes_are_mostly_ordinary() -> None:
    for made in scenes(3, np.random.default_rng(5)):
        counts = Counter(made.labels)
        assert counts["benign"] > 500
        assert len(made.labels) == len(made.connections)

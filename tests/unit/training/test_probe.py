"""What ports, addresses and time alone would give."""

import numpy as np
import pytest

from netheed.training import probe as module
from netheed.training.corpus import Corpus, Piece
from netheed.training.datasets import Recording
from netheed.training.examples import examples_of
from netheed.training.probe import probe, shortcuts
from tests.connections import connection
from tests.corpora import corpus


def recording(**kwargs):
    made = [connection(start=60.0 * i + 1.0, orig_port=40_000 + i, **kwargs) for i in range(5)]
    return Recording(name="one", family="one", connections=made, labels=["benign"] * 5)


def test_each_window_has_the_ports_of_its_own_connections(monkeypatch):
    monkeypatch.setattr(module, "load", lambda _: [recording()])
    monkeypatch.setattr(module, "load_cicids", lambda _: [])
    piece = Piece(
        name="one",
        families=frozenset({"one"}),
        role="recorded",
        examples=examples_of([recording()]),
    )

    blind = shortcuts(Corpus((piece,)), None).examples

    first = blind.vectors[np.flatnonzero(blind.track == 0)]
    assert sorted(first[:, 0].tolist()) == [40_000.0 + i for i in range(5)]
    assert (first[:, 0] == first[:, 4]).all()


@pytest.fixture
def blinded(monkeypatch):
    monkeypatch.setattr(module, "shortcuts", lambda recorded, _: recorded)


def test_every_split_has_both_forests_and_chance(blinded):
    found = probe(corpus(), None, 0).splits

    assert [f.split for f in found][:3] == ["grouped", "by day", "iot23"]
    assert all(0 < f.chance < 0.5 for f in found)
    assert all(f.features == f.shortcuts for f in found)

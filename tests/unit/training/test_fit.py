"""Chunks of tracks, and that training learns."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from netheed.core.vector import FEATURES
from netheed.training.conversations import COLUMNS, Conversations
from netheed.training.datasets import KINDS
from netheed.training.examples import UNLABELLED, Examples
from netheed.training.fit import Recipe, _chunks, fit, gather
from netheed.training.model import Sizes


def examples(tracks: int = 24, length: int = 20, seed: int = 0) -> Examples:
    """Two kinds that differ in one feature, one of them repeating every second window."""
    rng = np.random.default_rng(seed)
    count = tracks * length
    vectors = rng.normal(0, 0.1, (count, len(FEATURES)))
    label = np.repeat(rng.integers(0, 2, tracks), length)
    vectors[:, 0] += label * 3.0
    none = np.zeros(0, dtype=np.int64)
    return Examples(
        vectors=vectors.astype(np.float16),
        label=label,
        attack=np.where(label == 1, "scan", "benign").astype("<U32"),
        group=np.zeros(count, dtype=np.int64),
        track=np.repeat(np.arange(tracks), length),
        recording=np.zeros(count, dtype=np.int64),
        end=np.tile(np.arange(length) * 60.0, tracks),
        host=["h"] * count,
        conversations=Conversations(
            window=none, peer=none, values=np.zeros((0, len(COLUMNS)), dtype=np.float16)
        ),
    )


@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.integers(0, 7))
def test_chunks_hold_every_window_once_and_never_mix_tracks(sizes: list[int], offset: int) -> None:
    track = np.repeat(np.arange(len(sizes)), sizes)

    chunks = _chunks(track, 8, offset)

    held = chunks[chunks >= 0]
    assert sorted(held.tolist()) == list(range(len(track)))
    for chunk in chunks:
        rows = chunk[chunk >= 0]
        assert len(set(track[rows].tolist())) == 1
        assert (np.diff(rows) == 1).all()
        assert (chunk[len(chunk) - len(rows) :] >= 0).all()


def small() -> Sizes:
    return Sizes(features=len(FEATURES), kinds=len(KINDS), length=8, width=16, hidden=16)


def test_training_learns_to_tell_two_kinds_apart() -> None:
    data = examples()

    detector = fit(data, small(), Recipe(epochs=12, batch=8, rate=1e-2))

    fresh = examples(seed=1)
    with torch.no_grad():
        reading = detector(*gather(fresh, fresh.history(8)), 1)
    right = (reading.logits[:, 0].argmax(-1).numpy() == fresh.label).mean()
    assert right > 0.95


def test_the_same_seed_gives_the_same_model() -> None:
    first, second = (
        fit(examples(), small(), Recipe(epochs=2, batch=8)).state_dict() for _ in range(2)
    )

    assert all(torch.equal(first[name], second[name]) for name in first)


def test_windows_without_a_label_do_not_break_the_loss() -> None:
    data = examples()
    data.label[:] = UNLABELLED
    data.label[0] = 0

    detector = fit(data, small(), Recipe(epochs=2, batch=4))

    assert all(torch.isfinite(value).all() for value in detector.state_dict().values())

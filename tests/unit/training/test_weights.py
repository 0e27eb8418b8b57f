"""Weights go into a file and come back, and nothing else is taken for them."""

from io import BytesIO

import numpy as np
import pytest
import torch

from netheed.errors import ModelError
from netheed.training.model import Detector, Exported, Sizes, Tail
from netheed.training.weights import packed, unpacked


def model(**changed):
    torch.manual_seed(0)
    sizes = Sizes(**{"features": 5, "kinds": 3, "length": 6, "width": 8, "hidden": 8, **changed})
    return Exported(
        Detector(sizes),
        surprise=Tail(weight=0.5, floor=1.0),
        rebuilding=Tail(scale=2.0),
        usual=0.25,
    ).eval()


@pytest.mark.parametrize("changed", [{}, {"experts": 2}, {"attention": False}], ids=str)
def test_what_comes_back_says_the_same(changed):
    vectors, mask = torch.randn(4, 6, 5), torch.ones(4, 6)

    back = unpacked(packed(model(**changed)), "here")

    with torch.no_grad():
        for ours, theirs in zip(model(**changed)(vectors, mask), back(vectors, mask), strict=True):
            assert torch.equal(ours, theirs)


def test_the_same_weights_are_the_same_bytes():
    assert packed(model()) == packed(model())


def changed(**arrays):
    with np.load(BytesIO(packed(model()))) as kept:
        whole = {name: kept[name] for name in kept.files} | arrays
    buffer = BytesIO()
    np.savez(buffer, **{name: each for name, each in whole.items() if each is not None})
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04 not a zip",
        changed(said=None),
        changed(said=np.frombuffer(b"[1", dtype=np.uint8)),
        changed(mean=np.zeros(4, dtype=np.float32)),
        changed(mean=None),
        changed(more=np.zeros(1)),
        changed(mean=np.array([object()])),
    ],
    ids=["empty", "no zip", "no sizes", "no json", "shape", "missing", "too many", "pickle"],
)
def test_anything_else_is_refused_with_its_place(data):
    with pytest.raises(ModelError, match=r"^there: not the weights of a detector"):
        unpacked(data, "there")

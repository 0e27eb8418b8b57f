"""What serves says what was trained, in fewer operations."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from netheed.core.vector import FEATURES
from netheed.model.onnx_file import operators
from netheed.training.datasets import KINDS
from netheed.training.export import onnx_bytes
from netheed.training.model import Detector, Exported, Sizes, Tail
from netheed.training.served import STEEPEST, Served, weighed

LENGTH = 12
PLAIN = Sizes(
    features=len(FEATURES), kinds=len(KINDS), length=LENGTH, width=16, hidden=24, layers=2
)
SIZES = {
    "two layers": PLAIN,
    "one layer": replace(PLAIN, layers=1),
    "three layers of four heads": replace(PLAIN, layers=3, heads=4),
    "experts": replace(PLAIN, experts=4),
    "no attention": replace(PLAIN, attention=False),
}


def model(sizes: Sizes, *, rebuilding: float = 1.0, published: float = 0.5) -> Exported:
    """With weights that are nowhere 0 or 1, as trained ones."""
    torch.manual_seed(4)
    detector = Detector(sizes)
    for parameter in detector.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    detector.mean += 5.0
    detector.deviation *= 3.0
    return Exported(
        detector,
        surprise=Tail(weight=1.5, floor=0.5),
        rebuilding=Tail(weight=rebuilding, floor=0.3),
        published=published,
        usual=0.2,
    ).eval()


def sequences() -> tuple[torch.Tensor, torch.Tensor]:
    """Of every length, from one window on."""
    rng = np.random.default_rng(0)
    vectors = rng.uniform(0, 12, (LENGTH * 8, LENGTH, len(FEATURES))).astype(np.float32)
    mask = np.arange(LENGTH) >= np.arange(LENGTH * 8)[:, None] % LENGTH
    vectors[~mask] = 0.0
    return torch.from_numpy(vectors), torch.from_numpy(mask.astype(np.float32))


def agree(exported: Exported) -> None:
    vectors, mask = sequences()
    with torch.no_grad():
        pairs = zip(Served(exported)(vectors, mask), exported(vectors, mask), strict=True)
        for ours, theirs in pairs:
            np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_it_says_what_the_trained_model_says(sizes: Sizes) -> None:
    agree(model(sizes))


def test_tails_that_are_not_there_are_not_computed() -> None:
    bare = model(PLAIN, rebuilding=0.0, published=0.0)

    agree(bare)
    assert "Tanh" not in operators(onnx_bytes(bare))


def test_a_host_is_not_judged_by_those_beside_it_in_a_batch() -> None:
    served = Served(model(PLAIN))
    vectors, mask = sequences()

    with torch.no_grad():
        together, _, _ = served(vectors, mask)
        alone = torch.cat([served(v[None], m[None])[0] for v, m in zip(vectors, mask, strict=True)])

    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_no_shape_is_worked_out_while_serving(sizes: Sizes) -> None:
    assert not operators(onnx_bytes(model(sizes))) & {"Shape", "ConstantOfShape", "Expand"}


def test_a_logit_that_no_exponential_holds_weighs_as_much_as_all() -> None:
    logits = torch.tensor([[1e4, 0.0, 1e4], [-1e4, -1e4, 5.0], [3.0, 2.0, 1.0]])
    readable = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]])

    shares = weighed(logits, readable)

    expected = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], torch.softmax(logits[2], 0).tolist()]
    torch.testing.assert_close(
        shares, torch.tensor(expected), atol=2 * np.exp(-STEEPEST), rtol=1e-6
    )

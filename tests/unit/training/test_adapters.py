"""What a site adds: small, beside the weights, and gone without a trace."""

import numpy as np
import pytest
import torch
from torch import Tensor

from netheed.core.vector import FEATURES
from netheed.training.adapters import Adapted, Adapter, adapter_of, merged, opened
from netheed.training.attention import sizes_of
from netheed.training.model import Detector
from tests.unit.training.exported_model import tiny_detector


def plain() -> Detector:
    return tiny_detector().detector


def read(detector: Detector) -> dict[str, Tensor]:
    """What a detector says of four sequences."""
    rng = np.random.default_rng(0)
    vectors = torch.from_numpy(rng.uniform(0, 5, (4, 12, len(FEATURES))).astype(np.float32))
    with torch.no_grad():
        return detector.eval()(vectors, torch.ones(4, 12), 1)._asdict()


def learned(detector: Detector) -> Detector:
    """An opened copy whose matrices are random numbers that half precision can hold."""
    copied = opened(detector, seed=1)
    torch.manual_seed(2)
    for parameter in copied.parameters():
        if parameter.requires_grad:
            parameter.data = (torch.randn_like(parameter) * 0.1).half().float()
    return copied


def is_close(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """But for rounding."""
    return all(torch.allclose(one[name], other[name], atol=1e-4, rtol=1e-4) for name in one)


def is_same(one: Detector, other: Detector) -> bool:
    """To the bit."""
    kept = other.state_dict()
    return all(torch.equal(value, kept[name]) for name, value in one.state_dict().items())


def test_an_adapter_that_learned_nothing_changes_nothing():
    detector = opened(plain(), seed=1)

    assert not any(b.any() for _, b in adapter_of(detector).matrices.values())
    assert is_close(read(detector), read(plain()))


def test_only_the_two_matrices_of_each_layer_learn():
    detector = opened(plain(), seed=1)
    before = {name: value.clone() for name, value in detector.state_dict().items()}
    optimiser = torch.optim.SGD([p for p in detector.parameters() if p.requires_grad], lr=0.1)

    for _ in range(2):
        reading = detector(torch.ones(2, 12, len(FEATURES)), torch.ones(2, 12), 1)
        loss = sum((part**2).sum() for part in (reading.logits, reading.rebuilt, reading.misfit))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    after = detector.state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert {name.rpartition(".")[2] for name in changed} == {"a", "b"}
    assert {"classify.0.a", "classify.0.b", "embed.b"} <= changed


def test_every_linear_layer_has_an_adapter_of_the_given_rank():
    detector = opened(plain(), 3, seed=1)

    linear = {name for name, layer in plain().named_modules() if isinstance(layer, torch.nn.Linear)}
    adapted = {n: layer for n, layer in detector.named_modules() if isinstance(layer, Adapted)}
    assert adapted.keys() == adapter_of(detector).matrices.keys() == linear
    assert adapted["embed"].a.shape == (3, len(FEATURES))
    assert adapted["embed"].b.shape == (16, 3)


def test_the_seed_decides_where_an_adapter_begins():
    first, again, other = (opened(plain(), seed=seed) for seed in (1, 1, 2))

    assert is_same(first, again)
    assert not torch.equal(first.embed.a, other.embed.a)


def test_the_merged_model_says_what_the_adapted_one_says():
    detector = learned(plain())

    together = read(merged(plain(), adapter_of(detector)))

    assert is_close(together, read(detector))
    assert not is_close(together, read(plain()))


def test_the_base_stays_as_it_was_to_the_bit():
    base = plain()

    merged(base, adapter_of(learned(base)))

    assert is_same(base, plain())
    assert all(parameter.requires_grad for parameter in base.parameters())


def test_an_adapter_of_the_shipped_sizes_is_a_few_kilobytes():
    detector = Detector(sizes_of({}))

    adapter = adapter_of(opened(detector, seed=1))

    weights = sum(p.numel() * p.element_size() for p in detector.parameters())
    assert 1024 < adapter.nbytes < 16 * 1024
    assert adapter.nbytes < weights / 10


@pytest.mark.parametrize(
    "changed",
    [
        {"embed": None},
        {"stranger": (np.zeros((2, 4), np.float16), np.zeros((4, 2), np.float16))},
        {"embed": (np.zeros((2, 4), np.float16), np.zeros((16, 2), np.float16))},
    ],
    ids=["a layer too few", "a layer too many", "another shape"],
)
def test_an_adapter_for_other_layers_is_refused(changed):
    matrices = adapter_of(opened(plain(), seed=1)).matrices | changed
    adapter = Adapter({name: pair for name, pair in matrices.items() if pair is not None})

    with pytest.raises(ValueError, match="for another model"):
        merged(plain(), adapter)

"""Low-rank adapters (LoRA, Hu et al. 2021; paper C: W' = W + AB, only A and B are trained).

An adapter is what a site adds to the shipped model: a few kilobytes, kept beside it, merged into
the weights for serving, taken out again at will.
"""

import copy
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from netheed.training.model import Detector

RANK: Final = 2

Matrices = dict[str, tuple[NDArray[np.float16], NDArray[np.float16]]]
"""Name of a linear layer -> (A (rank, in), B (out, rank))."""


class Adapted(nn.Module):
    """A frozen linear layer with a trained product of two small matrices beside it."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.randn(rank, base.in_features) * base.in_features**-0.5)
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, values: Tensor) -> Tensor:
        """As the base layer, with W + BA in the place of W."""
        result: Tensor = self.base(values) + values @ self.a.T @ self.b.T
        return result


@dataclass(frozen=True, slots=True)
class Adapter:
    """The matrices of one site."""

    matrices: Matrices

    @property
    def nbytes(self) -> int:
        """Of all matrices."""
        return sum(a.nbytes + b.nbytes for a, b in self.matrices.values())


def opened(detector: Detector, rank: int = RANK, *, seed: int) -> Detector:
    """A copy whose linear layers all have an adapter that changes nothing yet; the rest is frozen.

    Whatever of the copy still asks for a gradient belongs to an adapter.
    """
    torch.manual_seed(seed)
    copied = copy.deepcopy(detector)
    for parameter in copied.parameters():
        parameter.requires_grad = False
    for name, layer in _linear(copied).items():
        _put(copied, name, Adapted(layer, rank))
    return copied


def adapter_of(detector: Detector) -> Adapter:
    """The adapter of a copy that `opened` made, rounded to half precision as it is kept."""
    return Adapter(
        {
            name: (_half(layer.a), _half(layer.b))
            for name, layer in detector.named_modules()
            if isinstance(layer, Adapted)
        }
    )


def merged(detector: Detector, adapter: Adapter) -> Detector:
    """A copy of a plain detector with the adapter in its weights.

    Raises ValueError when the adapter was made for other layers.
    """
    copied = copy.deepcopy(detector)
    layers = _linear(copied)
    if adapter.matrices.keys() != layers.keys():
        odd = sorted(adapter.matrices.keys() ^ layers.keys())
        raise ValueError(f"the adapter is for another model: {odd[0]}")
    for name, (a, b) in adapter.matrices.items():
        change = torch.from_numpy(b.astype(np.float32) @ a.astype(np.float32))
        if change.shape != layers[name].weight.shape:
            raise ValueError(f"the adapter is for another model: the shape of {name}")
        layers[name].weight.data += change
    return copied


def _linear(detector: Detector) -> dict[str, nn.Linear]:
    return {name: each for name, each in detector.named_modules() if isinstance(each, nn.Linear)}


def _put(detector: Detector, name: str, layer: nn.Module) -> None:
    parent, _, last = name.rpartition(".")
    setattr(detector.get_submodule(parent), last, layer)


def _half(matrix: Tensor) -> NDArray[np.float16]:
    return matrix.detach().numpy().astype(np.float16)

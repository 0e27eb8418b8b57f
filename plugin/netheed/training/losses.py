"""The joint loss: paper A, Eq. 4, with the terms that the paper names in words.

L = reconstruction + lambda * temporal attention + classification + next window + contrast
    + balance of the experts,

each weighted. What the paper's formula leaves open was chosen thus: reconstruction is denoising
(the spoilt window in, the clean one out); the temporal term is the Laplacian of the attention
matrix, sum_ij A_ij |h_i - h_j|^2, which pulls windows together that the attention relates; contrast
is NT-Xent (Chen et al. 2020) between two spoilt views of a sequence.
"""

from dataclasses import dataclass, fields
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from netheed.training.examples import UNLABELLED
from netheed.training.model import Reading

TEMPERATURE: Final = 0.2
"""Of the contrastive term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each term counts; 0 leaves a term out."""

    classes: float = 1.0
    expect: float = 0.3
    rebuild: float = 0.0
    temporal: float = 0.0
    contrast: float = 0.0
    balance: float = 0.01

    def of(self, terms: dict[str, Tensor]) -> Tensor:
        """The weighted sum of the named terms."""
        parts = [getattr(self, each.name) * terms[each.name] for each in fields(self)]
        return torch.stack(parts).sum()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a batch of sequences should have been read as."""

    standard: Tensor
    """(batch, time, features): clean and standardised."""
    label: Tensor
    """(batch, time), UNLABELLED where nothing is known or nothing stands."""
    mask: Tensor
    """(batch, time)."""

    @property
    def ordinary(self) -> Tensor:
        """(batch, time): 1 for windows that are not known to be an attack."""
        return ((self.label <= 0) & (self.mask > 0)).float()


def terms(reading: Reading, target: Target, kind_weights: Tensor) -> dict[str, Tensor]:
    """Each term but the contrast. Attacks teach only the kind, never what is to be expected."""
    ordinary = target.ordinary
    away = functional.smooth_l1_loss(reading.rebuilt, target.standard, reduction="none")
    return {
        "classes": _classes(reading.logits, target.label, kind_weights),
        "expect": _mean(reading.misfit.mean(dim=-1), ordinary),
        "rebuild": _mean(away.mean(dim=-1), ordinary),
        "temporal": _mean(reading.roughness, ordinary),
        "contrast": reading.logits.new_zeros(()),
        "balance": reading.imbalance,
    }


def contrast(one: Tensor, other: Tensor) -> Tensor:
    """NT-Xent of two views (batch, width): row i of one belongs to row i of the other."""
    both = functional.normalize(torch.cat((one, other)), dim=-1)
    likeness = both @ both.T / TEMPERATURE
    likeness = likeness - torch.eye(len(both)) * 1e4
    half = len(one)
    partner = torch.cat((torch.arange(half, 2 * half), torch.arange(half)))
    return functional.cross_entropy(likeness, partner)


def _classes(logits: Tensor, label: Tensor, kind_weights: Tensor) -> Tensor:
    each = functional.cross_entropy(
        logits.flatten(0, 1),
        label.flatten(),
        weight=kind_weights,
        ignore_index=UNLABELLED,
        reduction="none",
    )
    # The mean of no labelled window at all would be NaN.
    return each.sum() / (label >= 0).sum().clamp(min=1)


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp(min=1.0)

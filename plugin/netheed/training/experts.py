"""Mixture of experts in a feed-forward layer (paper C: y = sum over the active set of g_i E_i(x)).

All experts stand side by side in two matrices, and the gates of those that are not active are
zero: the same sum as choosing them one by one, in operators that every runtime has.
"""

from typing import Final

import torch
from torch import Tensor, nn

SHUT: Final = -1e4
"""Added to the logit of a gate that is not among the active ones."""


class Experts(nn.Module):
    """`count` small networks, of which `active` answer for each token."""

    def __init__(self, width: int, hidden: int, count: int, active: int) -> None:
        super().__init__()
        self.count = count
        self.active = active
        self.gate = nn.Linear(width, count)
        self.rise = nn.Linear(width, count * hidden)
        self.fall = nn.Linear(count * hidden, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """(batch, time, width) -> the same shape."""
        batch, time, _ = tokens.shape
        gates = self.gates(tokens).unsqueeze(-1)
        inside = torch.relu(self.rise(tokens)).reshape(batch, time, self.count, -1)
        out: Tensor = self.fall((inside * gates).flatten(2))
        return out

    def gates(self, tokens: Tensor) -> Tensor:
        """(batch, time, count): softmax over the `active` largest logits, 0 elsewhere."""
        return self.opened(self.gate(tokens))

    def opened(self, logits: Tensor) -> Tensor:
        """The gates that these logits (..., count) open."""
        least = logits.topk(self.active, dim=-1).values[..., -1:]
        return torch.softmax(torch.where(logits < least, SHUT, logits), dim=-1)

    def imbalance(self, tokens: Tensor, there: Tensor) -> Tensor:
        """The load-balance term of the Switch Transformer (Fedus et al. 2022, Eq. 4), 1 at best.

        count * sum_i f_i P_i: f_i the share of tokens for which expert i is active, P_i its mean
        probability, over the tokens where `there` (batch, time) is 1.
        """
        weight = (there / there.sum().clamp(min=1.0)).unsqueeze(-1)
        used = (self.gates(tokens) > 0).float() / self.active
        share = (used * weight).sum(dim=(0, 1))
        probability = (torch.softmax(self.gate(tokens), dim=-1) * weight).sum(dim=(0, 1))
        return self.count * (share.detach() * probability).sum()

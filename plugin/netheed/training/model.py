"""The attention model: reads a host's last windows, expects the next one, names the kind.

Paper A, Eq. 1 (standardisation), Eq. 2 and 3 (self-attention over time). Two heads on one causal
encoder: `expect` says from the windows before what the newest one will look like (the language
model's view, its error is the surprise), `classify` sees the newest one too and says what kind of
traffic it is.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

CLIP: Final = 6.0
"""Standardised values beyond this many deviations say no more than this."""
NARROWEST: Final = -3.0
WIDEST: Final = 2.0
"""Bounds of the log of the expected deviation, in standard deviations of the feature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The main sizes of the model."""

    features: int
    kinds: int
    length: int = 32
    width: int = 64
    heads: int = 2
    hidden: int = 128
    layers: int = 2
    dropout: float = 0.1


class Layer(nn.Module):
    """Pre-norm attention and feed-forward; the queries may be fewer than the keys."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.heads = sizes.heads
        self.before = nn.LayerNorm(sizes.width)
        self.query = nn.Linear(sizes.width, sizes.width)
        self.key_value = nn.Linear(sizes.width, 2 * sizes.width)
        self.out = nn.Linear(sizes.width, sizes.width)
        self.between = nn.LayerNorm(sizes.width)
        self.feed = nn.Sequential(
            nn.Linear(sizes.width, sizes.hidden), nn.ReLU(), nn.Linear(sizes.hidden, sizes.width)
        )
        self.dropout = nn.Dropout(sizes.dropout)

    def forward(self, tokens: Tensor, blocked: Tensor, queries: int) -> Tensor:
        """Tokens (batch, time, width) -> their last `queries`, (batch, queries, width).

        `blocked` (batch, 1, queries, time) is added to the attention logits.
        """
        normal = self.before(tokens)
        asked = self._split(self.query(normal[:, -queries:]))
        key, value = self.key_value(normal).chunk(2, dim=-1)
        logits = asked @ self._split(key).transpose(-1, -2)
        weights = torch.softmax(logits * (asked.shape[-1] ** -0.5) + blocked, dim=-1)
        read = (weights @ self._split(value)).transpose(1, 2).flatten(2)
        kept = tokens[:, -queries:] + self.dropout(self.out(read))
        result: Tensor = kept + self.dropout(self.feed(self.between(kept)))
        return result

    def _split(self, tokens: Tensor) -> Tensor:
        batch, time, width = tokens.shape
        return tokens.reshape(batch, time, self.heads, width // self.heads).transpose(1, 2)


class Detector(nn.Module):
    """Sequences of transformed vectors -> kind logits and surprise, at the newest `queries`."""

    mean: Tensor
    deviation: Tensor
    unseen: Tensor

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.register_buffer("mean", torch.zeros(sizes.features))
        self.register_buffer("deviation", torch.ones(sizes.features))
        later = torch.ones(sizes.length + 1, sizes.length + 1).triu(1)
        self.register_buffer("unseen", later * -1e4)
        self.embed = nn.Linear(sizes.features, sizes.width)
        self.start = nn.Parameter(torch.zeros(1, 1, sizes.width))
        self.place = nn.Parameter(torch.randn(1, sizes.length + 1, sizes.width) * 0.02)
        self.layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.layers))
        self.after = nn.LayerNorm(sizes.width)
        self.expect = nn.Linear(sizes.width, 2 * sizes.features)
        self.classify = nn.Sequential(
            nn.Linear(sizes.width + sizes.features, sizes.width),
            nn.ReLU(),
            nn.Dropout(sizes.dropout),
            nn.Linear(sizes.width, sizes.kinds),
        )

    def standardise(self, vectors: Tensor) -> Tensor:
        """Eq. 1, clipped."""
        return ((vectors - self.mean) / self.deviation).clamp(-CLIP, CLIP)

    def forward(self, vectors: Tensor, mask: Tensor, queries: int = 1) -> tuple[Tensor, Tensor]:
        """Vectors (batch, length, features), mask (batch, length) of 0 and 1.

        Returns kind logits (batch, queries, kinds) and the negative log-likelihood of each
        feature, nats, (batch, queries, features), for the newest `queries` windows.
        """
        standard = self.standardise(vectors) * mask.unsqueeze(-1)
        seen = self._encode(standard, mask, queries + 1)
        newest = standard[:, -queries:]
        logits = self.classify(torch.cat((seen[:, 1:], newest), dim=-1))
        middle, spread = self.expect(seen[:, :-1]).chunk(2, dim=-1)
        spread = spread.clamp(NARROWEST, WIDEST)
        away = (newest - middle).abs() * torch.exp(-spread)
        return logits, away + spread

    def _encode(self, standard: Tensor, mask: Tensor, queries: int) -> Tensor:
        windows = self.embed(standard)
        start = self.start.expand(windows.shape[0], -1, -1)
        tokens = torch.cat((start, windows), dim=1) + self.place
        there = torch.cat((torch.ones_like(mask[:, :1]), mask), dim=1)
        blocked = self.unseen + (there - 1.0)[:, None, None, :] * 1e4
        for layer in self.layers[:-1]:
            tokens = layer(tokens, blocked, self.sizes.length + 1)
        read: Tensor = self.after(self.layers[-1](tokens, blocked[:, :, -queries:], queries))
        return read


class Exported(nn.Module):
    """What is shipped: kind probabilities and one raw score for the newest window.

    score = log odds of any attack + weight * max(0, surprise - floor): the class where the traffic
    is of a known kind, the surprise where it is like nothing before.
    """

    def __init__(
        self, detector: Detector, *, surprise_weight: float, surprise_floor: float
    ) -> None:
        super().__init__()
        self.detector = detector
        self.weight = surprise_weight
        self.floor = surprise_floor

    def forward(self, vectors: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Returns score (batch), kind probabilities (batch, kinds), surprise (batch), nats."""
        logits, misfit = self.detector(vectors, mask, 1)
        logits, surprise = logits[:, 0], misfit[:, 0].mean(dim=-1)
        odds = torch.logsumexp(logits[:, 1:], dim=-1) - logits[:, 0]
        score = odds + self.weight * functional.relu(surprise - self.floor)
        return score, torch.softmax(logits, dim=-1), surprise

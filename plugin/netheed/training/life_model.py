"""The model of lives: attends over a life's last steps, beside what is known of it.

A step is a pair's connection, or a host's hour. Self-attention (paper A, Eq. 2 and 3) over the
steps of one life, each said twice: as it is and as it differs from the mean of its life, which is
what sameness and jitter are. A first token stands for what is known beside and is what is read out.
Experts behind it, a head that foretells the next step and one that two views are compared by are
there for the ablations (docs/ablations.md).
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from netheed.model.life import Life
from netheed.training.experts import Experts
from netheed.training.model import Tail

CLIP: Final = 5.0
"""Standardised values beyond so many deviations say no more than this."""
BLOCKED: Final = 1e4
NARROWEST: Final = -3.0
WIDEST: Final = 2.0
"""Bounds of the log of the foretold deviation, in standard deviations of the column."""
PROJECTED: Final = 16
"""Width of what two views are compared by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeSizes:
    """The main sizes of the model."""

    life: Life
    kinds: int
    width: int = 32
    heads: int = 2
    hidden: int = 64
    dropout: float = 0.1
    experts: int = 0
    """In a feed-forward layer behind the attention; 0: there is none."""
    active: int = 2
    """Of the experts."""
    foretells: bool = False
    """Has a head for the next step."""
    compares: bool = False
    """Has a head for the contrastive term."""

    @property
    def steps(self) -> int:
        """Columns of a step."""
        return len(self.life.steps)

    @property
    def context(self) -> int:
        """Columns beside."""
        return len(self.life.context)

    @property
    def length(self) -> int:
        """Steps of a life."""
        return self.life.length


class LifeDetector(nn.Module):
    """Steps, where they are, and context -> logits of the kinds."""

    mean_steps: Tensor
    scale_steps: Tensor
    mean_context: Tensor
    scale_context: Tensor

    def __init__(self, sizes: LifeSizes) -> None:
        super().__init__()
        self.sizes = sizes
        width = sizes.width
        self.step = nn.Linear(2 * sizes.steps, width)
        self.place = nn.Parameter(torch.zeros(1, sizes.length, width))
        self.known = nn.Linear(sizes.context, width)
        self.before = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)
        self.between = nn.LayerNorm(width)
        self.classify = nn.Sequential(
            nn.Linear(width + sizes.context, sizes.hidden),
            nn.ReLU(),
            nn.Dropout(sizes.dropout),
            nn.Linear(sizes.hidden, sizes.kinds),
        )
        for name, size in (("steps", sizes.steps), ("context", sizes.context)):
            self.register_buffer(f"mean_{name}", torch.zeros(size))
            self.register_buffer(f"scale_{name}", torch.ones(size))
        each = sizes.hidden // sizes.active
        self.feed = Experts(width, each, sizes.experts, sizes.active) if sizes.experts else None
        self.expect = nn.Linear(width, 2 * sizes.steps) if sizes.foretells else None
        self.project = nn.Linear(width, PROJECTED) if sizes.compares else None

    def forward(self, steps: Tensor, there: Tensor, context: Tensor) -> Tensor:
        """(n, length, columns), (n, length), (n, columns beside) -> logits (n, kinds)."""
        asked, beside = self.read(steps, there, context)
        logits: Tensor = self.classify(torch.cat((asked, beside), dim=1))
        return logits

    def read(self, steps: Tensor, there: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """What is known of a life, (n, width), and what is known beside, standardised."""
        beside = ((context - self.mean_context) * self.scale_context).clamp(-CLIP, CLIP)
        return self._asked(steps, there, beside), beside

    def surprise(self, steps: Tensor, there: Tensor) -> Tensor:
        """How far the newest step is from what those before let expect, (n), nats.

        What is known beside is not read: it knows the newest step. Zero where there is none before.
        """
        if self.expect is None:
            raise ValueError("no head for the next step")
        newest, before = self._standard(steps)[:, -1], there.clone()
        before[:, -1] = 0.0
        nothing = steps.new_zeros(len(steps), self.sizes.context)
        middle, spread = self.expect(self._asked(steps, before, nothing)).chunk(2, dim=-1)
        spread = spread.clamp(NARROWEST, WIDEST)
        misfit: Tensor = (newest - middle).abs() * torch.exp(-spread) + spread
        return misfit.mean(dim=1) * (before.sum(dim=1) > 0).float()

    def imbalance(self, asked: Tensor) -> Tensor:
        """Of the experts, for what `read` says; 0 without any."""
        if self.feed is None:
            return asked.new_zeros(())
        return self.feed.imbalance(asked.unsqueeze(1), asked.new_ones(len(asked), 1))

    def _asked(self, steps: Tensor, there: Tensor, beside: Tensor) -> Tensor:
        """What the first token knows in the end, (n, width)."""
        asked = self._attended(self._tokens(steps, there, beside), there)
        if self.feed is not None:
            asked = asked + self.feed(self.between(asked).unsqueeze(1)).squeeze(1)
        known: Tensor = self.between(asked)
        return known

    def _standard(self, steps: Tensor) -> Tensor:
        return ((steps - self.mean_steps) * self.scale_steps).clamp(-CLIP, CLIP)

    def _tokens(self, steps: Tensor, there: Tensor, beside: Tensor) -> Tensor:
        """(n, 1 + length, width): what is known beside, then the steps."""
        present = there.unsqueeze(-1)
        said = self._standard(steps) * present
        share = present.mean(dim=1, keepdim=True) + 1e-6
        away = (said - said.mean(dim=1, keepdim=True) / share) * present
        each = self.step(torch.cat((said, away), dim=2)) + self.place
        return torch.cat((self.known(beside).unsqueeze(1), each), dim=1)

    def _attended(self, tokens: Tensor, there: Tensor) -> Tensor:
        """What the first token has read of all, (n, width), with the residual."""
        normal = self.before(tokens)
        heads, size = self.sizes.heads, self.sizes.width // self.sizes.heads
        asked = self.query(normal[:, :1]).view(-1, 1, heads, size).transpose(1, 2)
        key, value = self.key_value(normal).chunk(2, dim=-1)
        time = 1 + self.sizes.length
        key = key.reshape(-1, time, heads, size).transpose(1, 2)
        value = value.reshape(-1, time, heads, size).transpose(1, 2)
        blocked = torch.cat((there[:, :1] * 0.0, (there - 1.0) * BLOCKED), dim=1)
        logits = asked @ key.transpose(2, 3) * size**-0.5 + blocked[:, None, None]
        read = torch.softmax(logits, dim=-1) @ value
        first: Tensor = tokens[:, 0] + self.out(read.transpose(1, 2).reshape(-1, heads * size))
        return first


class ExportedLives(nn.Module):
    """What is written as ONNX: the odds of an attack, and the kinds' probabilities.

    With a weight, the tail of the surprise is added to the odds.
    """

    def __init__(self, detector: LifeDetector, surprise: Tail | None = None) -> None:
        super().__init__()
        self.detector = detector
        self.surprise = surprise

    def forward(self, steps: Tensor, there: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Log odds (n) and probabilities (n, kinds)."""
        logits = self.detector(steps, there, context)
        score = torch.logsumexp(logits[:, 1:], dim=-1) - logits[:, 0]
        if self.surprise is not None:
            score = score + self.surprise.of(self.detector.surprise(steps, there))
        return score, torch.softmax(logits, dim=-1)

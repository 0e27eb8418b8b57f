"""The attention model: reads a host's last windows, expects the next one, names the kind.

Paper A, Eq. 1 (standardisation), Eq. 2 and 3 (self-attention over time). Heads on one causal
encoder: `expect` says from the windows before what the newest one will look like (the language
model's view, its error is the surprise), `classify` sees the newest one too and says what kind of
traffic it is, `rebuild` gives the newest one back clean, `project` is what the contrastive term
compares. The last two teach the encoder and are not exported.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from netheed.core.sequences import LENGTH
from netheed.training.conversations import COLUMNS
from netheed.training.experts import Experts
from netheed.training.standard import CLIP
from netheed.training.thresholds import nearness

NARROWEST: Final = -3.0
WIDEST: Final = 2.0
"""Bounds of the log of the expected deviation, in standard deviations of the feature."""
NARROW: Final = 8
"""Numbers that a window is rebuilt from."""
PROJECTED: Final = 32
"""Width of what the contrastive term compares."""
BLOCKED: Final = 1e4
"""Taken from the attention logits of what may not be read."""
ALL_COUNT: Final = -1e4
"""Log odds below which nothing is."""
ACQUITTAL: Final = 1e-3
"""What log odds count below those that benign windows usually have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The main sizes of the model."""

    features: int
    kinds: int
    length: int = LENGTH
    width: int = 64
    heads: int = 2
    hidden: int = 128
    layers: int = 2
    experts: int = 0
    """Experts in each feed-forward layer; `hidden` is shared out among the active ones. 0: none."""
    active: int = 2
    attention: bool = True
    """False reads the newest window alone: for the ablation."""
    conversations: bool = False
    """Also attends over the conversations inside each window: for the ablation."""
    dropout: float = 0.1


class Reading(NamedTuple):
    """All that the model says of the newest `queries` windows of each sequence."""

    logits: Tensor
    """(batch, queries, kinds)."""
    misfit: Tensor
    """(batch, queries, features): negative log-likelihood of each feature, nats."""
    rebuilt: Tensor
    """(batch, queries, features), standardised."""
    summary: Tensor
    """(batch, queries, PROJECTED)."""
    roughness: Tensor
    """(batch, queries): how far windows that attend to each other stand apart."""
    imbalance: Tensor
    """Of the experts, summed over the layers, 1 for each at best; 0 unless training experts."""


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
        self.feed = _feed(sizes)
        self.dropout = nn.Dropout(sizes.dropout)

    def forward(
        self, tokens: Tensor, blocked: Tensor, queries: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens (batch, time, width) -> their last `queries`, (batch, queries, width).

        `blocked` (batch, 1, queries, time) is added to the attention logits. Also returns the
        attention averaged over the heads, (batch, queries, time), and what the feed-forward layer
        read, (batch, queries, width).
        """
        kept, weights = self.attend(tokens, blocked, queries)
        normal = self.between(kept)
        result: Tensor = kept + self.dropout(self.feed(normal))
        return result, weights, normal

    def attend(self, tokens: Tensor, blocked: Tensor, queries: int) -> tuple[Tensor, Tensor]:
        """Eq. 2 and 3 with the residual."""
        normal = self.before(tokens)
        asked = self._split(self.query(normal[:, -queries:]))
        key, value = self.key_value(normal).chunk(2, dim=-1)
        logits = asked @ self._split(key).transpose(-1, -2)
        weights = torch.softmax(logits * (asked.shape[-1] ** -0.5) + blocked, dim=-1)
        read = (weights @ self._split(value)).transpose(1, 2).flatten(2)
        return tokens[:, -queries:] + self.dropout(self.out(read)), weights.mean(dim=1)

    def _split(self, tokens: Tensor) -> Tensor:
        batch, time, width = tokens.shape
        return tokens.reshape(batch, time, self.heads, width // self.heads).transpose(1, 2)


def _feed(sizes: Sizes) -> nn.Module:
    if sizes.experts:
        return Experts(sizes.width, sizes.hidden // sizes.active, sizes.experts, sizes.active)
    return nn.Sequential(
        nn.Linear(sizes.width, sizes.hidden), nn.ReLU(), nn.Linear(sizes.hidden, sizes.width)
    )


class Inside(nn.Module):
    """Attention over the conversations of one window, read by one learned question."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.embed = nn.Linear(len(COLUMNS), width)
        self.key = nn.Linear(width, 1)

    def forward(self, conversations: Tensor) -> Tensor:
        """(batch, time, MOST, COLUMNS), zeros for padding -> (batch, time, width)."""
        inside = torch.relu(self.embed(conversations))
        there = conversations.abs().sum(dim=-1, keepdim=True) > 0
        weights = torch.softmax(self.key(inside) - BLOCKED * (~there).float(), dim=2)
        read: Tensor = (weights * inside * there.float()).sum(dim=2)
        return read


class Detector(nn.Module):
    """Sequences of transformed vectors -> a Reading of the newest `queries` windows."""

    mean: Tensor
    deviation: Tensor
    unseen: Tensor

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.register_buffer("mean", torch.zeros(sizes.features))
        self.register_buffer("deviation", torch.ones(sizes.features))
        self.register_buffer("unseen", _unseen(sizes))
        self.embed = nn.Linear(sizes.features, sizes.width)
        self.inside = Inside(sizes.width) if sizes.conversations else None
        self.start = nn.Parameter(torch.zeros(1, 1, sizes.width))
        self.place = nn.Parameter(torch.randn(1, sizes.length + 1, sizes.width) * 0.02)
        self.layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.layers))
        self.after = nn.LayerNorm(sizes.width)
        self.expect = nn.Linear(sizes.width, 2 * sizes.features)
        self.rebuild = nn.Sequential(
            nn.Linear(sizes.width, NARROW), nn.Tanh(), nn.Linear(NARROW, sizes.features)
        )
        self.project = nn.Linear(sizes.width, PROJECTED)
        self.classify = nn.Sequential(
            nn.Linear(sizes.width + sizes.features, sizes.width),
            nn.ReLU(),
            nn.Dropout(sizes.dropout),
            nn.Linear(sizes.width, sizes.kinds),
        )

    def standardise(self, vectors: Tensor) -> Tensor:
        """Eq. 1, clipped."""
        return ((vectors - self.mean) / self.deviation).clamp(-CLIP, CLIP)

    def forward(
        self,
        vectors: Tensor,
        mask: Tensor,
        queries: int = 1,
        conversations: Tensor | None = None,
    ) -> Reading:
        """Vectors (batch, length, features), mask (batch, length) of 0 and 1."""
        standard = self.standardise(vectors) * mask.unsqueeze(-1)
        windows = self.embed(standard)
        if self.inside is not None and conversations is not None:
            windows = windows + self.inside(conversations)
        seen, roughness, imbalance = self._encode(windows, mask, queries + 1)
        newest = standard[:, -queries:]
        middle, spread = self.expect(seen[:, :-1]).chunk(2, dim=-1)
        spread = spread.clamp(NARROWEST, WIDEST)
        away = (newest - middle).abs() * torch.exp(-spread)
        return Reading(
            logits=self.classify(torch.cat((seen[:, 1:], newest), dim=-1)),
            misfit=away + spread,
            rebuilt=self.rebuild(seen[:, 1:]),
            summary=self.project(seen[:, 1:]),
            roughness=roughness[:, 1:],
            imbalance=imbalance,
        )

    def _encode(self, windows: Tensor, mask: Tensor, queries: int) -> tuple[Tensor, Tensor, Tensor]:
        """The last `queries` tokens after all layers, their roughness, the experts' imbalance."""
        start = self.start.expand(windows.shape[0], -1, -1)
        tokens = torch.cat((start, windows), dim=1) + self.place
        there = torch.cat((torch.ones_like(mask[:, :1]), mask), dim=1)
        blocked = self.unseen + (there - 1.0)[:, None, None, :] * BLOCKED
        imbalance = windows.new_zeros(())
        for layer in self.layers[:-1]:
            tokens, _, fed = layer(tokens, blocked, self.sizes.length + 1)
            if self.training:
                imbalance = imbalance + _imbalance(layer, fed, there)
        read, weights, fed = self.layers[-1](tokens, blocked[:, :, -queries:], queries)
        if self.training:
            imbalance = imbalance + _imbalance(self.layers[-1], fed, there[:, -queries:])
        seen = self.after(read)
        return seen, _roughness(seen, self.after(tokens), weights), imbalance


def newest_of(detector: Detector, windows: int) -> Detector:
    """The same weights over the newest windows alone, no more than there were.

    It says what `detector` says where all windows before these are missing, as of a host that came
    lately.
    """
    if windows >= detector.sizes.length:
        return detector
    cut = Detector(replace(detector.sizes, length=windows))
    place = torch.cat((detector.place[:, :1], detector.place[:, -windows:]), dim=1)
    cut.load_state_dict({**detector.state_dict(), "place": place, "unseen": cut.unseen})
    return cut.eval()


def _unseen(sizes: Sizes) -> Tensor:
    """(time, time) to add to attention logits: no window reads a later one.

    Without attention it reads itself alone. Twice BLOCKED, so that a padded place, which is BLOCKED
    itself, reads itself rather than what it must not.
    """
    ones = torch.ones(sizes.length + 1, sizes.length + 1)
    later = ones.triu(1) if sizes.attention else ones - torch.eye(sizes.length + 1)
    return later * -2.0 * BLOCKED


def _imbalance(layer: nn.Module, fed: Tensor, there: Tensor) -> Tensor:
    feed = layer.feed
    return feed.imbalance(fed, there) if isinstance(feed, Experts) else fed.new_zeros(())


def _roughness(seen: Tensor, read: Tensor, weights: Tensor) -> Tensor:
    """sum_j A_ij |s_i - r_j|^2 / width, the Laplacian of the time series relationship matrix A.

    s (batch, queries, width) are the windows that read, r (batch, time, width) those that are read.
    """
    square = (read * read).sum(dim=-1, keepdim=True)
    mixed = (weights @ square).squeeze(-1) + (seen * seen).sum(dim=-1)
    return (mixed - 2.0 * (seen * (weights @ read)).sum(dim=-1)) / seen.shape[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tail:
    """What an error adds to the score: weight * max(0, (error - floor) / scale)."""

    weight: float = 0.0
    floor: float = 0.0
    scale: float = 1.0

    def of(self, error: Tensor) -> Tensor:
        """Elementwise."""
        return self.weight * functional.relu((error - self.floor) / self.scale)


class Exported(nn.Module):
    """What is shipped: kind probabilities and one raw score for the newest window.

    score = log odds of any attack + tail of the surprise + tail of the rebuilding error + weight
    times the nearness to a published threshold: the class where the traffic is of a known kind, the
    errors where it is like nothing before, the thresholds where everybody would look twice. Who
    learned of other attacks alone is sure of the rest that it is benign, and may not outvote the
    errors by that: log odds below the `usual` ones count for ACQUITTAL of what they are.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        surprise: Tail,
        rebuilding: Tail,
        published: float = 0.0,
        usual: float = ALL_COUNT,
    ) -> None:
        super().__init__()
        self.detector = detector
        self.surprise = surprise
        self.rebuilding = rebuilding
        self.published = published
        self.usual = usual

    def forward(
        self, vectors: Tensor, mask: Tensor, conversations: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Returns score (batch), kind probabilities (batch, kinds), surprise (batch), nats."""
        odds, kinds, surprise, error = self.parts(vectors, mask, conversations)
        return self.score(odds, surprise, error, vectors[:, -1]), kinds, surprise

    def score(self, odds: Tensor, surprise: Tensor, error: Tensor, newest: Tensor) -> Tensor:
        """Of each window, from its log odds, its errors and its vector."""
        if self.usual > ALL_COUNT:
            odds = torch.maximum(odds, ACQUITTAL * (odds - self.usual) + self.usual)
        added = odds + self.surprise.of(surprise) + self.rebuilding.of(error)
        if not self.published:
            return added
        # Bounded: the upload of a backup is a hundred times a threshold, and no attack so odd.
        return added + self.published * nearness(newest).clamp(max=1.0)

    def around(self, detector: Detector) -> "Exported":
        """The same tails around another detector."""
        return Exported(
            detector,
            surprise=self.surprise,
            rebuilding=self.rebuilding,
            published=self.published,
            usual=self.usual,
        ).eval()

    def parts(
        self, vectors: Tensor, mask: Tensor, conversations: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Log odds, kind probabilities, surprise and rebuilding error of the newest window."""
        reading = self.detector(vectors, mask, 1, conversations)
        logits = reading.logits[:, 0]
        odds = torch.logsumexp(logits[:, 1:], dim=-1) - logits[:, 0]
        newest = self.detector.standardise(vectors[:, -1])
        error = (reading.rebuilt[:, 0] - newest).abs().mean(dim=-1)
        surprise = reading.misfit[:, 0].mean(dim=-1)
        return odds, torch.softmax(logits, dim=-1), surprise, error

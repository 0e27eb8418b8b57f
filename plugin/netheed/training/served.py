"""The detector as it serves: the same function of its inputs in fewer operations.

Nothing is left out; the last bits are rounded otherwise. What follows from algebra:

- Tokens are read through normalisations alone, which take their mean away. What writes tokens
  writes them without it, and a normalisation is left as a division by the root mean square.
- The scale of the attention logits and all shifts are parts of the matrices beside them. A shift of
  the keys adds the same to all logits of a query and falls out of the softmax; one of the values
  comes through as it is, because attention weights sum to 1.
- The last layer is asked for ASKED windows alone. It turns the questions, q (n K)' = (q K') n', and
  the mean of what was read, w (n V) = (w n) V: neither keys nor values of any window are computed.
- A head has matrices of its own, so nothing is transposed between heads and time.
- A softmax over a few windows is dear as an operator and cheap as exponentials, which are zero
  where a window must not be read. Every window may read the start, so no sum of them is zero, and
  logits are kept where float32 has their exponentials, far beyond those of normalised tokens.
"""

from typing import Final, cast

import torch
from torch import Tensor, nn

from netheed.training.experts import Experts
from netheed.training.model import (
    NARROWEST,
    WIDEST,
    Detector,
    Exported,
    Layer,
    Sizes,
)
from netheed.training.standard import CLIP

ASKED: Final = 2
"""The window before the newest, which says what to expect, and the newest."""


STEEPEST: Final = 60.0
"""Of an attention logit: beyond it another window weighs nothing."""


def weighed(logits: Tensor, readable: Tensor) -> Tensor:
    """The softmax over the last axis, of what is readable (1, else 0)."""
    shares = torch.exp(logits.clamp(-STEEPEST, STEEPEST)) * readable
    return shares / shares.sum(dim=-1, keepdim=True)


def exact(weight: Tensor) -> Tensor:
    """In double precision, for arithmetic on weights."""
    return weight.detach().double()


def centred(written: Tensor) -> Tensor:
    """(..., width) that is added to tokens, without the mean that nobody reads."""
    return written - written.mean(dim=-1, keepdim=True)


def columns(matrix: Tensor, size: int) -> list[Tensor]:
    """(..., heads * size) -> for each head (..., size)."""
    return [matrix[..., at : at + size] for at in range(0, matrix.shape[-1], size)]


class Fixed(nn.Module):
    """Named arrays in single precision."""

    def __init__(self, **arrays: Tensor) -> None:
        super().__init__()
        for name, array in arrays.items():
            self.register_buffer(name, array.float().contiguous())


class Affine(Fixed):
    """rows @ weight + bias."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__(weight=weight, bias=bias)

    @classmethod
    def of(cls, linear: nn.Linear, shift: Tensor) -> "Affine":
        """A linear layer that reads what a Norm gives; the Norm leaves out `shift` (width).

        What the layer reads beside the normalised tokens has no shift.
        """
        weight = exact(linear.weight).T
        return cls(weight, exact(linear.bias) + shift @ weight[: len(shift)])

    @classmethod
    def writing(cls, linear: nn.Linear) -> "Affine":
        """A linear layer whose result is added to tokens."""
        return cls(centred(exact(linear.weight).T), centred(exact(linear.bias)))

    def forward(self, rows: Tensor, added: Tensor | None = None) -> Tensor:
        """(n, in) -> (n, out)."""
        return torch.addmm(self.bias if added is None else added, rows, self.weight)


class Norm(Fixed):
    """What a LayerNorm is for tokens without a mean, but for its shift."""

    scale: Tensor

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__(scale=norm.weight.detach())
        self.epsilon = norm.eps

    def forward(self, tokens: Tensor) -> Tensor:
        """(..., width) -> the same shape, in the operators that onnxruntime makes one of."""
        mean_square = tokens.pow(2).mean(dim=-1, keepdim=True)
        return tokens / torch.sqrt(mean_square + self.epsilon) * self.scale


class Heads:
    """The matrices of a layer's attention, one for each head, and the bias of their sum."""

    def __init__(self, layer: Layer) -> None:
        shift = exact(layer.before.bias)
        query = exact(layer.query.weight).T
        key, value = exact(layer.key_value.weight).T.chunk(2, dim=1)
        size = self.size = query.shape[1] // layer.heads
        scale = size**-0.5
        out = centred(exact(layer.out.weight).T)
        unread = exact(layer.key_value.bias).chunk(2)[1] + shift @ value
        asked = exact(layer.query.bias) + shift @ query
        self.query, self.asked = columns(query * scale, size), columns(asked * scale, size)
        self.key, self.value = columns(key, size), columns(value, size)
        self.out = [part.T for part in columns(out.T, size)]
        self.bias = centred(exact(layer.out.bias)) + unread @ out


class Head(Fixed):
    """One head by which all windows ask all windows."""

    query: Tensor
    asked: Tensor
    key: Tensor
    value: Tensor
    out: Tensor

    def __init__(self, heads: Heads, at: int, time: int) -> None:
        named = ("query", "asked", "key", "value", "out")
        super().__init__(**{name: getattr(heads, name)[at] for name in named})
        self.time, self.size = time, heads.size

    def forward(self, normal: Tensor, readable: Tensor, added: Tensor) -> Tensor:
        """Rows (batch * time, width), `readable` (batch, time, time) -> rows, with `added`."""
        split = (-1, self.time, self.size)
        query = torch.addmm(self.asked, normal, self.query).view(split)
        key, value = (torch.mm(normal, each).view(split) for each in (self.key, self.value))
        weights = weighed(query @ key.transpose(1, 2), readable)
        return torch.addmm(added, (weights @ value).view(-1, self.size), self.out)


class All(nn.Module):
    """The attention of a layer whose windows are all asked for."""

    bias: Tensor

    def __init__(self, layer: Layer, sizes: Sizes) -> None:
        super().__init__()
        heads = Heads(layer)
        self.width = sizes.width
        self.norm = Norm(layer.before)
        each = (Head(heads, at, sizes.length + 1) for at in range(layer.heads))
        self.heads = nn.ModuleList(each)
        self.register_buffer("bias", heads.bias.float())

    def forward(self, tokens: Tensor, readable: Tensor) -> Tensor:
        """Tokens (batch, time, width) -> rows (batch * time, width), with the residual."""
        rows = tokens.view(-1, self.width)
        normal = self.norm(rows)
        read = self.bias
        for head in self.heads:
            read = head(normal, readable, read)
        return read + rows


class Last(nn.Module):
    """The attention of the last layer."""

    def __init__(self, layer: Layer, sizes: Sizes) -> None:
        super().__init__()
        heads = Heads(layer)
        turned = [key.T for key in heads.key]
        self.width, self.count = sizes.width, layer.heads
        self.norm = Norm(layer.before)
        self.ask = Affine(
            torch.cat([q @ k for q, k in zip(heads.query, turned, strict=True)], dim=1),
            torch.cat([q @ k for q, k in zip(heads.asked, turned, strict=True)]),
        )
        self.tell = Affine(
            torch.cat([v @ o for v, o in zip(heads.value, heads.out, strict=True)]), heads.bias
        )

    def forward(self, tokens: Tensor, readable: Tensor) -> Tensor:
        """Tokens (batch, time, width) -> rows (batch * ASKED, width), with the residual."""
        normal = self.norm(tokens)
        newest = normal[:, -ASKED:].reshape(-1, self.width)
        asked = self.ask(newest).view(-1, ASKED * self.count, self.width)
        own = [readable[:, at] for at in range(-ASKED, 0) for _ in range(self.count)]
        weights = weighed(asked @ normal.transpose(1, 2), torch.stack(own, dim=1))
        told: Tensor = self.tell((weights @ normal).view(-1, self.count * self.width))
        return told + tokens[:, -ASKED:].reshape(-1, self.width)


class Feed(nn.Module):
    """The feed-forward part of a layer, with the residual."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        shift = exact(layer.between.bias)
        self.norm = Norm(layer.between)
        self.experts = layer.feed if isinstance(layer.feed, Experts) else None
        self.gate = Affine.of(self.experts.gate, shift) if self.experts else None
        rise, fall = _linears(layer.feed)
        self.hidden = rise.out_features
        self.rise, self.fall = Affine.of(rise, shift), Affine.writing(fall)

    def forward(self, rows: Tensor) -> Tensor:
        """(n, width) -> the same shape."""
        normal = self.norm(rows)
        inside = torch.relu(self.rise(normal))
        if self.experts is not None and self.gate is not None:
            gates = self.experts.opened(self.gate(normal)).unsqueeze(-1)
            parts = inside.view(-1, self.experts.count, self.hidden // self.experts.count)
            inside = (parts * gates).view(-1, self.hidden)
        fallen: Tensor = self.fall(inside)
        return fallen + rows


def _linears(feed: nn.Module) -> tuple[nn.Linear, nn.Linear]:
    if isinstance(feed, Experts):
        return feed.rise, feed.fall
    rise, _, fall = feed.children()
    return cast(nn.Linear, rise), cast(nn.Linear, fall)


class Tokens(Fixed):
    """Windows, standardised, become tokens."""

    scale: Tensor
    shift: Tensor
    weight: Tensor
    start: Tensor
    place: Tensor

    def __init__(self, detector: Detector) -> None:
        length, mean, scale = detector.sizes.length, exact(detector.mean), exact(detector.deviation)
        place, bias = exact(detector.place)[0], exact(detector.embed.bias)
        # Over a whole sequence: a row of it is too short for a loop of its own.
        super().__init__(
            scale=(1.0 / scale).repeat(length),
            shift=(-mean / scale).repeat(length),
            weight=centred(exact(detector.embed.weight).T),
            start=centred(exact(detector.start) + place[0]),
            place=centred(place[1:] + bias).flatten(),
        )
        self.sizes = detector.sizes

    def forward(self, vectors: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Standardised (batch, length, features), tokens (batch, length + 1, width)."""
        length, features, width = self.sizes.length, self.sizes.features, self.sizes.width
        there = vectors.view(-1, length * features) * self.scale + self.shift
        standard = there.clamp(-CLIP, CLIP).view(-1, length, features) * mask.unsqueeze(-1)
        windows = torch.mm(standard.view(-1, features), self.weight).view(-1, length * width)
        start = self.start + (mask[:, :1] * 0.0).unsqueeze(-1)
        placed = (windows + self.place).view(-1, length, width)
        return standard, torch.cat((start, placed), dim=1)


class Served(nn.Module):
    """What an Exported says, for sequences without conversations."""

    seen: Tensor
    """(time, time): 1 where a window may read another, if that is there."""

    def __init__(self, exported: Exported) -> None:
        super().__init__()
        detector = exported.detector
        layers: list[Layer] = list(detector.layers)  # type: ignore[arg-type]
        self.sizes, self.tails = detector.sizes, exported
        self.tokens = Tokens(detector)
        before = [All(layer, detector.sizes) for layer in layers[:-1]]
        self.attention = nn.ModuleList([*before, Last(layers[-1], detector.sizes)])
        self.feed = nn.ModuleList(map(Feed, layers))
        self.norm = Norm(detector.after)
        shift = exact(detector.after.bias)
        self.expect = Affine.of(detector.expect, shift)
        self.classify = nn.Sequential(*detector.classify)
        self.classify[0] = Affine.of(cast(nn.Linear, detector.classify[0]), shift)
        self.rebuild = nn.Sequential(*detector.rebuild)
        self.rebuild[0] = Affine.of(cast(nn.Linear, detector.rebuild[0]), shift)
        self.register_buffer("seen", (detector.unseen == 0.0).float())

    def forward(self, vectors: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As Exported.forward."""
        standard, tokens = self.tokens(vectors, mask)
        before, newest = self._read(tokens, mask)
        vector = standard[:, -1]
        logits = self.classify(torch.cat((newest, vector), dim=1))
        odds = torch.logsumexp(logits[:, 1:], dim=-1) - logits[:, 0]
        surprise = self._surprise(before, vector)
        error = self._error(newest, vector)
        score = self.tails.score(odds, surprise, error, vectors[:, -1])
        return score, torch.softmax(logits, dim=-1), surprise

    def _read(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """What the last two windows (batch, width) have become behind the last normalisation."""
        readable = self._readable(mask)
        for attention, feed in zip(self.attention, self.feed, strict=True):
            asked = ASKED if isinstance(attention, Last) else self.sizes.length + 1
            tokens = feed(attention(tokens, readable)).view(-1, asked, self.sizes.width)
        read = self.norm(tokens)
        return read[:, 0], read[:, 1]

    def _readable(self, mask: Tensor) -> Tensor:
        """(batch, time, time), 1 where a window reads another; without attention itself alone."""
        if not self.sizes.attention:
            return self.seen.unsqueeze(0)
        there = torch.cat((mask[:, :1] * 0.0 + 1.0, mask), dim=1)
        return self.seen * there.unsqueeze(1)

    def _surprise(self, before: Tensor, vector: Tensor) -> Tensor:
        expected: Tensor = self.expect(before)
        middle, spread = expected[:, : self.sizes.features], expected[:, self.sizes.features :]
        spread = spread.clamp(NARROWEST, WIDEST)
        away: Tensor = (vector - middle).abs() * torch.exp(-spread)
        return (away + spread).mean(dim=1)

    def _error(self, newest: Tensor, vector: Tensor) -> Tensor:
        if not self.tails.rebuilding.weight:
            return vector[:, 0] * 0.0
        rebuilt: Tensor = self.rebuild(newest)
        return (rebuilt - vector).abs().mean(dim=1)

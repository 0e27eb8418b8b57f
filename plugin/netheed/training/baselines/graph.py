"""A graph network over the hosts of one minute and their conversations, told the kinds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from netheed.training.baselines.common import (
    Descent,
    Standard,
    benign,
    classes_of,
    kind_loss,
    kinds_and_odds,
    softmax,
    standardised,
    whole,
)
from netheed.training.conversations import COLUMNS
from netheed.training.datasets import KINDS
from netheed.training.examples import Examples
from netheed.training.methods import Judge, Method, Settings, Span, Verdicts
from netheed.training.standard import kind_weights

BATCH: Final = 256
"""Windows in a batch, rounded up to whole minutes."""
BLOCK: Final = 4096
ROUNDS: Final = 2


@dataclass(frozen=True, slots=True)
class Graph:
    """Whole minutes: windows as nodes, conversations as edges."""

    nodes: Tensor
    """(nodes, features), standardised."""
    edges: Tensor
    """(edges, COLUMNS), standardised."""
    owner: Tensor
    """The node of each edge."""
    peer: Tensor
    """The node at its other end; `len(nodes)` for a peer without a window of its own."""


class Messages(nn.Module):
    """One round: every node reads its edges and who is at their other ends."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.say = nn.Sequential(
            nn.Linear(len(COLUMNS) + hidden, hidden), nn.ReLU(), nn.Linear(hidden, hidden)
        )
        self.hear = nn.Sequential(nn.Linear(2 * hidden, hidden), nn.ReLU())
        self.stranger = nn.Parameter(torch.zeros(1, hidden))

    def forward(self, state: Tensor, graph: Graph) -> Tensor:
        """State of the nodes (nodes, hidden) -> their next state."""
        others = torch.cat((state, self.stranger)).index_select(0, graph.peer)
        said = self.say(torch.cat((graph.edges, others), dim=1))
        heard = torch.zeros_like(state).index_add(0, graph.owner, said)
        counts = torch.bincount(graph.owner, minlength=len(state)).clamp(min=1)
        mean = heard / counts.unsqueeze(1)
        following: Tensor = state + self.hear(torch.cat((state, mean), dim=1))
        return following


class HostGraph(nn.Module):
    """Messages with edge values (E-GraphSAGE, Lo et al. 2022), mean over the edges of a node."""

    def __init__(self, features: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.embed = nn.Sequential(
            nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU()
        )
        self.rounds = nn.ModuleList(Messages(hidden) for _ in range(ROUNDS))
        self.classify = nn.Sequential(nn.Dropout(dropout), nn.Linear(hidden, len(KINDS)))

    def forward(self, graph: Graph) -> Tensor:
        """Kind logits of the nodes, (nodes, KINDS)."""
        state = self.embed(graph.nodes)
        for messages in self.rounds:
            state = messages(state, graph)
        logits: Tensor = self.classify(state)
        return logits


def gnn(train: Examples, settings: Settings, seed: int) -> Judge:
    """Two rounds of messages between the hosts of a minute, then the kind of each window."""
    cut = _Cut(standardised(benign(train)), _standard_edges(train))
    classes, weights = classes_of(train), kind_weights(train.label)
    torch.manual_seed(seed)
    network = HostGraph(
        train.vectors.shape[1], whole(settings, "hidden", 48), settings.get("dropout", 0.1)
    )

    def loss(rows: NDArray[np.int64]) -> Tensor:
        return kind_loss(network(cut.of(train, rows)), torch.from_numpy(train.label[rows]), weights)

    course = Descent(
        epochs=whole(settings, "epochs", 8), rate=settings.get("rate", 3e-3), seed=seed
    )
    course.of(network, lambda rng: minutes_of(train, BATCH, rng), loss)

    @torch.no_grad()
    def judge(examples: Examples) -> Verdicts:
        logits = np.zeros((len(examples.vectors), len(KINDS)), dtype=np.float32)
        for rows in minutes_of(examples, BLOCK):
            logits[rows] = network(cut.of(examples, rows)).numpy()
        return kinds_and_odds(softmax(logits[:, classes]), classes)

    return judge


@dataclass(frozen=True, slots=True)
class _Cut:
    """Cuts graphs out of sets of windows."""

    standard: Standard
    standard_edges: Standard

    def of(self, examples: Examples, rows: NDArray[np.int64]) -> Graph:
        """The graph of `rows`, which must be whole minutes; node i is rows[i]."""
        talks = examples.conversations
        edges, owner = talks.of(rows)
        order = np.argsort(rows)
        peers = talks.peer[edges]
        at = order[np.minimum(np.searchsorted(rows, peers, sorter=order), len(rows) - 1)]
        return Graph(
            nodes=torch.from_numpy(self.standard(examples.vectors[rows])),
            edges=torch.from_numpy(self.standard_edges(talks.values[edges])),
            owner=torch.from_numpy(owner),
            peer=torch.from_numpy(np.where(rows[at] == peers, at, len(rows))),
        )


def _standard_edges(train: Examples) -> Standard:
    talks = train.conversations
    return standardised(talks.values[train.label[talks.window] == 0])


def minutes_of(
    examples: Examples, least: int, rng: np.random.Generator | None = None
) -> Iterator[NDArray[np.int64]]:
    """All rows in batches of whole minutes, at least `least` rows in all but the last.

    A minute is all windows of one recording that end together. In the order of `rng` if given.
    """
    order = np.lexsort((examples.end, examples.recording))
    end, recording = examples.end[order], examples.recording[order]
    new = (end[1:] != end[:-1]) | (recording[1:] != recording[:-1])
    minutes = np.split(order, np.flatnonzero(new) + 1)
    turn = np.arange(len(minutes)) if rng is None else rng.permutation(len(minutes))
    batch: list[NDArray[np.int64]] = []
    for chosen in turn.tolist():
        batch.append(minutes[chosen])
        if sum(map(len, batch)) >= least:
            yield np.concatenate(batch)
            batch = []
    if batch:
        yield np.concatenate(batch)


GNN: Final = Method(
    name="GNN",
    supervised=True,
    fit=gnn,
    spans={
        "hidden": Span(16, 96, whole=True),
        "dropout": Span(0.0, 0.4),
        "epochs": Span(4, 12, whole=True),
        "rate": Span(5e-4, 1e-2, log=True),
    },
)

"""What the parts at the edges must offer, and what they give."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from netheed.core import act_rows, namings
from netheed.core.act_rows import ActRows
from netheed.core.columns import Columns
from netheed.core.namings import Namings
from netheed.core.vector import Ranges

Position = str
"""Where an origin goes on; only its source knows what it says."""

BATCH: Final = 64
"""Sequences in one call of the model: larger batches fall out of the second-level cache."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a source gives: some connections of an origin, and how far that has brought it."""

    origin: str
    """A file, a socket: records of one origin come about in the order of their time."""
    batch: Columns
    """May be empty: an origin begins with its first Read, so it may come before its records."""
    position: Position
    """Where the origin goes on after this batch."""
    reached: float | None = None
    """Event time that the origin has come to by a clock, though no record says so."""
    last: bool = False
    """The origin has ended."""
    settled: bool = True
    """The source has counted nothing that it has not given: the state may be saved after this."""
    namings: Namings = field(default_factory=lambda: namings.NONE)
    """What the origin says of names, in any order: each counts from its own time on."""
    acts: ActRows = field(default_factory=lambda: act_rows.NONE)
    """What it says that hosts did, likewise."""
    lateness: float | None = None
    """Seconds by which the origin's records may be behind its newest; None is the windows' own."""


class Problem(NamedTuple):
    """Why a source or a sink would not work at this moment."""

    setting: str
    """The key of its settings that is to be looked at."""
    reason: str


class Source(Protocol):
    """Where connections come from. A live one never waits for long: idle, it gives empty Reads."""

    def reads(self, positions: Mapping[str, Position]) -> Iterable[Read]:
        """All there is, from these positions of its origins on."""
        ...

    def acknowledge(self, positions: Mapping[str, Position]) -> None:
        """What came before these positions is safe and never asked for again."""
        ...


@dataclass(frozen=True, slots=True)
class RawScores:
    """What a model says of some sequences, one entry each."""

    score: NDArray[np.float32]
    """Higher is odder; NaN where the model cannot say."""
    kinds: NDArray[np.float32]
    """(sequences, kinds) probabilities."""
    surprise: NDArray[np.float32]
    """Mean negative log-likelihood of the features, nats."""


@dataclass(frozen=True, slots=True)
class RawLooks:
    """What a model says of some lives, one entry each."""

    score: NDArray[np.float32]
    """Higher is odder, NaN where the model cannot say; not comparable with a sequence's score."""
    kinds: NDArray[np.float32]
    """(lives, kinds) probabilities."""


class LifeLooks(Protocol):
    """Lives that are looked at, as their model reads them; one entry each."""

    @property
    def steps(self) -> NDArray[np.float32]:
        """(n, length, columns), scaled, the newest last, zeros in front."""
        ...

    @property
    def there(self) -> NDArray[np.bool_]:
        """(n, length): where a step is."""
        ...

    @property
    def context(self) -> NDArray[np.float32]:
        """(n, columns beside), scaled."""
        ...

    def __len__(self) -> int: ...


class LifeModel(Protocol):
    """What scores lives, of pairs or of hosts' hours; it remembers nothing."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the columns of `RawLooks.kinds` are called; the first is benign."""
        ...

    @property
    def usual_steps(self) -> Ranges:
        """What is usual of each column of a step among benign ones, scaled."""
        ...

    @property
    def usual_context(self) -> Ranges:
        """What is usual among benign looks of each column beside that it reads, scaled."""
        ...

    def look(self, lives: LifeLooks) -> RawLooks:
        """Of the lives that are looked at, as many as there are."""
        ...

    def p_values(
        self, score: NDArray[np.float32], context: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How often a normal life of such a group scores so high when looked at; NaN of NaN."""
        ...


class Model(Protocol):
    """What scores sequences; it remembers nothing."""

    @property
    def id(self) -> str:
        """Another one for each model whose scores are not comparable."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """What the columns of `RawScores.kinds` are called; the first is benign."""
        ...

    def score(self, sequences: NDArray[np.float32], mask: NDArray[np.bool_]) -> RawScores:
        """Of sequences (n, length, features) with their mask (n, length); n is at most BATCH."""
        ...

    def p_values(
        self, score: NDArray[np.float32], values: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """How often a normal window of such a host scores so high; `values` in their units.

        NaN of NaN.
        """
        ...

    @property
    def pairs(self) -> LifeModel | None:
        """What scores pairs' lives; None where it has not learned to."""
        ...

    @property
    def hours(self) -> LifeModel | None:
        """What scores hosts' hours; None where it has not learned to."""
        ...

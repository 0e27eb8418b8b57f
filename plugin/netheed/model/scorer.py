"""Sequences -> scores: a verified model directory, and what a score is worth."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from netheed.core.vector import FEATURES, Ranges
from netheed.errors import ModelError
from netheed.model import manifest as manifests
from netheed.model.calibration import Calibration, host_groups
from netheed.model.life import HOUR_LIFE, PAIR_LIFE
from netheed.model.life_scorer import LifeScorer
from netheed.model.manifest import GROUPS, Manifest, usual
from netheed.model.session import Session
from netheed.ports import RawScores


@dataclass(slots=True)
class Scorer:
    """A verified model; it remembers nothing. Raises ModelError when it cannot be used."""

    directory: Path
    manifest: Manifest = field(init=False)
    kinds: tuple[str, ...] = field(init=False)
    usual: Ranges = field(init=False)
    """Over the model's benign windows."""
    pairs: LifeScorer | None = field(init=False)
    """Where the model has learned of pairs."""
    hours: LifeScorer | None = field(init=False)
    """Where it has learned of hosts' hours."""
    _calibration: Calibration = field(init=False)
    _session: Session = field(init=False)

    def __post_init__(self) -> None:
        self.manifest, model = manifests.read(self.directory)
        try:
            self._session = Session.of(model, self.manifest, width=len(FEATURES))
        except ModelError as error:
            raise ModelError(f"{self.directory / manifests.MODEL}: {error}") from None
        self.kinds = tuple(self.manifest.kinds)
        self.usual = usual(self.manifest.features, FEATURES)
        self._calibration = Calibration.of(self.manifest.calibration, GROUPS)
        self.pairs = LifeScorer.of(self.directory, self.manifest, PAIR_LIFE)
        self.hours = LifeScorer.of(self.directory, self.manifest, HOUR_LIFE)

    @property
    def id(self) -> str:
        """See ports.Model; as the manifest has it."""
        return self.manifest.id

    def score(self, sequences: NDArray[np.float32], mask: NDArray[np.bool_]) -> RawScores:
        """See ports.Model."""
        return self._session.run(sequences, mask.astype(np.float32))

    def p_values(
        self, score: NDArray[np.float32], values: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """See ports.Model; each window by the calibration of its host group."""
        return self._calibration.p_values(score, host_groups(values))

"""Lives -> scores: a further model of a directory, and what its score is worth."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from netheed.core.vector import Ranges
from netheed.errors import ModelError
from netheed.model import manifest as manifests
from netheed.model.calibration import Calibration
from netheed.model.life import Life
from netheed.model.manifest import Manifest, usual
from netheed.model.session import LifeSession
from netheed.ports import BATCH, LifeLooks, RawLooks


@dataclass(frozen=True, slots=True)
class LifeScorer:
    """A verified model of lives; it remembers nothing."""

    life: Life
    """With those columns beside that it reads."""
    session: LifeSession
    calibration: Calibration
    kinds: tuple[str, ...]
    usual_steps: Ranges
    """Of each column of a step over benign steps, scaled."""
    usual_context: Ranges
    """Of each column beside over benign looks, scaled."""

    @classmethod
    def of(cls, directory: Path, manifest: Manifest, life: Life) -> Self | None:
        """None where the directory has no such model. Raises ModelError for one of no use."""
        said = manifest.life(life)
        if said is None:
            return None
        model = manifests.read_life(directory, manifest, life)
        life, kinds = life.reading(len(said.context)), tuple(said.kinds or manifest.kinds)
        try:
            session = LifeSession.of(model, life, len(kinds))
        except ModelError as error:
            raise ModelError(f"{directory / life.file}: {error}") from None
        calibration = Calibration.of(said.calibration, life.groups)
        steps, context = usual(said.steps, life.steps), usual(said.context, life.context)
        return cls(life, session, calibration, kinds, steps, context)

    def look(self, lives: LifeLooks) -> RawLooks:
        """See ports.LifeModel."""
        context = lives.context[:, : len(self.life.context)]
        arrays = (lives.steps, lives.there.astype(np.float32), context)
        starts = range(0, max(1, len(lives)), BATCH)
        parts = [self.session.run(*(a[at : at + BATCH] for a in arrays)) for at in starts]
        return RawLooks(
            score=np.concatenate([part.score for part in parts]),
            kinds=np.concatenate([part.kinds for part in parts]),
        )

    def p_values(
        self, score: NDArray[np.float32], context: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """See ports.LifeModel; each by the calibration of its group."""
        return self.calibration.p_values(score, self.life.group_of(context))

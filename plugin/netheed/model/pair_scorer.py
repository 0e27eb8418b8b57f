"""Pairs' lives -> scores: the second model of a directory, and what its score is worth."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from netheed.core.life_vector import CALLS, CONTEXT, PairLooks
from netheed.core.vector import Ranges
from netheed.errors import ModelError
from netheed.model import manifest as manifests
from netheed.model.calibration import Calibration, pair_groups
from netheed.model.manifest import PAIR_GROUPS, Manifest, usual
from netheed.model.session import PairSession
from netheed.ports import BATCH, RawLooks


@dataclass(frozen=True, slots=True)
class PairScorer:
    """A verified model of pairs; it remembers nothing."""

    session: PairSession
    calibration: Calibration
    usual_calls: Ranges
    """Of each of CALLS over benign connections, scaled."""
    usual_context: Ranges
    """Of each of CONTEXT that it reads over benign pairs, scaled."""

    @classmethod
    def of(cls, directory: Path, manifest: Manifest) -> Self | None:
        """None where the directory has no such model. Raises ModelError for one of no use."""
        if manifest.pairs is None:
            return None
        model = manifests.read_pairs(directory, manifest)
        try:
            session = PairSession.of(model, len(manifest.kinds), len(manifest.pairs.context))
        except ModelError as error:
            raise ModelError(f"{directory / manifests.PAIRS}: {error}") from None
        calibration = Calibration.of(manifest.pairs.calibration, PAIR_GROUPS)
        calls = usual(manifest.pairs.calls, CALLS)
        known = dict(islice(CONTEXT.items(), len(manifest.pairs.context)))
        return cls(session, calibration, calls, usual(manifest.pairs.context, known))

    def look(self, lives: PairLooks) -> RawLooks:
        """See ports.PairModel."""
        there = lives.there.astype(np.float32)
        arrays = (lives.calls, there, lives.context[:, : len(self.usual_context.median)])
        starts = range(0, max(1, len(lives)), BATCH)
        parts = [self.session.run(*(a[at : at + BATCH] for a in arrays)) for at in starts]
        return RawLooks(
            score=np.concatenate([part.score for part in parts]),
            kinds=np.concatenate([part.kinds for part in parts]),
        )

    def p_values(
        self, score: NDArray[np.float32], context: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """See ports.PairModel; each by the calibration of its pair group."""
        return self.calibration.p_values(score, pair_groups(context))

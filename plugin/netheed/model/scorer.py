"""HostWindows -> scores: the ONNX model over each host's sequence, and what a score is worth."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.core.features import FEATURES, HostWindows, restore, transform
from netheed.core.segments import Words
from netheed.core.sequences import Sequences
from netheed.errors import ModelError
from netheed.model import manifest as manifests
from netheed.model.manifest import GROUPS, Manifest, TailCalibration
from netheed.model.session import BATCH, Judgement, Session
from netheed.pipeline import Scores

QUIET_CONNECTIONS: Final = 3
_CONNECTIONS_OUT, _CONNECTIONS_IN, _IN_SHARE = (
    list(FEATURES).index(name) for name in ("connections_out", "connections_in", "in_share")
)
FEWEST_OWN: Final = 8
"""Below so many earlier windows a host's own range says nothing yet."""
MOST_PEERS: Final = 512


def host_groups(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """The group of each window, an index into GROUPS, from vectors in the units of FEATURES."""
    connections = values[:, _CONNECTIONS_OUT] + values[:, _CONNECTIONS_IN]
    role = np.where(values[:, _IN_SHARE] > 0.5, 2, 1)
    return np.where(connections <= QUIET_CONNECTIONS, 0, role)


@dataclass(frozen=True, slots=True)
class Ranges:
    """5th percentile, median and 95th percentile of every feature, in its unit."""

    low: NDArray[np.float32]
    median: NDArray[np.float32]
    high: NDArray[np.float32]
    windows: int

    @classmethod
    def of(cls, transformed: NDArray[np.float32]) -> "Ranges":
        """Over a table of transformed vectors, one a row."""
        low, median, high = np.percentile(transformed, (5, 50, 95), axis=0).astype(np.float32)
        return cls(restore(low), restore(median), restore(high), len(transformed))


@dataclass(slots=True)
class Scorer:
    """A verified model with the sequences of all hosts. Not thread-safe."""

    directory: Path
    max_hosts: int = 50_000
    manifest: Manifest = field(init=False)
    usual: Ranges = field(init=False)
    """Over the model's benign windows."""
    _session: Session = field(init=False)
    _sequences: Sequences = field(init=False)

    def __post_init__(self) -> None:
        self.manifest, model = manifests.read(self.directory)
        try:
            self._session = Session.of(model, self.manifest, width=len(FEATURES))
        except ModelError as error:
            raise ModelError(f"{self.directory / manifests.MODEL}: {error}") from None
        self._sequences = Sequences(
            width=len(FEATURES), length=self.manifest.sequence_length, max_hosts=self.max_hosts
        )
        features = self.manifest.features
        self.usual = Ranges(
            low=np.array([feature.low for feature in features], dtype=np.float32),
            median=np.array([feature.median for feature in features], dtype=np.float32),
            high=np.array([feature.high for feature in features], dtype=np.float32),
            windows=0,
        )

    def score(self, windows: HostWindows) -> Scores:
        """Append each window to its host's sequence and score the sequences."""
        vectors = transform(windows.values)
        sequences, mask = self._sequences.push(windows.rows.hosts, vectors, windows.tick.end)
        score, kinds, surprise = self.judge(sequences, mask)
        groups = host_groups(windows.values)
        p_value, names = self._p_values(score, groups), tuple(self.manifest.kinds)
        return Scores(score, p_value, kinds, names, surprise, sequences, mask)

    @property
    def memory(self) -> tuple[int, int]:
        """Hosts with a sequence, and the bytes of all sequences."""
        return self._sequences.hosts, self._sequences.nbytes

    def judge(self, sequences: NDArray[np.float32], mask: NDArray[np.bool_]) -> Judgement:
        """Raw score (n), kind probabilities (n, kinds) and surprise (n) of n sequences."""
        parts = [
            self._session.judge(
                sequences[at : at + BATCH], mask[at : at + BATCH].astype(np.float32)
            )
            for at in range(0, len(sequences), BATCH)
        ]
        score, kinds, surprise = (np.concatenate(column) for column in zip(*parts, strict=True))
        return score, kinds, surprise

    def own_range(self, host: Words) -> Ranges | None:
        """Over the earlier windows of one host (a slice of length 1), None while they are few."""
        past = self._sequences.past(host)
        return Ranges.of(past) if len(past) >= FEWEST_OWN else None

    def peers_range(self, host: Words) -> Ranges | None:
        """Over the newest windows of the other hosts, None while they are few."""
        hosts, newest = self._sequences.newest(MOST_PEERS)
        others = newest[hosts != host[0]]
        return Ranges.of(others) if len(others) >= FEWEST_OWN else None

    def _p_values(
        self, score: NDArray[np.float32], groups: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        result = np.ones(len(score))
        for number, name in enumerate(GROUPS):
            chosen = groups == number
            result[chosen] = p_values(score[chosen], self.manifest.calibration[name])
        return result


def p_values(score: NDArray[np.float32], calibration: TailCalibration) -> NDArray[np.float64]:
    """Conformal p-values (Vovk et al. 2005): (1 + calibration windows at least as odd) / (1 + all).

    Between two stored scores the windows above the lower one are counted: p is never too small.
    """
    ascending = np.array(calibration.scores[::-1])
    counts = np.array([calibration.windows, *calibration.above[::-1]], dtype=np.float64)
    lower = np.searchsorted(ascending, score.astype(np.float64), side="left")
    p_value: NDArray[np.float64] = (1.0 + counts[lower]) / (1.0 + calibration.windows)
    return p_value

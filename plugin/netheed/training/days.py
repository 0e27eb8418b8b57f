"""Benign days of networks that were never seen: who would have been noticed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from netheed.training.calibrate import calibrate
from netheed.training.cells import METHODS, Cell
from netheed.training.corpus import Corpus
from netheed.training.examples import Examples
from netheed.training.measures import DAY
from netheed.training.notices import noticed, worth
from netheed.training.splits import NETWORKS, tested_of

SETTINGS: Final = (1e-3, 1e-4)
"""p-values at which a window is noticed; the first is the default of `triage.p_value`."""


def days(corpus: Corpus, folder: Path, seeds: int) -> Iterator[dict[str, object]]:
    """Each network, method and seed whose cell is kept: notices on host-days without an attack."""
    for network in NETWORKS:
        test = tested_of(corpus, network)
        test = test.only(test.tested)
        host_day = _host_days(test)
        ordinary = (np.bincount(host_day, weights=test.attacked) == 0)[host_day]
        facts = {"network": network, "host_days": len(np.unique(host_day[ordinary]))}
        for method in METHODS:
            for seed in range(seeds):
                cell = Cell(protocol="2", split=network, method=method, seed=seed)
                path = folder / f"{cell.key}.npz"
                if path.exists():
                    yield {
                        **facts,
                        "method": method,
                        "seed": seed,
                        **_noticed(test, ordinary, path),
                    }


def _host_days(test: Examples) -> NDArray[np.int64]:
    day = (test.end // DAY).astype(np.int64)
    _, host_day = np.unique(np.stack((test.track, day)), axis=1, return_inverse=True)
    return host_day


def _noticed(test: Examples, ordinary: NDArray[np.bool_], path: Path) -> dict[str, object]:
    """How many windows and notices of the `ordinary` rows each of SETTINGS gives."""
    with np.load(path, allow_pickle=False) as kept:
        score, kind, group = kept["score"], kept["kind"], kept["group"]
        calibration = calibrate(kept["calibration"], kept["calibration_group"])
    p_value = np.where(ordinary, worth(score, group, calibration), 1.0)
    return {
        "windows": {f"{at:g}": int((p_value <= at).sum()) for at in SETTINGS},
        "notices": {f"{at:g}": len(noticed(test, p_value, kind, at)) for at in SETTINGS},
    }

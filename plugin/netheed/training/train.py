"""`netheed train`: research data and simulated traffic -> the model directory that is shipped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from netheed.training import export, life_train
from netheed.training.attention import ATTENTION, DEFAULTS, trained
from netheed.training.calibrate import calibrate
from netheed.training.card import card
from netheed.training.corpus import Corpus, Store, corpus
from netheed.training.datasets import KINDS, load, load_cicids
from netheed.training.examples import Examples
from netheed.training.judge import judge, shares
from netheed.training.life_corpus import LifeCorpus, life_corpus
from netheed.training.methods import Settings
from netheed.training.report.summary import figures
from netheed.training.search import Searched, search
from netheed.training.splits import parted

KEPT_AWAY: Final = ("remcos", "001-njrat", "odd/")
"""Parts of the names of recordings that nothing is learned from nor calibrated with: attacks and
oddities to look at afterwards."""
WIDTH: Final = 60.0
SEARCH: Final = "search.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to train on and how."""

    data: Path
    output: Path
    scenes: int = 60
    """Simulated networks, six of which calibrate."""
    trials: int = 0
    """Of Bayesian optimisation before; 0 takes the settings as they are."""
    settings: Settings = field(default_factory=dict)
    """What differs from the defaults of the detector."""
    seed: int = 1
    commit: str = "unknown"
    windows: Path | None = None
    """A folder where windows once made are kept; none are kept without one."""
    report: Path | None = None
    """A folder with a report of `netheed evaluate`, for the card to quote."""


def train(plan: Plan, told: Callable[[str], None]) -> None:
    """Load, mix, train, calibrate, export.

    Deterministic for one plan, one PyTorch build and one kind of processor.
    """
    compared = figures(plan.report) if plan.report else {}
    store = Store(folder=plan.windows or plan.output / ".windows")
    learned, beside = parted(_shown(corpus(plan.data, store, scenes_of=plan.scenes)))
    training, calibration = learned.examples, beside.examples
    told(f"training windows: {counts(training)}")
    told(f"calibration windows: {counts(calibration)}")
    found = Searched({}, [])
    if plan.trials:
        found = search(ATTENTION, training, trials=plan.trials, told=told)
    settings = {**plan.settings, **found.settings}
    model = trained(training, settings, plan.seed, told)
    verdicts = judge(model, calibration)
    benign = calibration.label == 0
    metrics = measured(verdicts.score, verdicts.kinds, calibration)
    metrics["experts"] = _specialised(shares(model, calibration))
    told("lives")
    files, said = life_train.fitted(lives(plan), (), plan.seed)
    made: dict[str, object] = {
        "commit": plan.commit,
        "seed": plan.seed,
        "settings": {**DEFAULTS, **settings},
        "scenes": plan.scenes,
        "windows_per_kind": counts(training),
        "calibration_windows": int(benign.sum()),
        "recordings": _hashes(learned),
        "calibration_recordings": _hashes(beside),
    }
    story = export.Story(
        calibration=calibrate(verdicts.score[benign], calibration.group[benign]),
        training=made,
        metrics=metrics,
        card=card(made, metrics, compared),
        files=files | ({SEARCH: _history(found)} if found.trials else {}),
        lives=said,
    )
    features = export.ranges(model.detector, training.vectors[training.label == 0])
    manifest = export.write(plan.output, model, features, story, width=WIDTH)
    told(f"{plan.output}: {manifest.id}")


def _specialised(answered: Mapping[str, list[list[float]]]) -> dict[str, list[str]]:
    """Kind -> a line for each layer: the share of each expert, in hundredths."""
    return {
        kind: [" ".join(f"{share:.2f}" for share in layer) for layer in layers]
        for kind, layers in answered.items()
    }


def _history(found: Searched) -> bytes:
    return msgspec.json.format(msgspec.json.encode(found.trials), indent=1)


def lives(plan: Plan) -> LifeCorpus:
    """The looks at pairs and hosts' hours; of the same simulated networks as the windows."""
    folder = (plan.windows or plan.output / ".windows") / "lives"
    recordings = [*load(plan.data), *load_cicids(plan.data)]
    whole = life_corpus(recordings, folder, scenes_of=plan.scenes)
    return LifeCorpus(
        tuple(p for p in whole.pieces if not any(part in p.name for part in KEPT_AWAY))
    )


def _shown(whole: Corpus) -> Corpus:
    return Corpus(tuple(p for p in whole.pieces if not any(part in p.name for part in KEPT_AWAY)))


def _hashes(part: Corpus) -> dict[str, str]:
    return {p.name: p.sha256 for p in part.pieces if p.role == "recorded"}


def counts(examples: Examples) -> dict[str, int]:
    """Windows of each kind."""
    return {kind: int((examples.label == at).sum()) for at, kind in enumerate(KINDS)}


def measured(
    scores: NDArray[np.float32], kinds: NDArray[np.float32] | None, calibration: Examples
) -> dict[str, object]:
    """On the calibration part: recall of each kind at three false-alarm rates of windows.

    The attacks there are simulated, on networks that training never saw; recall on them says that
    the model learned what it was shown, not what it will find.
    """
    benign = scores[calibration.label == 0]
    present = [at for at in range(1, len(KINDS)) if (calibration.label == at).any()]
    result: dict[str, object] = {"benign_windows": len(benign)}
    for rate in (1e-2, 1e-3, 3e-4):
        threshold = np.quantile(benign, 1 - rate)
        result[f"recall_at_{rate:g}"] = {
            KINDS[at]: round(float((scores[calibration.label == at] > threshold).mean()), 4)
            for at in present
        }
    if kinds is not None:
        right = kinds.argmax(axis=1) == calibration.label
        result["named_right"] = {
            KINDS[at]: round(float(right[calibration.label == at].mean()), 4)
            for at in (0, *present)
        }
    return result

"""A model of lives with what its scores are worth: fitted, and calibrated across networks."""

from collections.abc import Iterable, Iterator

import numpy as np

from netheed.model.manifest import LifeManifest
from netheed.training.life_corpus import LifeCorpus
from netheed.training.life_examples import HOURS, PAIRS, Scale
from netheed.training.life_export import calibration, manifest_of, onnx_bytes
from netheed.training.life_fit import LifeRecipe, evidence, fit, recipe_of
from netheed.training.life_model import ExportedLives
from netheed.training.splits import NETWORKS


def fitted(
    corpus: LifeCorpus, held: Iterable[str], seed: int
) -> tuple[dict[str, bytes], dict[str, LifeManifest]]:
    """Of both sorts of lives: the files, by name, and what is said of each, by its part."""
    files, said = {}, {}
    for scale in (PAIRS, HOURS):
        model, said[scale.life.part] = trained(corpus, scale, held, recipe_of(scale, seed=seed))
        files[scale.life.file] = onnx_bytes(model)
    return files, said


def trained(
    corpus: LifeCorpus, scale: Scale, held: Iterable[str], recipe: LifeRecipe
) -> tuple[ExportedLives, LifeManifest]:
    """Fit without the families `held`, and calibrate by the networks that are left.

    Cross-conformal (Vovk 2015): each network's benign looks are scored by a model that learned
    without that network, because that is how a site's are going to be. All of them together say
    what a score is worth, and the model that serves may learn from all.
    """
    held = frozenset(held)
    learned = corpus.without(scale, held)
    model = fit(learned, recipe)
    scores, contexts = zip(*_apart(corpus, scale, held, recipe), strict=True)
    tails = calibration(scale.life, np.concatenate(scores), np.concatenate(contexts))
    return model, manifest_of(model, learned, tails)


def _apart(
    corpus: LifeCorpus, scale: Scale, held: frozenset[str], recipe: LifeRecipe
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Evidence and context of the benign looks of each network that is not held out."""
    for network, families in NETWORKS.items():
        looks = corpus.benign(scale, network)
        if not held & set(families) and len(looks):
            other = fit(corpus.without(scale, held | set(families)), recipe)
            yield evidence(other, looks), looks.context

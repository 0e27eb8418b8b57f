"""A pair's model with what its scores are worth: fitted, and calibrated across networks."""

from collections.abc import Iterable, Iterator

import numpy as np

from netheed.model.manifest import PairManifest
from netheed.training.pair_corpus import PairCorpus
from netheed.training.pair_export import calibration, manifest_of
from netheed.training.pair_fit import PairRecipe, evidence, fit
from netheed.training.pair_model import ExportedPairs
from netheed.training.splits import NETWORKS


def trained(
    corpus: PairCorpus, held: Iterable[str], recipe: PairRecipe
) -> tuple[ExportedPairs, PairManifest]:
    """Fit without the families `held`, and calibrate by the networks that are left.

    Cross-conformal (Vovk 2015): each network's benign looks are scored by a model that learned
    without that network, because that is how a site's are going to be. All of them together say
    what a score is worth, and the model that serves may learn from all.
    """
    held = frozenset(held)
    learned = corpus.without(held)
    model = fit(learned, recipe)
    scores, contexts = zip(*_apart(corpus, held, recipe), strict=True)
    tails = calibration(np.concatenate(scores), np.concatenate(contexts))
    return model, manifest_of(model, learned, tails)


def _apart(
    corpus: PairCorpus, held: frozenset[str], recipe: PairRecipe
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Evidence and context of the benign looks of each network that is not held out."""
    for network, families in NETWORKS.items():
        looks = corpus.benign(network)
        if not held & set(families) and len(looks):
            other = fit(corpus.without(held | set(families)), recipe)
            yield evidence(other, looks), looks.context

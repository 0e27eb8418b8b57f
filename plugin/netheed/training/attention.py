"""The detector as a method of the comparison, with what of it can be switched off."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from netheed.core.sequences import LENGTH
from netheed.core.vector import FEATURES
from netheed.training.datasets import KINDS
from netheed.training.examples import Examples
from netheed.training.fit import Recipe, fit
from netheed.training.judge import Ensemble, exported, judge
from netheed.training.losses import Weights
from netheed.training.methods import Judge, Method, Settings, Span, Verdicts
from netheed.training.model import Exported, Sizes, newest_of

NAME: Final = "attention"
"""The full model of the papers: every term of its loss."""
AS_SHIPPED: Final = "netheed"
SPANS: Final[Mapping[str, Span]] = {
    "rate": Span(5e-4, 6e-3, log=True),
    "expect": Span(0.02, 1.0, log=True),
    "rebuild": Span(0.05, 2.0, log=True),
    "temporal": Span(0.001, 0.3, log=True),
    "contrast": Span(0.001, 0.3, log=True),
    "balance": Span(0.001, 0.1, log=True),
    "rarity": Span(0.2, 0.7),
    "noise": Span(0.02, 0.4, log=True),
    "drop_features": Span(0.0, 0.3),
    "width": Span(32, 64, whole=True),
    "experts": Span(2, 4, whole=True),
    "surprise_tail": Span(0.0, 2.0),
    "rebuilding_tail": Span(0.0, 3.0),
}
"""What Bayesian optimisation may choose: the weights of the loss and the main sizes."""
DEFAULTS: Final[Settings] = {
    "epochs": 4,
    "steps": 250,
    "batch": 32,
    "rate": 3e-3,
    "expect": 0.3,
    "rebuild": 0.5,
    "temporal": 0.0,
    "contrast": 0.0,
    "balance": 0.01,
    "rarity": 0.5,
    "noise": 0.2,
    "drop_features": 0.2,
    "drop_history": 0.3,
    "width": 48,
    "hidden": 64,
    "layers": 2,
    "length": 32,
    "served": LENGTH,
    "experts": 4,
    "attention": 1,
    "conversations": 0,
    "surprise_tail": 0.5,
    "rebuilding_tail": 2.0,
    "published": 1.0,
    "usual": 0.98,
}
"""What is shipped: what earned its place in the comparison, and the published thresholds beside."""
FULL: Final[Settings] = {"temporal": 0.02, "contrast": 0.02, "published": 0.0}
"""What is changed from DEFAULTS for the full model of the papers."""

ABLATIONS: Final[Mapping[str, Settings]] = {
    "without attention": {"attention": 0},
    "without reconstruction": {"rebuild": 0.0, "rebuilding_tail": 0.0},
    "without the temporal term": {"temporal": 0.0},
    "without next-window prediction": {"expect": 0.0, "surprise_tail": 0.0},
    "without contrast": {"contrast": 0.0},
    "without experts": {"experts": 0},
    "without spoiling (noise, dropping)": {
        "noise": 0.0,
        "drop_features": 0.0,
        "drop_history": 0.0,
    },
    "acquitted by the class": {"usual": 0.0},
    "class alone in the score": {"surprise_tail": 0.0, "rebuilding_tail": 0.0},
    "errors alone in the score": {"classes": 0.0, "surprise_tail": 1.0, "rebuilding_tail": 1.0},
    "with attention inside windows": {"conversations": 1},
}
"""What is changed from the full model; ablations of the training data are in `cells`."""
VARIATIONS: Final[Mapping[str, Settings]] = {
    "twice as many epochs": {"epochs": 8, "steps": 500},
    "wider": {"width": 64, "hidden": 128},
    "less spoiling": {"noise": 0.1, "drop_features": 0.1},
    "less spoiling, twice as many epochs": {
        "noise": 0.1,
        "drop_features": 0.1,
        "epochs": 8,
        "steps": 500,
    },
    "nothing foretold": {"expect": 0.0, "surprise_tail": 0.0},
    "attending inside windows too": {"conversations": 1},
    "without published thresholds": {"published": 0.0},
    "published thresholds twice": {"published": 2.0},
    "published thresholds eight times": {"published": 8.0},
}
"""What is changed from what is shipped: where it falls short, or might be better."""

_PLAIN: Final[Settings] = {"width": 64, "hidden": 128, "experts": 0, "served": 32}
CHEAPER: Final[Mapping[str, Settings]] = {
    "two layers of 64": _PLAIN,
    "two layers of 48, experts": {"served": 32},
    "two layers of 32": {**_PLAIN, "width": 32, "hidden": 64},
    "two layers of 64, 16 windows": {**_PLAIN, "length": 16},
    "one layer of 64": {**_PLAIN, "layers": 1},
    "one layer of 48": {**_PLAIN, "layers": 1, "width": 48, "hidden": 96},
    "one layer of 32": {**_PLAIN, "layers": 1, "width": 32, "hidden": 64},
    "no attention": {**_PLAIN, "layers": 1, "attention": 0},
}
"""Sizes that cost less to score, beside those of the shipped weights, which come first."""


def sizes_of(settings: Settings) -> Sizes:
    """The sizes that settings describe; an odd width is made even for the two heads."""
    said = {**DEFAULTS, **settings}
    return Sizes(
        features=len(FEATURES),
        kinds=len(KINDS),
        width=round(said["width"]) // 4 * 4,
        hidden=round(said["hidden"]),
        layers=round(said["layers"]),
        length=round(said["length"]),
        experts=round(said["experts"]),
        attention=bool(said["attention"]),
        conversations=bool(said["conversations"]),
    )


def recipe_of(settings: Settings, seed: int) -> Recipe:
    """How to train, as settings describe it."""
    said = {**DEFAULTS, **settings}
    weights = {name: said[name] for name in ("expect", "rebuild", "temporal", "contrast")}
    return Recipe(
        epochs=round(said["epochs"]),
        steps=round(said["steps"]),
        batch=round(said["batch"]),
        rate=said["rate"],
        rarity=said["rarity"],
        noise=said["noise"],
        drop_features=said["drop_features"],
        drop_history=said["drop_history"],
        weights=Weights(balance=said["balance"], classes=said.get("classes", 1.0), **weights),
        seed=seed,
    )


def trained(
    train: Examples, settings: Settings, seed: int, told: Callable[[str], None] = lambda _: None
) -> Exported:
    """Fit the detector and set its tails from the benign windows of the same training set.

    It learns over `length` windows and serves the newest `served` of them, which costs less and
    says as much (docs/models.md).
    """
    detector = fit(train, sizes_of(settings), recipe_of(settings, seed), told)
    return exported(newest_of(detector, served_of(settings)), train, ensemble_of(settings))


def served_of(settings: Settings) -> int:
    """Of how many windows it is asked, as settings describe it."""
    return round({**DEFAULTS, **settings}["served"])


def ensemble_of(settings: Settings) -> Ensemble:
    """How much counts beside the class, as settings describe it."""
    said = {**DEFAULTS, **settings}
    return Ensemble(
        surprise=said["surprise_tail"],
        rebuilding=said["rebuilding_tail"],
        published=said["published"],
        usual=said["usual"],
    )


def _fit_full(train: Examples, settings: Settings, seed: int) -> Judge:
    return _fit(train, {**FULL, **settings}, seed)


def _fit(train: Examples, settings: Settings, seed: int) -> Judge:
    model = trained(train, settings, seed)
    errors_alone = settings.get("classes") == 0.0

    def judged(examples: Examples) -> Verdicts:
        return judge(model, examples, classes=not errors_alone)

    return judged


ATTENTION: Final = Method(name=NAME, supervised=True, fit=_fit_full, spans=SPANS)
NETHEED: Final = Method(name=AS_SHIPPED, supervised=True, fit=_fit, spans={})
"""With its DEFAULTS, and the published thresholds beside: what `netheed train` makes."""


def variant(method: Method, change: str) -> Method:
    """The method with one of ABLATIONS or VARIATIONS."""
    changed = {**ABLATIONS, **VARIATIONS}[change]
    return replace(
        method,
        name=change,
        fit=lambda train, said, seed: method.fit(train, {**said, **changed}, seed),
    )

"""The detector in the comparison: what its settings, ablations and variations change."""

from dataclasses import asdict

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from netheed.training import attention as module
from netheed.training.attention import (
    ABLATIONS,
    ATTENTION,
    CHEAPER,
    DEFAULTS,
    FULL,
    NETHEED,
    SPANS,
    VARIATIONS,
    ensemble_of,
    recipe_of,
    served_of,
    sizes_of,
    variant,
)
from netheed.training.judge import judge
from tests.unit.training.baselines.planted import auc, judged, planted

TINY = {"epochs": 1, "steps": 0, "width": 8, "hidden": 8, "layers": 1, "experts": 2}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """On a network as small as this, threads that wait for each other cost a hundredfold."""
    with threadpool_limits(1):
        yield


def said(settings):
    """All that settings say, by name."""
    recipe = asdict(recipe_of(settings, 1))
    weights = recipe.pop("weights")
    tails = {f"tail of {name}": value for name, value in asdict(ensemble_of(settings)).items()}
    return {
        **asdict(sizes_of(settings)),
        "served": served_of(settings),
        **recipe,
        **weights,
        **tails,
    }


def changed(settings, before):
    after = said(settings)
    return {name: after[name] for name, value in said(before).items() if after[name] != value}


def fitted(monkeypatch, method, settings):
    """The settings that a method trains with."""
    asked = []
    monkeypatch.setattr(module, "trained", lambda _train, given, _seed: asked.append(given))
    method.fit(planted(2), settings, 1)
    return asked[0]


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_setting_reaches_the_training_or_the_score(name):
    other = 0.0 if DEFAULTS[name] else 1.0

    assert len(changed({name: other}, {})) == 1


@pytest.mark.parametrize(("served", "length"), [(4.0, 4), (32.0, 6)])
def test_it_serves_the_newest_of_the_windows_that_it_learned_over(served, length):
    model = module.trained(planted(2), {**TINY, "length": 6.0, "served": served}, 1)

    assert model.detector.sizes.length == length


def test_what_may_be_chosen_is_a_setting_and_has_the_full_models_own_value_in_it():
    full = {**DEFAULTS, **FULL}

    assert SPANS.keys() <= DEFAULTS.keys()
    assert all(span.low <= full[name] <= span.high for name, span in SPANS.items())


SAID = {
    "without attention": {"attention": False},
    "without reconstruction": {"rebuild": 0.0, "tail of rebuilding": 0.0},
    "without the temporal term": {"temporal": 0.0},
    "without next-window prediction": {"expect": 0.0, "tail of surprise": 0.0},
    "without contrast": {"contrast": 0.0},
    "without experts": {"experts": 0},
    "without spoiling (noise, dropping)": {"noise": 0, "drop_features": 0, "drop_history": 0},
    "acquitted by the class": {"tail of usual": 0.0},
    "class alone in the score": {"tail of surprise": 0.0, "tail of rebuilding": 0.0},
    "errors alone in the score": {
        "classes": 0.0, "tail of surprise": 1.0, "tail of rebuilding": 1.0,
    },
    "with attention inside windows": {"conversations": True},
}  # fmt: skip


@pytest.mark.parametrize("name", ABLATIONS)
def test_an_ablation_takes_from_the_full_model_what_it_says(monkeypatch, name):
    given = fitted(monkeypatch, variant(ATTENTION, name), {})

    assert changed(given, FULL) == SAID[name]


@pytest.mark.parametrize("name", VARIATIONS)
def test_a_variation_changes_what_is_shipped(monkeypatch, name):
    given = fitted(monkeypatch, variant(NETHEED, name), {})

    assert name not in ABLATIONS
    assert 0 < len(changed(given, {})) == len(VARIATIONS[name])


@pytest.mark.parametrize("name", CHEAPER)
def test_what_is_cheaper_differs_in_sizes_alone(name):
    assert recipe_of(CHEAPER[name], 1) == recipe_of({}, 1)
    assert ensemble_of(CHEAPER[name]) == ensemble_of({})


def test_chosen_settings_prevail_over_the_full_model_and_the_ablation_over_them(monkeypatch):
    chosen = {"contrast": 0.2, "temporal": 0.1, "width": 40}

    full = fitted(monkeypatch, ATTENTION, chosen)
    without = fitted(monkeypatch, variant(ATTENTION, "without contrast"), chosen)

    assert changed(full, FULL) == chosen
    assert changed(without, full) == {"contrast": 0.0}


@pytest.mark.parametrize(
    ("name", "classes"), [("errors alone in the score", False), ("class alone in the score", True)]
)
def test_the_score_has_the_class_in_it_unless_errors_alone_were_asked_for(
    monkeypatch, name, classes
):
    model = module.trained(planted(4), TINY, 1)
    monkeypatch.setattr(module, "trained", lambda *_: model)

    score = judged(variant(ATTENTION, name)).score

    np.testing.assert_array_equal(score, judge(model, planted(seed=9), classes=classes).score)


def test_a_detector_as_its_settings_say_finds_attacks_and_their_kinds():
    settings = {**TINY, "epochs": 8, "batch": 4, "rate": 3e-2, "width": 11, "surprise_tail": 0.25}
    windows = planted(seed=9)

    model, again, other = (module.trained(planted(), settings, seed) for seed in (1, 1, 2))

    verdicts = [judge(each, windows) for each in (model, again, other)]
    hit = windows.label > 0
    assert auc(windows, verdicts[0].score) > 0.95
    assert (verdicts[0].kinds.argmax(axis=1) == windows.label)[hit].mean() > 0.9
    np.testing.assert_array_equal(verdicts[0].score, verdicts[1].score)
    assert not np.array_equal(verdicts[0].score, verdicts[2].score)
    assert (model.detector.sizes.width, model.detector.sizes.experts) == (8, 2)
    assert model.surprise.weight == 0.25

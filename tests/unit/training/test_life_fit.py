"""The pair's model learns, by a seed, and only from what it may."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from netheed.core.features import Features
from netheed.core.life_vector import CONTEXT
from netheed.core.windows import ticks_of
from netheed.training import life_fit as module
from netheed.training.datasets import KINDS
from netheed.training.examples import UNLABELLED, columns_of, words_of
from netheed.training.life_examples import HOURS, PAIRS, Scale, joined, life_examples
from netheed.training.life_fit import LifeRecipe, evidence, fit, judged, recipe_of, tensors
from netheed.training.life_model import ExportedLives
from tests.unit.training.made_lives import BEACON, METRONOME, drawn, habits

SHORT = LifeRecipe(steps=3, batch=16)


def weights(model: ExportedLives) -> list[torch.Tensor]:
    return list(model.state_dict().values())


def equal(one: ExportedLives, other: ExportedLives) -> bool:
    return all(map(torch.equal, weights(one), weights(other)))


@pytest.fixture(scope="module")
def learned() -> ExportedLives:
    given = joined(
        PAIRS, [life_examples(habits(seed, host=f"10.0.0.{seed}")).pairs for seed in range(3, 9)]
    )
    return fit(given, LifeRecipe(steps=200, batch=64))


def test_a_metronome_is_told_from_random_calls_at_pairs_never_seen(learned: ExportedLives):
    fresh = life_examples(habits(20, host="10.0.0.99")).pairs

    score, kinds = judged(learned, fresh)

    beacons = fresh.label == BEACON
    assert score[beacons].min() > score[~beacons].max()
    assert (kinds[beacons].argmax(1) == BEACON).mean() > 0.9


def test_the_same_seed_gives_the_same_model():
    assert equal(fit(drawn(), SHORT), fit(drawn(), SHORT))


def test_another_seed_gives_another_model():
    assert not equal(fit(drawn(), SHORT), fit(drawn(), replace(SHORT, seed=2)))


def test_looks_without_a_label_are_not_learned_from():
    known = drawn()
    unknown = drawn(seed=9)
    unknown.label[:] = UNLABELLED

    assert equal(fit(joined(PAIRS, [known, unknown]), SHORT), fit(known, SHORT))


def test_context_that_is_left_out_cannot_change_a_score():
    names = ("span", "regularity", "peer_hosts")
    model = fit(drawn(), replace(SHORT, without=names))
    looks = drawn(seed=5)
    other = looks.context.copy()
    other[:, [list(CONTEXT).index(name) for name in names]] = 77.0

    score, _ = judged(model, replace(looks, context=other))

    np.testing.assert_array_equal(score, judged(model, looks)[0])


@pytest.mark.parametrize("scale", [PAIRS, HOURS], ids=["pairs", "hours"])
def test_what_is_unread_is_left_out_beside_what_is_asked(scale: Scale):
    unread = scale.life.unread

    assert set(unread) < set(scale.life.context)
    assert recipe_of(scale, seed=0).without == unread
    assert recipe_of(scale, seed=0, without=("another",)).without == (*unread, "another")


def test_how_many_use_the_port_and_how_old_the_host_is_cannot_change_a_score():
    model = fit(drawn(), replace(recipe_of(PAIRS, seed=1), steps=3, batch=16))
    looks = drawn(seed=5)
    large = looks.context.copy()
    large[:, [list(CONTEXT).index(name) for name in ("port_hosts", "host_age")]] = 9.0

    score, _ = judged(model, replace(looks, context=large))

    np.testing.assert_array_equal(score, judged(model, looks)[0])


def test_context_that_is_not_left_out_changes_the_score():
    model = fit(drawn(), replace(SHORT, without=("regularity",)))
    looks = drawn(seed=5)
    other = looks.context.copy()
    other[:, list(CONTEXT).index("span")] = 0.0

    score, _ = judged(model, replace(looks, context=other))

    assert (score != judged(model, looks)[0]).all()


def test_inputs_are_standardised_by_benign_looks_alone():
    looks = drawn()
    looks.context[looks.label == BEACON] += 40.0

    detector = fit(looks, SHORT).detector

    expected = looks.context[looks.label == 0].mean(axis=0)
    np.testing.assert_allclose(detector.mean_context.numpy(), expected, rtol=1e-4)


def test_looks_are_judged_in_parts_as_at_once(
    learned: ExportedLives, monkeypatch: pytest.MonkeyPatch
):
    whole = judged(learned, drawn(50))
    monkeypatch.setattr(module, "AT_ONCE", 7)

    for part, expected in zip(judged(learned, drawn(50)), whole, strict=True):
        np.testing.assert_allclose(part, expected, atol=1e-5)


def test_no_looks_have_no_scores(learned: ExportedLives):
    score, kinds = judged(learned, joined(PAIRS, []))

    assert (score.shape, kinds.shape) == ((0,), (0, len(KINDS)))


def test_evidence_is_what_the_memory_of_lives_makes_of_the_scores(learned: ExportedLives):
    made = habits(21)
    looks = life_examples(made).pairs
    score, _ = judged(learned, looks)
    features, served, at = Features(), [], 0

    for tick in ticks_of(columns_of(made, words_of(made))):
        for windows in features.of([tick]):
            own = score[at : at + len(windows.lives)]
            served.append(features.weigh(windows.lives.key, own))
            at += len(own)

    assert at == len(looks) > len(looks.keys)
    np.testing.assert_array_equal(evidence(learned, looks), np.concatenate(served))


def test_a_metronome_that_goes_on_surprises_less_than_one_that_changes():
    given = joined(
        PAIRS, [life_examples(habits(seed, host=f"10.0.0.{seed}")).pairs for seed in range(3, 9)]
    )
    given.label[:] = 0  # what goes on as ever is benign here: only that is foretold
    detector = fit(given, LifeRecipe(steps=300, batch=64, expect=1.0)).detector
    fresh = life_examples(habits(20, host="10.0.0.99")).pairs
    metronomes = np.flatnonzero(
        [fresh.keys[owner].port == METRONOME for owner in fresh.owner.tolist()]
    )
    steps, there, _ = tensors(fresh, metronomes[fresh.there[metronomes].sum(axis=1) > 8])
    changed = steps.clone()
    changed[:, -1] = steps[:, -1] + 2.0

    with torch.no_grad():
        calm, odd = detector.surprise(steps, there), detector.surprise(changed, there)

    assert (calm < odd).float().mean() > 0.95


@pytest.mark.parametrize(
    "recipe",
    [
        replace(SHORT, expect=0.3),
        replace(SHORT, expect=0.3, surprise=0.5),
        replace(SHORT, contrast=0.1),
        replace(SHORT, experts=4),
    ],
    ids=["foretold", "in the score", "compared", "experts"],
)
def test_each_mechanism_makes_another_model_and_scores_are_numbers(recipe: LifeRecipe):
    made = fit(drawn(), recipe)

    assert not np.array_equal(judged(made, drawn(5))[0], judged(fit(drawn(), SHORT), drawn(5))[0])
    assert np.isfinite(judged(made, drawn(5))[0]).all()

"""A pair's model, and each network's calibration by one that never saw that network."""

from typing import NamedTuple

import numpy as np
import pytest

from netheed.model.life import PAIR_LIFE
from netheed.training import life_corpus
from netheed.training import life_train as module
from netheed.training.life_corpus import LifeCorpus, LifePiece
from netheed.training.life_examples import PAIRS, LifeExamples, joined
from netheed.training.life_export import manifest_of
from netheed.training.life_fit import LifeRecipe, evidence, fit
from netheed.training.life_model import ExportedLives
from tests.unit.training.made_lives import BEACON, drawn, of_pairs

NETWORKS = {"house": ("home", "shed"), "shop": ("shop",), "lab": ("lab",)}
FAMILIES = ("home", "shed", "shop", "lab", "simulated")
RECIPE = LifeRecipe(steps=2, batch=8)


class Spied(NamedTuple):
    """What was learned from and judged, by the hosts: one of each family."""

    learned: list[set[str]]
    """Of each fit."""
    judged: list[tuple[set[str], set[str]]]
    """What the model learned from, and what it judged."""


def hosts(looks: LifeExamples) -> set[str]:
    return {looks.keys[pair].host for pair in looks.owner.tolist()}


def corpus(families: tuple[str, ...] = FAMILIES) -> LifeCorpus:
    return LifeCorpus(
        tuple(
            LifePiece(
                name=family,
                families=frozenset((family,)),
                looks=of_pairs(drawn(60 + 20 * at, seed=at, host=family)),
            )
            for at, family in enumerate(families)
        )
    )


@pytest.fixture(autouse=True)
def spied(monkeypatch: pytest.MonkeyPatch) -> Spied:
    """The real fit and evidence, watched."""
    found, models = Spied([], []), dict[int, tuple[ExportedLives, set[str]]]()

    def fitting(looks: LifeExamples, recipe: LifeRecipe) -> ExportedLives:
        model = fit(looks, recipe)
        found.learned.append(hosts(looks))
        models[id(model)] = (model, hosts(looks))
        return model

    def judging(model: ExportedLives, looks: LifeExamples) -> np.ndarray:
        assert not (looks.label == BEACON).any()
        found.judged.append((models[id(model)][1], hosts(looks)))
        return evidence(model, looks)

    for room in (module, life_corpus):
        monkeypatch.setattr(room, "NETWORKS", NETWORKS)
    monkeypatch.setattr(module, "fit", fitting)
    monkeypatch.setattr(module, "evidence", judging)
    return found


def test_the_model_that_serves_learns_from_all_but_what_is_held(spied: Spied):
    module.trained(corpus(), PAIRS, ["lab"], RECIPE)

    assert spied.learned[0] == {"home", "shed", "shop", "simulated"}


def test_each_network_is_judged_by_a_model_that_did_not_learn_from_it(spied: Spied):
    module.trained(corpus(), PAIRS, [], RECIPE)

    everything = set(FAMILIES)
    assert spied.judged == [(everything - set(own), set(own)) for own in NETWORKS.values()]


def test_what_is_held_is_neither_learned_from_nor_calibrated_by(spied: Spied):
    module.trained(corpus(), PAIRS, ["lab"], RECIPE)

    assert "lab" not in set().union(*spied.learned)
    assert [own for _, own in spied.judged] == [{"home", "shed"}, {"shop"}]


def test_a_network_of_which_a_family_is_held_calibrates_nothing(spied: Spied):
    module.trained(corpus(), PAIRS, ["shed"], RECIPE)

    assert [own for _, own in spied.judged] == [{"shop"}, {"lab"}]


def test_a_network_that_is_not_there_is_passed_over(spied: Spied):
    module.trained(corpus(("home", "shop", "simulated")), PAIRS, [], RECIPE)

    assert [own for _, own in spied.judged] == [{"home"}, {"shop"}]


def test_all_networks_together_say_what_a_score_is_worth():
    whole = corpus()

    _, said = module.trained(whole, PAIRS, [], RECIPE)

    benign = joined(PAIRS, [whole.benign(PAIRS, network) for network in NETWORKS])
    assert tuple(said.calibration) == PAIR_LIFE.groups
    assert len(benign) > said.calibration["outside"].windows >= 100
    # Too few are inside: these are calibrated on all.
    assert said.calibration["inside"].windows == len(benign)


def test_ranges_are_of_the_model_that_serves_and_of_what_it_learned_from():
    model, said = module.trained(corpus(), PAIRS, ["lab"], RECIPE)

    assert said == manifest_of(model, corpus().without(PAIRS, ["lab"]), said.calibration)

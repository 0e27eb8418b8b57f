"""A model with lives learned anew: its minutes stay, and it says where each comes from."""

from pathlib import Path

import pytest

from bench import new_lives as module
from bench.new_lives import SAID, new_lives
from netheed.model import manifest as manifests
from netheed.model.life import HOUR_LIFE, PAIR_LIFE
from netheed.model.scorer import Scorer
from netheed.training import life_corpus, life_train
from netheed.training.life_corpus import LifeCorpus, LifePiece
from netheed.training.life_examples import Looks
from netheed.training.life_fit import LifeRecipe
from netheed.training.train import Plan
from tests.unit.training.made_lives import drawn, drawn_hours

SHIPPED = Path("models/default")
NETWORKS = {"house": ("home",), "shop": ("shop",)}


def piece(family: str, seed: int) -> LifePiece:
    looks = Looks(drawn(300, seed=seed, host=family), drawn_hours(300, seed=seed))
    return LifePiece(name=family, families=frozenset((family,)), looks=looks)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        pieces = (piece("home", 1), piece("shop", 2))
        patch.setattr(module, "lives", lambda _: LifeCorpus(pieces))
        patch.setattr(life_train, "recipe_of", lambda _, seed: LifeRecipe(steps=2, seed=seed))
        for each in (life_train, life_corpus):
            patch.setattr(each, "NETWORKS", NETWORKS)
        plan = Plan(data=output, output=output, seed=3, commit="abc", windows=None)
        new_lives(SHIPPED, plan)
    return output


def test_it_serves(made: Path):
    scorer = Scorer(made)

    assert (scorer.pairs is not None, scorer.hours is not None) == (True, True)


def test_minutes_are_scored_by_the_same_model_and_lives_by_others(made: Path):
    for file, same in ((manifests.MODEL, True), (PAIR_LIFE.file, False), (HOUR_LIFE.file, False)):
        assert ((made / file).read_bytes() == (SHIPPED / file).read_bytes()) == same


def test_it_has_an_id_of_its_own_and_says_what_it_was_made_of(made: Path):
    before, after = (manifests.read(place)[0] for place in (SHIPPED, made))

    assert after.id != before.id
    assert after.training["windows_of"] == before.training.get("windows_of", before.id)
    assert after.training["lives"]["commit"] == "abc"
    assert after.training["lives"]["seed"] == 3
    assert after.calibration == before.calibration


def test_its_card_says_once_of_each_sort_of_lives_where_it_comes_from(made: Path):
    card = (made / manifests.CARD).read_text()

    for title, _, _ in SAID.values():
        assert card.count(f"\n## {title}\n") == 1
    assert card.count("trained at abc") == len(SAID)

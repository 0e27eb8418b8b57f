"""A few steps on a new network: what learns, what stays, what is not forgotten."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from netheed.core.vector import FEATURES
from netheed.training.adapt import HEADS, Course, adapt, train, trusted
from netheed.training.adapters import merged
from netheed.training.datasets import KINDS
from netheed.training.examples import UNLABELLED, Examples
from netheed.training.fit import Recipe, fit
from netheed.training.judge import parts
from netheed.training.model import Detector, Exported, Sizes, Tail
from tests.unit.training.baselines.planted import planted, quiet

SHORT = Course(steps=4)


@pytest.fixture(scope="module")
def trained() -> Detector:
    sizes = Sizes(
        features=len(FEATURES), kinds=len(KINDS), length=8, width=16, hidden=16, layers=1, experts=2
    )
    return fit(planted(), sizes, Recipe(epochs=12, batch=16, rate=1e-2))


def site(seed: int = 3) -> Examples:
    """Unlabelled windows of a network where everything is more than it was in training."""
    made = quiet(4, 30, seed)
    unknown = np.full(len(made.label), UNLABELLED)
    return replace(made, vectors=made.vectors + np.float16(0.5), label=unknown)


def error(detector: Detector, windows: Examples) -> float:
    """Surprise and rebuilding error together."""
    bare = Exported(detector, surprise=Tail(), rebuilding=Tail()).eval()
    _, _, surprise, rebuilding = parts(bare, windows)
    return float(surprise.mean() + rebuilding.mean())


def right(detector: Detector, windows: Examples) -> float:
    """Share of attack windows that are called by their kind."""
    bare = Exported(detector, surprise=Tail(), rebuilding=Tail()).eval()
    hit = windows.label > 0
    return float((parts(bare, windows)[1].argmax(axis=1) == windows.label)[hit].mean())


def changed(before: Detector, after: Detector) -> set[str]:
    kept = after.state_dict()
    return {n for n, value in before.state_dict().items() if not torch.equal(value, kept[n])}


@pytest.mark.parametrize("learning", ["adapter", "all", "heads"])
def test_the_site_is_less_surprising_afterwards(trained: Detector, learning: str):
    course = Course(steps=40, rate=1e-2, learning=learning)

    adapted, _ = adapt(trained, planted(), site(), course)

    assert error(adapted, site(4)) < 0.8 * error(trained, site(4))


def test_no_steps_change_nothing(trained: Detector):
    adapted, _ = adapt(trained, planted(), site(), Course(steps=0))

    assert changed(trained, adapted) == set()


def test_the_detector_that_was_adapted_stays_as_it_was(trained: Detector):
    before = {name: value.clone() for name, value in trained.state_dict().items()}

    for learning in ("adapter", "all", "heads"):
        adapt(trained, planted(), site(), replace(SHORT, learning=learning))

    assert all(torch.equal(value, before[name]) for name, value in trained.state_dict().items())
    assert all(parameter.requires_grad for parameter in trained.parameters())


def test_an_adapter_and_its_base_make_the_adapted_detector(trained: Detector):
    adapted, adapter = adapt(trained, planted(), site(), SHORT)

    assert adapter is not None
    assert changed(adapted, merged(trained, adapter)) == set()
    weights = {f"{name}.weight" for name in adapter.matrices}
    assert weights - {"project.weight"} <= changed(trained, adapted) <= weights


def test_only_the_heads_learn_where_nothing_else_may(trained: Detector):
    adapted, adapter = adapt(trained, planted(), site(), replace(SHORT, learning="heads"))

    assert adapter is None
    assert {f"{name.split('.')[0]}." for name in changed(trained, adapted)} == set(HEADS)


def test_all_weights_learn_but_what_standardises_stays(trained: Detector):
    adapted, _ = adapt(trained, planted(), site(), replace(SHORT, learning="all"))

    learned = changed(trained, adapted)
    assert {"embed.weight", "start", "place", "expect.bias"} <= learned
    assert not learned & {"mean", "deviation", "unseen"}


def test_a_source_that_weighs_nothing_is_not_rehearsed(trained: Detector):
    bare, other = (
        adapt(trained, source, site(), replace(SHORT, source=0.0))[0]
        for source in (planted(), quiet(8, 10, seed=5))
    )
    rehearsed, _ = adapt(trained, planted(), site(), SHORT)

    assert changed(bare, other) == set()
    assert changed(bare, rehearsed)


def test_rehearsal_keeps_the_attacks_in_mind(trained: Detector):
    course = Course(steps=40, rate=2e-2, learning="all")

    kept, _ = adapt(trained, planted(), site(), course)
    forgot, _ = adapt(trained, planted(), site(), replace(course, source=0.0))

    assert right(trained, planted(seed=9)) > 0.9
    assert right(kept, planted(seed=9)) > 0.9
    assert right(forgot, planted(seed=9)) < 0.5


def test_the_seed_decides_the_adapter(trained: Detector):
    first, again, other = (
        adapt(trained, planted(), site(), replace(SHORT, seed=seed))[0] for seed in (1, 1, 2)
    )

    assert changed(first, again) == set()
    assert changed(first, other)


def test_every_step_is_told(trained: Detector):
    told: list[int] = []

    train(copy.deepcopy(trained), planted(), site(), SHORT, told.append)

    assert told == [0, 1, 2, 3]


def test_an_attack_under_way_is_not_trusted(trained: Detector):
    attacked = planted(seed=9)

    made = trusted(trained, attacked, 0.85)

    assert set(made.label[attacked.label > 0].tolist()) == {UNLABELLED}
    assert 0.8 < (made.label == 0).mean() < 0.9


def test_all_may_be_trusted(trained: Detector):
    assert not trusted(trained, site(), 1.0).label.any()

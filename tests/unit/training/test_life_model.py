"""What the pair's model can and cannot see, with weights that are not trained."""

import pytest
import torch
from torch import Tensor

from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.lives import LENGTH
from netheed.model.life import PAIR_LIFE
from netheed.training.datasets import KINDS
from netheed.training.life_model import CLIP, ExportedLives, LifeDetector, LifeSizes
from netheed.training.model import Tail


@pytest.fixture
def model() -> ExportedLives:
    torch.manual_seed(2)
    return ExportedLives(LifeDetector(LifeSizes(life=PAIR_LIFE, kinds=len(KINDS)))).eval()


def given(count: int = 5, known: int = LENGTH) -> tuple[Tensor, Tensor, Tensor]:
    """Random looks with so many connections each."""
    rng = torch.Generator().manual_seed(3)
    there = torch.zeros(count, LENGTH)
    there[:, LENGTH - known :] = 1.0
    calls = torch.randn(count, LENGTH, len(CALLS), generator=rng) * there.unsqueeze(-1)
    return calls, there, torch.randn(count, len(CONTEXT), generator=rng)


def score(model: ExportedLives, *looks: Tensor) -> Tensor:
    with torch.no_grad():
        return model(*looks)[0]


def test_the_score_is_the_odds_of_the_kinds_that_are_not_benign(model: ExportedLives):
    with torch.no_grad():
        odds, kinds = model(*given())

    torch.testing.assert_close(odds, torch.log(kinds[:, 1:].sum(1) / kinds[:, 0]))
    torch.testing.assert_close(kinds.sum(1), torch.ones(5))


def test_what_lies_where_no_connection_is_changes_nothing(model: ExportedLives):
    calls, there, context = given(known=4)
    filled = calls + 100.0 * (1.0 - there).unsqueeze(-1)

    torch.testing.assert_close(
        score(model, filled, there, context), score(model, calls, there, context)
    )


def test_a_place_without_a_connection_is_not_attended_to(model: ExportedLives):
    looks = given(known=4)
    before = score(model, *looks)

    with torch.no_grad():
        model.detector.place[:, : LENGTH - 4] += torch.randn(LENGTH - 4, 1)

    torch.testing.assert_close(score(model, *looks), before, rtol=0.0, atol=0.0)


def test_a_connection_more_changes_the_score(model: ExportedLives):
    calls, there, context = given()
    fewer = there.clone()
    fewer[:, :4] = 0.0

    changed = score(model, calls, fewer, context) - score(model, calls, there, context)
    assert (changed.abs() > 1e-4).all()


def test_calls_that_are_all_alike_differ_from_varying_ones(model: ExportedLives):
    calls, there, context = given()
    calls = 2.0 * calls
    alike = calls.mean(dim=1, keepdim=True).expand_as(calls)

    changed = score(model, alike, there, context) - score(model, calls, there, context)
    assert (changed.abs() > 1e-3).all()


def test_only_how_calls_vary_is_said_of_them_as_differing(model: ExportedLives):
    """The second half of a token: it is nothing at calls that are alike, however many."""
    seen = []
    model.detector.step.register_forward_hook(lambda _, given, __: seen.append(given[0]))
    for known in (LENGTH, 3):
        _, there, context = given(known=known)
        score(model, torch.full((5, LENGTH, len(CALLS)), 2.0), there, context)

    assert all(each[..., len(CALLS) :].abs().max() < 1e-4 for each in seen)
    assert all((each[:, -1, : len(CALLS)] == 2.0).all() for each in seen)


def test_a_look_is_judged_alone(model: ExportedLives):
    looks = given(known=6)

    whole = score(model, *looks)

    torch.testing.assert_close(score(model, *(each[2:3] for each in looks)), whole[2:3])


def test_values_beyond_the_clip_say_no_more(model: ExportedLives):
    calls, there, context = given()
    edge, beyond = torch.full_like(context, CLIP), torch.full_like(context, 50 * CLIP)

    torch.testing.assert_close(score(model, calls, there, beyond), score(model, calls, there, edge))


@pytest.fixture
def whole() -> LifeDetector:
    """With all that the papers add."""
    torch.manual_seed(2)
    sizes = LifeSizes(life=PAIR_LIFE, kinds=len(KINDS), experts=4, foretells=True, compares=True)
    return LifeDetector(sizes).eval()


def test_what_is_not_asked_for_has_no_weights(model: ExportedLives, whole: LifeDetector):
    more = {name.partition(".")[0] for name in whole.state_dict()}

    assert more - {name.partition(".")[0] for name in model.detector.state_dict()} == {
        "expect",
        "feed",
        "project",
    }


def test_the_newest_step_does_not_say_what_to_expect_of_it(whole: LifeDetector):
    calls, there, _ = given()
    said = []
    whole.expect.register_forward_hook(lambda _, __, found: said.append(found))
    other = calls.clone()
    other[:, -1] += 3.0

    with torch.no_grad():
        one, two = (whole.surprise(each, there) for each in (calls, other))

    torch.testing.assert_close(said[0], said[1], rtol=0.0, atol=0.0)
    assert (one != two).all()


def test_who_has_no_step_before_surprises_nobody(whole: LifeDetector):
    calls, there, _ = given(known=1)

    assert whole.surprise(calls, there).tolist() == [0.0] * 5


def test_a_model_without_the_head_foretells_nothing(model: ExportedLives):
    calls, there, _ = given()

    with pytest.raises(ValueError, match="no head"):
        model.detector.surprise(calls, there)


def test_the_tail_of_the_surprise_is_added_to_the_odds(whole: LifeDetector):
    looks = given()
    with torch.no_grad():
        surprise = whole.surprise(*looks[:2])
        floor = float(surprise.median())
        added = score(ExportedLives(whole, Tail(weight=2.0, floor=floor, scale=0.5)), *looks)

        torch.testing.assert_close(
            added - score(ExportedLives(whole), *looks), 4.0 * torch.relu(surprise - floor)
        )


def test_experts_that_are_used_alike_are_in_balance(model: ExportedLives, whole: LifeDetector):
    with torch.no_grad():
        asked, _ = whole.read(*given(count=400))

        assert 0.9 < float(whole.imbalance(asked)) < 2.0
        assert float(model.detector.imbalance(asked)) == 0.0

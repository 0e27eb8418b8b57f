"""A whole set of windows is judged as each window would be when it is served."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from netheed.core.vector import FEATURES
from netheed.training import judge as module
from netheed.training.datasets import KINDS
from netheed.training.examples import UNLABELLED
from netheed.training.fit import gather
from netheed.training.judge import FLOOR, Ensemble, exported, judge, parts, shares, tail
from netheed.training.model import ALL_COUNT, Detector, Exported, Sizes, Tail
from tests.unit.training.baselines.planted import planted

LENGTH = 8
BARE = {"surprise": Tail(), "rebuilding": Tail()}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """On a network as small as this, threads that wait for each other cost a hundredfold."""
    with threadpool_limits(1):
        yield


def detector(**given):
    torch.manual_seed(3)
    sizes = Sizes(
        features=len(FEATURES),
        kinds=len(KINDS),
        length=LENGTH,
        width=8,
        hidden=8,
        layers=1,
        **given,
    )
    return Detector(sizes).eval()


def tailed(made, **given):
    """Tails that every window is beyond."""
    return Exported(
        made,
        surprise=Tail(weight=2.0, floor=-9.0, scale=0.5),
        rebuilding=Tail(weight=3.0, floor=-9.0, scale=4.0),
        **given,
    ).eval()


def test_the_score_is_what_the_shipped_model_says_of_each_window_with_its_history(monkeypatch):
    monkeypatch.setattr(module, "SCORED_AT_ONCE", 7)
    windows, model = planted(3), tailed(detector(), published=2.0, usual=0.0)

    said = judge(model, windows)

    with torch.no_grad():
        score, kinds, _ = model(*gather(windows, windows.history(LENGTH)))
    np.testing.assert_allclose(said.score, score.numpy(), atol=1e-3)
    np.testing.assert_allclose(said.kinds, kinds.numpy(), atol=1e-5)


def test_other_hosts_change_no_score():
    windows, model = planted(4), tailed(detector())

    alone, among = judge(model, windows.only(windows.track == 2)), judge(model, windows)

    np.testing.assert_allclose(alone.score, among.score[windows.track == 2], atol=1e-3)


def test_without_classes_the_score_is_the_sum_of_the_errors():
    windows, made = planted(2), detector()
    _, _, surprise, error = parts(Exported(made, **BARE), windows)
    model = tailed(made, published=5.0)

    score = judge(model, windows, classes=False).score

    by_hand = 2.0 * (surprise + 9.0) / 0.5 + 3.0 * (error + 9.0) / 4.0
    np.testing.assert_allclose(score, by_hand, rtol=1e-5)


def test_errors_below_their_floor_are_ordered_without_classes_and_nothing_beside_them():
    windows, made = planted(2), detector()
    model = Exported(made, surprise=Tail(weight=1.0, floor=1e4), rebuilding=Tail()).eval()
    odds, _, surprise, _ = parts(model, windows)

    beside, alone = judge(model, windows), judge(model, windows, classes=False)

    np.testing.assert_allclose(beside.score, odds)
    np.testing.assert_allclose(alone.score, surprise - 1e4, rtol=1e-5)


def test_the_usual_odds_are_a_quantile_of_the_benign_ones():
    windows, made = planted(6), detector()
    windows.label[:40] = UNLABELLED
    windows.vectors[:40] += 20.0
    odds = parts(Exported(made, **BARE), windows)[0]

    model = exported(made, windows, Ensemble(usual=0.75))

    assert model.usual == pytest.approx(np.quantile(odds[windows.label == 0], 0.75))
    assert exported(made, windows, Ensemble()).usual == ALL_COUNT


def test_tails_begin_where_few_benign_windows_are():
    windows, made = planted(6), detector()
    windows.label[:40] = UNLABELLED
    windows.vectors[:40] += 20.0
    _, _, surprise, error = parts(Exported(made, **BARE), windows)
    ordinary = windows.label == 0

    model = exported(made, windows, Ensemble(surprise=0.7, rebuilding=1.3, published=0.9))

    assert model.surprise.floor == pytest.approx(np.quantile(surprise[ordinary], FLOOR))
    assert model.rebuilding.floor == pytest.approx(np.quantile(error[ordinary], FLOOR))
    assert (model.surprise.weight, model.rebuilding.weight, model.published) == (0.7, 1.3, 0.9)
    assert model.surprise.floor < np.quantile(surprise, FLOOR)


def test_a_tail_has_added_its_weight_once_beyond_one_window_in_a_thousand():
    made = tail(np.arange(1001, dtype=np.float32), 1.5)

    assert made.of(torch.tensor([990.0, 999.0])).tolist() == pytest.approx([0.0, 1.5])
    assert tail(np.full(50, 2.0, dtype=np.float32), 1.5).scale == 1e-3


@pytest.mark.parametrize("inside", [True, False])
def test_conversations_count_where_the_detector_reads_them(inside):
    windows, model = planted(2), tailed(detector(conversations=inside))
    talks = windows.conversations
    louder = replace(windows, conversations=replace(talks, values=talks.values + np.float16(3.0)))

    quiet, loud = judge(model, windows).score, judge(model, louder).score

    assert np.allclose(quiet, loud) is not inside


def test_the_share_of_an_expert_is_its_mean_gate_over_the_windows_of_a_kind():
    windows, made = planted(3), detector(experts=3)
    feed = made.layers[0].feed
    torch.nn.init.zeros_(feed.gate.weight)
    feed.gate.bias.data = torch.tensor([1.0, 1.0, -5.0])

    said = shares(Exported(made, **BARE).eval(), windows)

    assert set(said) == {KINDS[code] for code in np.unique(windows.label) if code >= 0}
    assert all(layers == [[0.5, 0.5, 0.0]] for layers in said.values())
    assert not feed._forward_hooks

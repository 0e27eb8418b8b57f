"""The model sees only what it may see."""

import pytest
import torch

from netheed.core.vector import FEATURES
from netheed.training.model import Detector, Exported, Sizes, Tail, _roughness, newest_of


@pytest.fixture
def detector() -> Detector:
    torch.manual_seed(0)
    return Detector(Sizes(features=5, kinds=3, length=6, width=16, hidden=16)).eval()


def test_the_expectation_of_a_window_does_not_see_it(detector: Detector) -> None:
    vectors, mask = torch.randn(1, 6, 5), torch.ones(1, 6)
    other = vectors.clone()
    other[:, -1] += 1.0

    hidden: list[torch.Tensor] = []
    detector.expect.register_forward_hook(lambda _m, _i, output: hidden.append(output))
    detector(vectors, mask)
    detector(other, mask)

    torch.testing.assert_close(hidden[0], hidden[1])


def test_the_past_does_not_see_the_future(detector: Detector) -> None:
    vectors, mask = torch.randn(1, 6, 5), torch.ones(1, 6)
    other = vectors.clone()
    other[:, -1] += 1.0

    first, second = detector(vectors, mask, 6).logits, detector(other, mask, 6).logits

    torch.testing.assert_close(first[:, :-1], second[:, :-1])
    assert not torch.allclose(first[:, -1], second[:, -1])


def test_the_newest_query_alone_says_what_it_says_among_all(detector: Detector) -> None:
    vectors, mask = torch.randn(2, 6, 5), torch.ones(2, 6)

    alone, among = detector(vectors, mask, 1), detector(vectors, mask, 6)

    for name in ("logits", "misfit", "rebuilt", "summary"):
        torch.testing.assert_close(getattr(alone, name)[:, 0], getattr(among, name)[:, -1])


@pytest.mark.parametrize("experts", [0, 2])
def test_over_the_newest_windows_it_says_what_it_says_of_a_host_that_came_lately(
    experts: int,
) -> None:
    torch.manual_seed(1)
    sizes = Sizes(features=5, kinds=3, length=6, width=16, hidden=16, experts=experts)
    whole = Detector(sizes).eval()
    vectors, mask = torch.randn(9, 6, 5), torch.ones(9, 6)
    mask[:, :2] = 0.0
    mask[3, 2] = 0.0

    cut, late = newest_of(whole, 4)(vectors[:, 2:], mask[:, 2:]), whole(vectors, mask)

    for name in ("logits", "misfit", "rebuilt"):
        torch.testing.assert_close(getattr(cut, name), getattr(late, name))


def test_of_more_windows_than_it_learned_over_it_is_itself(detector: Detector) -> None:
    assert newest_of(detector, 6) is detector


def exported(detector: Detector, surprise: Tail, published: float = 0.0) -> Exported:
    return Exported(detector, surprise=surprise, rebuilding=Tail(), published=published).eval()


def test_surprise_counts_only_above_its_floor(detector: Detector) -> None:
    vectors, mask = torch.randn(4, 6, 5), torch.ones(4, 6)
    plain = exported(detector, Tail())
    far = exported(detector, Tail(weight=3.0, floor=1e6))
    near = exported(detector, Tail(weight=3.0, floor=-1e6, scale=1e6))

    torch.testing.assert_close(plain(vectors, mask)[0], far(vectors, mask)[0])
    torch.testing.assert_close(plain(vectors, mask)[0] + 3.0, near(vectors, mask)[0])


def test_a_tail_grows_by_its_weight_for_each_scale_beyond_its_floor() -> None:
    tail = Tail(weight=2.0, floor=1.0, scale=0.5)

    assert tail.of(torch.tensor([0.0, 1.0, 1.5, 3.0])).tolist() == [0.0, 0.0, 2.0, 8.0]


def test_the_nearness_to_published_thresholds_adds_at_most_its_weight() -> None:
    torch.manual_seed(0)
    detector = Detector(Sizes(features=len(FEATURES), kinds=3, length=6, width=16, hidden=16))
    vectors, mask = torch.full((1, 6, len(FEATURES)), 20.0), torch.ones(1, 6)
    plain, beside = exported(detector, Tail()), exported(detector, Tail(), published=1.5)

    with torch.no_grad():
        added = beside(vectors, mask)[0] - plain(vectors, mask)[0]

    assert added.item() == pytest.approx(1.5, abs=1e-4)


def test_odds_below_the_usual_ones_hardly_count(detector: Detector) -> None:
    odds, nothing = torch.tensor([-9.0, -3.0, -2.0, 5.0]), torch.zeros(4)
    model = Exported(detector, surprise=Tail(weight=1.0), rebuilding=Tail(), usual=-3.0)

    score = model.score(odds, nothing + 2.0, nothing, torch.zeros(4, 5))

    torch.testing.assert_close(score, torch.tensor([-3.006, -3.0, -2.0, 5.0]) + 2.0)


def test_without_usual_odds_all_of_them_count(detector: Detector) -> None:
    odds, nothing = torch.tensor([-900.0, -3.0, 5.0]), torch.zeros(3)

    score = exported(detector, Tail()).score(odds, nothing, nothing, torch.zeros(3, 5))

    assert score.tolist() == odds.tolist()


def test_probabilities_add_up(detector: Detector) -> None:
    kinds = exported(detector, Tail())(torch.randn(4, 6, 5), torch.ones(4, 6))[1]

    torch.testing.assert_close(kinds.sum(-1), torch.ones(4))


def test_without_attention_a_window_is_read_alone() -> None:
    torch.manual_seed(0)
    sizes = Sizes(features=5, kinds=3, length=6, width=16, hidden=16, attention=False)
    detector = Detector(sizes).eval()
    vectors, mask = torch.randn(1, 6, 5), torch.ones(1, 6)
    other = vectors.clone()
    other[:, :-1] += 1.0

    torch.testing.assert_close(detector(vectors, mask).logits, detector(other, mask).logits)


def test_without_attention_an_expectation_sees_no_later_window() -> None:
    torch.manual_seed(0)
    sizes = Sizes(features=5, kinds=3, length=6, width=16, hidden=16, attention=False)
    detector = Detector(sizes).eval()
    vectors, mask = torch.randn(1, 6, 5), torch.tensor([[0.0, 0.0, 0.0, 0.0, 0.0, 1.0]])
    other = vectors.clone()
    other[:, -1] += 1.0

    hidden: list[torch.Tensor] = []
    detector.expect.register_forward_hook(lambda _m, _i, output: hidden.append(output))
    detector(vectors, mask)
    detector(other, mask)

    torch.testing.assert_close(hidden[0], hidden[1])


def test_the_balance_is_of_what_the_gates_read() -> None:
    torch.manual_seed(0)
    sizes = Sizes(features=5, kinds=3, length=6, width=8, hidden=8, layers=1, experts=3, dropout=0)
    detector = Detector(sizes).train()
    feed = detector.layers[0].feed
    read: list[torch.Tensor] = []
    feed.register_forward_hook(lambda _m, given, _o: read.append(given[0]))
    mask = torch.ones(2, 6)

    imbalance = detector(torch.randn(2, 6, 5), mask, 6).imbalance

    torch.testing.assert_close(imbalance, feed.imbalance(read[0], torch.ones(2, 7)))


def test_only_windows_that_attend_to_different_ones_are_rough() -> None:
    seen = torch.tensor([[[1.0, 0.0]]])
    read = torch.tensor([[[1.0, 0.0], [0.0, 2.0]]])

    alike, different = torch.tensor([[[1.0, 0.0]]]), torch.tensor([[[0.0, 1.0]]])

    assert _roughness(seen, read, alike).item() == 0.0
    assert _roughness(seen, read, different).item() == (1.0 + 4.0) / 2

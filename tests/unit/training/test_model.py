"""The model sees only what it may see."""

import pytest
import torch

from netheed.training.model import Detector, Exported, Sizes


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

    first, second = detector(vectors, mask, 6)[0], detector(other, mask, 6)[0]

    torch.testing.assert_close(first[:, :-1], second[:, :-1])
    assert not torch.allclose(first[:, -1], second[:, -1])


def test_the_newest_query_alone_says_what_it_says_among_all(detector: Detector) -> None:
    vectors, mask = torch.randn(2, 6, 5), torch.ones(2, 6)

    alone, among = detector(vectors, mask, 1), detector(vectors, mask, 6)

    torch.testing.assert_close(alone[0][:, 0], among[0][:, -1])
    torch.testing.assert_close(alone[1][:, 0], among[1][:, -1])


def test_surprise_counts_only_above_its_floor(detector: Detector) -> None:
    vectors, mask = torch.randn(4, 6, 5), torch.ones(4, 6)
    plain = Exported(detector, surprise_weight=0.0, surprise_floor=0.0)
    far = Exported(detector, surprise_weight=3.0, surprise_floor=1e6)
    near = Exported(detector, surprise_weight=3.0, surprise_floor=-1e6)

    torch.testing.assert_close(plain(vectors, mask)[0], far(vectors, mask)[0])
    assert (near(vectors, mask)[0] > plain(vectors, mask)[0]).all()


def test_probabilities_add_up(detector: Detector) -> None:
    exported = Exported(detector, surprise_weight=1.0, surprise_floor=0.0)

    kinds = exported(torch.randn(4, 6, 5), torch.ones(4, 6))[1]

    torch.testing.assert_close(kinds.sum(-1), torch.ones(4))

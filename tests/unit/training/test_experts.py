"""Few experts answer for each token, and the load is spread among them."""

import math

import pytest
import torch

from netheed.training.experts import Experts

COUNT, ACTIVE = 4, 2


@pytest.fixture
def experts():
    torch.manual_seed(0)
    return Experts(width=4, hidden=3, count=COUNT, active=ACTIVE)


@pytest.fixture
def sure(experts):
    """The gate of each expert is open where the token's number of the same place is."""
    with torch.no_grad():
        experts.gate.weight.copy_(3.0 * torch.eye(COUNT))
        experts.gate.bias.zero_()
    return experts


def asking(*pairs):
    """One sequence of tokens, each for two of the experts."""
    return torch.stack([torch.eye(COUNT)[list(pair)].sum(dim=0) for pair in pairs])[None]


EVEN = asking((0, 1), (1, 2), (2, 3), (3, 0))
SKEWED = asking(*[(0, 1)] * 4)


def test_as_many_gates_are_open_as_experts_may_answer(experts):
    gates = experts.gates(torch.randn(3, 5, 4))

    assert ((gates > 0).sum(dim=-1) == ACTIVE).all()
    torch.testing.assert_close(gates.sum(dim=-1), torch.ones(3, 5))


def test_the_answer_is_the_gated_sum_of_the_chosen_experts(experts):
    tokens = torch.randn(1, 1, 4)

    answer = experts(tokens)[0, 0]

    logits = experts.gate(tokens)[0, 0]
    inside = torch.relu(experts.rise(tokens))[0, 0].reshape(COUNT, 3)
    fall = experts.fall.weight.reshape(4, COUNT, 3)
    chosen = logits.topk(ACTIVE).indices.tolist()
    shares = torch.softmax(logits[chosen], dim=0)
    by_hand = sum(share * (fall[:, i] @ inside[i]) for i, share in zip(chosen, shares, strict=True))
    torch.testing.assert_close(answer, by_hand + experts.fall.bias)


def test_a_dead_expert_gets_no_gate_and_says_nothing(experts):
    tokens = torch.randn(2, 6, 4)
    with torch.no_grad():
        experts.gate.bias[1] = -100.0
        before = experts(tokens)
        experts.rise.weight[3:6] += 10.0
        after = experts(tokens)

    assert not experts.gates(tokens)[..., 1].any()
    torch.testing.assert_close(before, after)


def test_the_load_is_one_when_even_and_more_when_skewed(sure):
    there = torch.ones(1, 4)

    even, skewed = sure.imbalance(EVEN, there), sure.imbalance(SKEWED, there)

    assert even.item() == pytest.approx(1.0)
    of_each = math.e**3 / (2 * math.e**3 + 2)
    assert skewed.item() == pytest.approx(COUNT * of_each)


def test_tokens_that_are_not_there_are_no_load(sure):
    both = torch.cat((EVEN, SKEWED), dim=1)
    there = torch.tensor([[1.0] * 4 + [0.0] * 4])

    assert sure.imbalance(both, there).item() == pytest.approx(1.0)
    assert sure.imbalance(both, 1.0 - there).item() > 1.5
    assert sure.imbalance(both, torch.zeros(1, 8)).item() == 0.0


def test_less_imbalance_closes_the_gates_of_the_busy_and_opens_those_of_the_idle(sure):
    sure.imbalance(SKEWED, torch.ones(1, 4)).backward()

    uphill = sure.gate.bias.grad
    assert (uphill[:2] > 0).all()
    assert (uphill[2:] < 0).all()

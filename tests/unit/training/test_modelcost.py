"""What `bench.modelcost` measures and how it is told."""

import json

import numpy as np
import pytest
import torch

from bench import costreport, modelcost
from bench.firststage import most_odds, repeated
from netheed.core.vector import FEATURES
from netheed.training.datasets import KINDS
from netheed.training.export import graph_of, onnx_bytes
from netheed.training.model import Detector, Exported, Sizes, Tail
from tests.corpora import examples

SIZES = Sizes(features=len(FEATURES), kinds=len(KINDS), length=6, width=8, hidden=12, layers=1)


@pytest.fixture
def model():
    torch.manual_seed(2)
    detector = Detector(SIZES)
    for parameter in detector.parameters():
        parameter.data += 0.2 * torch.randn_like(parameter)
    return Exported(detector, surprise=Tail(), rebuilding=Tail()).eval()


def test_no_history_gives_larger_odds_than_the_bound(model):
    vectors = torch.from_numpy(
        np.random.default_rng(1).normal(0, 2, (400, 6, len(FEATURES)))
    ).float()

    with torch.no_grad():
        odds = model.parts(vectors, torch.ones(400, 6))[0].numpy()

    assert (odds <= most_odds(model.detector, vectors[:, -1]) + 1e-4).all()


def test_what_serves_multiplies_less_than_what_is_trained(model):
    served, trained = modelcost.flop(onnx_bytes(model)), modelcost.flop(graph_of(model, SIZES))

    tokens, width, asked, heads = 7, 8, 2, 2
    embed = 6 * len(FEATURES) * width
    ask_and_tell = 2 * asked * width * heads * width
    read = 2 * asked * heads * tokens * width
    feed = 2 * asked * width * 12
    tell = width * 2 * len(FEATURES) + (width + len(FEATURES)) * width + width * len(KINDS)
    assert served == 2 * (embed + ask_and_tell + read + feed + tell)
    assert trained > served


def test_a_window_that_was_there_with_its_whole_history_is_repeated():
    once = examples(3)
    said = repeated(once)

    assert said["recorded_windows"] == len(once.label)
    assert 0.0 <= said["repeated"] < 1.0


def result(size, seed, recall):
    return {
        "network": "home",
        "size": size,
        "seed": seed,
        "benign": 2000,
        "windows": {"scan": 4},
        "recall": {"scan": recall},
        "average_precision": recall,
        "mean_average_precision": recall,
    }


def test_the_report_compares_sizes_of_the_same_network_and_seed(tmp_path):
    cost = {"us": 10.0, "best_us": 9.0, "flop": 5e5, "bytes": 2000, "batch_difference": 0.0}
    first = dict.fromkeys(
        ("windows", "threshold", "bound_median", "bound_least", "bound_below", "recorded_windows",
         "repeated", "mean_history", "whole_history"), 0.5,
    )  # fmt: skip
    facts = {"cost": {"large": cost, "small": cost}, "peak": 100.0, "first": first}
    (tmp_path / "cost.json").write_text(json.dumps(facts))
    (tmp_path / "results").mkdir()
    for seed, (large, small) in enumerate([(0.5, 0.75), (0.5, 0.25), (0.5, 0.75)]):
        kept = [result("large", seed, large), result("small", seed, small)]
        (tmp_path / "results" / f"{seed}.json").write_text(json.dumps(kept))

    told = costreport.text(tmp_path)

    assert "| large | 10.0 | 9.0 | 0.50 | 50% | 2 | 0 |" in told
    assert "| small | 10.0 | 0.583 | +0.083 ± 0.167 | 2, 1 |" in told
    assert "| small | 3 | 0.58 (0.25-0.75) | 0.58 (0.25-0.75) |" in told

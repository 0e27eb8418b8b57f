"""A model is tried before it is used: its operators, its shapes, the memory it asks for."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import NodeProto, TensorProto, helper

from netheed.core import lives
from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.vector import FEATURES
from netheed.errors import ModelError
from netheed.model.scorer import Scorer
from tests.model_directory import KINDS, LENGTH, onnx_model, pair_onnx_model, write_model

HUGE = [
    pytest.param([2**40], id="2**40"),
    pytest.param([2**20, 2**20], id="2**20 squared"),
    pytest.param([2**14, 2**14], id="1 GiB"),
]
OWN = helper.make_node("ReduceMean", ["known"], ["own"], axes=[1], keepdims=0)
"""Of each window."""


def constant(name: str, values: list[int]) -> NodeProto:
    tensor = helper.make_tensor(name, TensorProto.INT64, [len(values)], values)
    return helper.make_node("Constant", [], [name], value=tensor)


def scored_by(*nodes: NodeProto) -> bytes:
    """The score is the mean of `big` beside each window's own."""
    mean = helper.make_node("ReduceMean", ["big"], ["mean_of_big"], keepdims=0)
    total = helper.make_node("Add", ["own", "mean_of_big"], ["score"])
    return onnx_model(instead={"score": [*nodes, OWN, mean, total]})


def refused(folder: Path, model: bytes, reason: str) -> None:
    write_model(folder, model)
    with pytest.raises(ModelError, match=f"model.onnx: .*{reason}"):
        Scorer(folder)


def peak() -> int:
    """Bytes that the process has held at the most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_a_model_of_the_right_shapes_is_taken(tmp_path: Path) -> None:
    write_model(
        tmp_path, scored_by(constant("s", [8]), helper.make_node("Expand", ["one", "s"], ["big"]))
    )
    zeros = np.zeros((30, LENGTH, len(FEATURES)), dtype=np.float32)

    raw = Scorer(tmp_path).score(zeros, np.ones((30, LENGTH), dtype=bool))

    assert (raw.score.shape, raw.kinds.shape, raw.surprise.shape) == (
        (30,),
        (30, len(KINDS)),
        (30,),
    )


@pytest.mark.parametrize("shape", HUGE)
@pytest.mark.parametrize("operator", ["ConstantOfShape", "Expand", "Expand of an input"])
def test_a_model_that_asks_for_huge_memory_is_refused_before_it_gets_any(
    tmp_path: Path, shape: list[int], operator: str
) -> None:
    nodes = {
        "ConstantOfShape": [helper.make_node("ConstantOfShape", ["s"], ["big"])],
        "Expand": [helper.make_node("Expand", ["one", "s"], ["big"])],
        "Expand of an input": [
            helper.make_node("ReduceMean", ["known"], ["scalar"], keepdims=0),
            helper.make_node("Expand", ["scalar", "s"], ["big"]),
        ],
    }
    before = peak()

    refused(tmp_path, scored_by(constant("s", shape), *nodes[operator]), "onnxruntime cannot run")

    assert peak() - before < 2**27


def test_memory_that_only_a_whole_batch_asks_for_is_refused_too(tmp_path: Path) -> None:
    nodes = [
        constant("s", [1, 2**22]),
        helper.make_node("ReduceMean", ["known"], ["each"], axes=[1], keepdims=1),
        helper.make_node("Expand", ["each", "s"], ["big"]),
    ]

    refused(tmp_path, scored_by(*nodes), "onnxruntime cannot run")


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ({"length": LENGTH + 1}, "vectors is .*13, 63.*the manifest says .12, 63"),
        ({"features": len(FEATURES) - 1}, "vectors is "),
        ({"kinds": len(KINDS) - 1}, r"gives kinds as \(1, 6\) where \(1, 7\) is expected"),
        ({"kinds": len(KINDS) + 1}, r"gives kinds as \(1, 8\) where \(1, 7\) is expected"),
    ],
    ids=["longer", "fewer features", "fewer kinds", "more kinds"],
)
def test_a_model_of_other_sizes_than_its_manifest_says_is_refused(
    tmp_path: Path, sizes: dict[str, int], reason: str
) -> None:
    refused(tmp_path, onnx_model(**sizes), reason)


@pytest.mark.parametrize(
    ("output", "nodes", "reason"),
    [
        ("surprise", [helper.make_node("Identity", ["known"], ["surprise"])], r"as \(1, 63\)"),
        ("score", [helper.make_node("Log", ["mask"], ["score"])], r"gives score as \(1, 12\)"),
        (
            "surprise",
            [
                helper.make_node("ReduceMean", ["known"], ["zero"], axes=[1], keepdims=0),
                helper.make_node("Log", ["zero"], ["surprise"]),
            ],
            "a surprise that is not finite",
        ),
        ("kinds", [helper.make_node("Cast", ["known"], ["kinds"], to=11)], "refuses|expected"),
        ("score", [helper.make_node("Tan", ["mask"], ["score"])], "asks for operators Tan"),
    ],
    ids=["surprise", "score", "infinite", "double", "operator"],
)
def test_a_model_of_other_outputs_is_refused(
    tmp_path: Path, output: str, nodes: list[NodeProto], reason: str
) -> None:
    refused(tmp_path, onnx_model(instead={output: nodes}), reason)


ROOT = helper.make_node("Sqrt", ["own"], ["score"])
POWER = helper.make_node("Exp", ["own"], ["score"])
SHARES = [
    helper.make_node("MatMul", ["known", "to_kinds"], ["logits"]),
    helper.make_node("Sqrt", ["logits"], ["kinds"]),
]


@pytest.mark.parametrize(
    ("output", "nodes", "value"),
    [
        ("score", [OWN, ROOT], -1.0),
        ("score", [OWN, POWER], 1000.0),
        ("kinds", SHARES, -1.0),
    ],
    ids=["no number", "infinite", "kinds"],
)
def test_where_a_model_gives_no_finite_numbers_its_score_is_not_known(
    tmp_path: Path, output: str, nodes: list[NodeProto], value: float
) -> None:
    write_model(tmp_path, onnx_model(instead={output: nodes}))
    vectors = np.zeros((2, LENGTH, len(FEATURES)), dtype=np.float32)
    vectors[1] = value

    raw = Scorer(tmp_path).score(vectors, np.ones((2, LENGTH), dtype=bool))

    assert np.isnan(raw.score).tolist() == [False, True]
    assert np.isfinite(raw.kinds).all()
    assert not raw.kinds[1].any()


def test_where_a_model_of_pairs_gives_no_finite_numbers_its_score_is_not_known(
    tmp_path: Path,
) -> None:
    write_model(tmp_path, pairs=pair_onnx_model(instead={"score": [OWN, POWER]}))
    calls = np.zeros((2, lives.LENGTH, len(CALLS)), dtype=np.float32)
    context = np.zeros((2, len(CONTEXT)), dtype=np.float32)
    context[1] = 1000.0
    pairs = Scorer(tmp_path).pairs
    assert pairs is not None

    raw = pairs.session.run(calls, np.ones((2, lives.LENGTH), dtype=np.float32), context)

    assert np.isnan(raw.score).tolist() == [False, True]
    assert not raw.kinds[1].any()


def test_what_onnxruntime_says_of_a_model_does_not_reach_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = helper.make_node("Expand", ["known", "last"], ["score"], name="\x1b[2J")

    refused(tmp_path, onnx_model(instead={"score": [bad]}), "")

    assert capfd.readouterr().err == ""


def test_onnxruntime_keeps_no_account_of_its_use(tmp_path: Path) -> None:
    home, model = tmp_path / "home", tmp_path / "model"
    home.mkdir()
    write_model(model)
    opened = "import sys, pathlib, netheed.model.scorer as s; s.Scorer(pathlib.Path(sys.argv[1]))"

    subprocess.run(  # noqa: S603 - our own package
        [sys.executable, "-c", opened, os.fspath(model)],
        env={"HOME": os.fspath(home), "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True, timeout=60,
    )  # fmt: skip

    assert list(home.iterdir()) == []

"""A small model directory with random weights, made without the laboratory."""

from collections.abc import Callable, Mapping
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from netheed.core.life_vector import plain
from netheed.core.vector import FEATURES, Feature, restore
from netheed.model import manifest as manifests
from netheed.model.life import HOUR_LIFE, PAIR_LIFE, Life
from netheed.model.manifest import (
    GROUPS,
    FeatureRange,
    LifeManifest,
    Manifest,
    PairManifest,
    TailCalibration,
)

KINDS = ("benign", "scan", "brute_force", "dns_tunnel", "beacon", "exfiltration", "flood")
HOUR_KINDS = (*KINDS, "lateral_movement")
LENGTH = 12
WINDOWS = 900
"""Benign windows that the calibration of each host group knows."""


def write_model(
    directory: Path,
    model: bytes | None = None,
    *,
    pairs: bytes | None = None,
    hours: bytes | None = None,
) -> Manifest:
    """Everything that a valid directory needs, around the given ONNX file or a small one.

    `pairs` is the pair's model, `hours` that of hosts' hours; without it the directory knows none.
    """
    directory.mkdir(parents=True, exist_ok=True)
    model = onnx_model() if model is None else model
    files = {manifests.MODEL: model, manifests.CARD: b"# small\n"}
    if pairs is not None:
        files[manifests.PAIRS] = pairs
    if hours is not None:
        files[manifests.HOURS] = hours
    for name, data in files.items():
        (directory / name).write_bytes(data)
    manifest = Manifest(
        format=manifests.FORMAT,
        id=f"small-{blake2b(model, digest_size=4).hexdigest()}",
        window_seconds=60.0,
        sequence_length=LENGTH,
        kinds=list(KINDS),
        features=ranges(),
        calibration={name: calibration() for name in GROUPS},
        files={name: sha256(data).hexdigest() for name, data in files.items()},
        training={},
        metrics={},
        pairs=None if pairs is None else pair_manifest(),
        hours=None if hours is None else hour_manifest(),
    )
    text = yaml.safe_dump(msgspec.to_builtins(manifest), sort_keys=False)
    (directory / manifests.MANIFEST).write_text(text)
    return manifest


def calibration() -> TailCalibration:
    """Every ninth score is kept: a long manifest takes long to read."""
    scores = np.sort(np.random.default_rng(4).normal(-3, 1, WINDOWS))[::-9]
    above = list(range(0, WINDOWS, 9))
    return TailCalibration(windows=WINDOWS, scores=scores.tolist(), above=above)


def ranges() -> list[FeatureRange]:
    return _ranges(FEATURES, restore)


def pair_manifest() -> PairManifest:
    return PairManifest(**_said(PAIR_LIFE))


def hour_manifest() -> LifeManifest:
    return LifeManifest(**_said(HOUR_LIFE), kinds=list(HOUR_KINDS))


def _said(life: Life) -> dict[str, Any]:
    return {
        "steps": _ranges(life.steps, lambda row: plain(row, life.steps)),
        "length": life.length,
        "context": _ranges(life.context, lambda row: plain(row, life.context)),
        "calibration": {name: calibration() for name in life.groups},
    }


def _ranges(
    features: Mapping[str, Feature], back: Callable[[NDArray[np.float32]], NDArray[np.float32]]
) -> list[FeatureRange]:
    benign = np.random.default_rng(4).uniform(0, 5, (500, len(features))).astype(np.float32)
    percentiles = np.percentile(benign, (5, 50, 95), axis=0).astype(np.float32)
    low, median, high = (back(row) for row in percentiles)
    return [
        FeatureRange(
            name=name,
            unit=feature.unit,
            mean=float(benign[:, at].mean()),
            deviation=float(benign[:, at].std()),
            low=float(low[at]),
            median=float(median[at]),
            high=float(high[at]),
        )
        for at, (name, feature) in enumerate(features.items())
    ]


def onnx_model(
    *,
    length: int = LENGTH,
    features: int = len(FEATURES),
    kinds: int = len(KINDS),
    instead: dict[str, list[NodeProto]] | None = None,
) -> bytes:
    """Linear in the mean of the unmasked windows and in the newest one.

    `instead` are other nodes for an output; they may read `vectors`, `mask`, `known` (n, features)
    and the constants.
    """
    nodes = {
        "known": [
            helper.make_node("Unsqueeze", ["mask", "last"], ["column"]),
            helper.make_node("Mul", ["vectors", "column"], ["unmasked"]),
            helper.make_node("ReduceMean", ["unmasked"], ["mean"], axes=[1], keepdims=0),
            helper.make_node("Gather", ["unmasked", "newest"], ["now"], axis=1),
            helper.make_node("Add", ["mean", "now"], ["known"]),
        ],
        "score": [
            helper.make_node("MatMul", ["known", "to_score"], ["scores"]),
            helper.make_node("Reshape", ["scores", "last"], ["score"]),
        ],
        "kinds": [
            helper.make_node("MatMul", ["known", "to_kinds"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["kinds"], axis=-1),
        ],
        "surprise": [helper.make_node("ReduceMean", ["known"], ["surprise"], axes=[1], keepdims=0)],
    } | (instead or {})
    inputs = {"vectors": ["windows", length, features], "mask": ["windows", length]}
    return _onnx(_graph(nodes, inputs, features, kinds))


def pair_onnx_model(
    *,
    length: int = PAIR_LIFE.length,
    calls: int = len(PAIR_LIFE.steps),
    context: int = len(PAIR_LIFE.context),
    kinds: int = len(KINDS),
    instead: dict[str, list[NodeProto]] | None = None,
) -> bytes:
    """As `life_onnx_model`, of connections."""
    return life_onnx_model("calls", (length, calls, context, kinds), instead)


def hour_onnx_model() -> bytes:
    """As `life_onnx_model`, of hours."""
    sizes = (HOUR_LIFE.length, len(HOUR_LIFE.steps), len(HOUR_LIFE.context), len(HOUR_KINDS))
    return life_onnx_model("steps", sizes)


def life_onnx_model(
    called: str,
    sizes: tuple[int, int, int, int],
    instead: dict[str, list[NodeProto]] | None = None,
) -> bytes:
    """Linear in the mean of the steps that are there and in what is known beside.

    `sizes` are of steps, of their columns, of columns beside, of kinds. `instead` are other nodes
    for an output; they may read the inputs, `known` (n, columns of both) and the constants.
    """
    length, columns, context, kinds = sizes
    nodes = {
        "known": [
            helper.make_node("Unsqueeze", ["there", "last"], ["column"]),
            helper.make_node("Mul", [called, "column"], ["unmasked"]),
            helper.make_node("ReduceMean", ["unmasked"], ["mean"], axes=[1], keepdims=0),
            helper.make_node("Concat", ["mean", "context"], ["known"], axis=1),
        ],
        "score": [
            helper.make_node("MatMul", ["known", "to_score"], ["scores"]),
            helper.make_node("Reshape", ["scores", "last"], ["score"]),
        ],
        "kinds": [
            helper.make_node("MatMul", ["known", "to_kinds"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["kinds"], axis=-1),
        ],
    } | (instead or {})
    inputs = {
        called: ["lives", length, columns],
        "there": ["lives", length],
        "context": ["lives", context],
    }
    return _onnx(_graph(nodes, inputs, columns + context, kinds))


def _onnx(graph: GraphProto) -> bytes:
    opset = [helper.make_opsetid("", 17)]
    data: bytes = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    return data


def _graph(
    nodes: dict[str, list[NodeProto]],
    inputs: dict[str, list[str | int]],
    features: int,
    kinds: int,
) -> GraphProto:
    """Of the nodes of each output, after those that make `known`, (n, features)."""
    rng = np.random.default_rng(4)
    constants: dict[str, NDArray[np.generic]] = {
        "last": np.array([-1]),
        "newest": np.array(-1),
        "to_score": rng.normal(0, 0.1, (features, 1)).astype(np.float32),
        "to_kinds": rng.normal(0, 0.1, (features, kinds)).astype(np.float32),
        "one": np.ones((1, 1), np.float32),
    }
    value = helper.make_tensor_value_info
    outputs = [name for name in nodes if name != "known"]
    return helper.make_graph(
        [node for part in nodes.values() for node in part],
        "small",
        [value(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [value(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )

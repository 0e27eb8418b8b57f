"""A small model directory with random weights, made without the laboratory."""

from hashlib import blake2b, sha256
from pathlib import Path

import msgspec
import numpy as np
import yaml
from numpy.typing import NDArray
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from netheed.core.vector import FEATURES, restore
from netheed.model import manifest as manifests
from netheed.model.manifest import GROUPS, FeatureRange, Manifest, TailCalibration

KINDS = ("benign", "scan", "brute_force", "dns_tunnel", "beacon", "exfiltration", "flood")
LENGTH = 12
WINDOWS = 900
"""Benign windows that the calibration of each host group knows."""


def write_model(directory: Path, model: bytes | None = None) -> Manifest:
    """Everything that a valid directory needs, around the given ONNX file or a small one."""
    directory.mkdir(parents=True, exist_ok=True)
    model = onnx_model() if model is None else model
    files = {manifests.MODEL: model, manifests.CARD: b"# small\n"}
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
    benign = np.random.default_rng(4).uniform(0, 5, (500, len(FEATURES))).astype(np.float32)
    percentiles = np.percentile(benign, (5, 50, 95), axis=0).astype(np.float32)
    low, median, high = (restore(row) for row in percentiles)
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
        for at, (name, feature) in enumerate(FEATURES.items())
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
    graph = _graph([node for part in nodes.values() for node in part], length, features, kinds)
    opset = [helper.make_opsetid("", 17)]
    data: bytes = helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    return data


def _graph(nodes: list[NodeProto], length: int, features: int, kinds: int) -> GraphProto:
    rng = np.random.default_rng(4)
    constants: dict[str, NDArray[np.generic]] = {
        "last": np.array([-1]),
        "newest": np.array(-1),
        "to_score": rng.normal(0, 0.1, (features, 1)).astype(np.float32),
        "to_kinds": rng.normal(0, 0.1, (features, kinds)).astype(np.float32),
        "one": np.ones((1, 1), np.float32),
    }
    value = helper.make_tensor_value_info
    return helper.make_graph(
        nodes,
        "small",
        [
            value("vectors", TensorProto.FLOAT, ["windows", length, features]),
            value("mask", TensorProto.FLOAT, ["windows", length]),
        ],
        [value(name, TensorProto.FLOAT, None) for name in ("score", "kinds", "surprise")],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )

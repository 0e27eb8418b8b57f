"""Sequences -> scores: the ONNX model, verified before it runs, and what a score is worth."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from netheed.core.ranges import Ranges
from netheed.core.vector import transform
from netheed.errors import ModelError
from netheed.model import manifest as manifests
from netheed.model.calibration import Calibration
from netheed.model.manifest import Manifest
from netheed.model.onnx_file import operators
from netheed.ports import RawScores

OPERATORS: Final = frozenset(
    [
        "Abs",
        "Add",
        "Clip",
        "Concat",
        "Constant",
        "ConstantOfShape",
        "Div",
        "Equal",
        "Exp",
        "Expand",
        "Gather",
        "Identity",
        "LayerNormalization",
        "MatMul",
        "Gemm",
        "Mod",
        "Mul",
        "Neg",
        "Pow",
        "ReduceLogSumExp",
        "ReduceMean",
        "Relu",
        "Reshape",
        "Shape",
        "Slice",
        "Softmax",
        "TopK",
        "Less",
        "Sub",
        "Transpose",
        "Unsqueeze",
        "Where",
        "Split",
        "Cast",
        "Log",
        "Max",
        "Min",
        "Sqrt",
        "Tanh",
        "Sigmoid",
    ]
)
"""What our exporter writes; a model that asks for more is not one of ours."""

_REFUSALS: Final = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
"""They share no base below Exception."""


@dataclass(slots=True)
class Scorer:
    """A verified model; it remembers nothing. Raises ModelError when it cannot be used."""

    directory: Path
    manifest: Manifest = field(init=False)
    usual: Ranges = field(init=False)
    """Over the model's benign windows."""
    kinds: tuple[str, ...] = field(init=False)
    _calibration: Calibration = field(init=False)
    _session: ort.InferenceSession = field(init=False)

    def __post_init__(self) -> None:
        self.manifest, model = manifests.read(self.directory)
        beyond = operators(model) - OPERATORS
        if beyond:
            raise ModelError(f"{self.directory}: asks for operators {', '.join(sorted(beyond))}")
        self._session = _session(self.directory, model)
        self.kinds = tuple(self.manifest.kinds)
        self.usual = _usual(self.manifest)
        self._calibration = Calibration.of(self.manifest.calibration)

    def score(self, sequences: NDArray[np.float32], mask: NDArray[np.bool_]) -> RawScores:
        """See pipeline.Model."""
        names = ("score", "kinds", "surprise")
        given = {"vectors": sequences, "mask": mask.astype(np.float32)}
        return RawScores(*self._session.run(names, given))

    def p_values(
        self, score: NDArray[np.float32], values: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """See pipeline.Model; each window by the calibration of its host group."""
        return self._calibration.p_values(score, values)


def _usual(manifest: Manifest) -> Ranges:
    """The manifest's ranges, transformed."""
    units = ((feature.low, feature.median, feature.high) for feature in manifest.features)
    low, median, high = transform(np.array(list(units), dtype=np.float32).T)
    return Ranges(low, median, high)


def _session(directory: Path, model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except _REFUSALS as error:
        raise ModelError(f"{directory}: onnxruntime refuses the model: {error}") from None

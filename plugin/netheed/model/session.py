"""A verified ONNX file in onnxruntime: of our operators, our shapes, and bounded in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from netheed.errors import ModelError
from netheed.model.life import Life
from netheed.model.manifest import Manifest
from netheed.model.onnx_file import operators
from netheed.ports import BATCH, RawLooks, RawScores

MOST_MEMORY: Final = 512 * 2**20
"""Bytes that all models of the process may hold together; the shipped one works in ten million."""

OPERATORS: Final = frozenset(
    [
        "Abs",
        "Add",
        "Cast",
        "Clip",
        "Concat",
        "Constant",
        "ConstantOfShape",
        "Div",
        "Equal",
        "Exp",
        "Expand",
        "Gather",
        "Gemm",
        "Identity",
        "LayerNormalization",
        "Less",
        "Log",
        "MatMul",
        "Max",
        "Min",
        "Mod",
        "Mul",
        "Neg",
        "Pow",
        "ReduceLogSumExp",
        "ReduceMean",
        "ReduceSum",
        "Relu",
        "Reshape",
        "Shape",
        "Sigmoid",
        "Slice",
        "Softmax",
        "Split",
        "Sqrt",
        "Sub",
        "Tanh",
        "TopK",
        "Transpose",
        "Unsqueeze",
        "Where",
    ]
)
"""What our exporter writes; a model that asks for more is not one of ours."""

OUTPUTS: Final = ("score", "kinds", "surprise")
LIFE_OUTPUTS: Final = ("score", "kinds")
_FATAL: Final = 4
"""Below, onnxruntime prints names out of the model to standard error."""

_REFUSALS: Final = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
"""They share no base below Exception."""


@dataclass(frozen=True, slots=True)
class Session:
    """A model that has answered once in the shapes of its manifest."""

    onnx: ort.InferenceSession

    @classmethod
    def of(cls, model: bytes, manifest: Manifest, *, width: int) -> "Session":
        """Of a model that reads vectors of `width` features. Raises ModelError."""
        length = manifest.sequence_length
        session = cls(_checked(model, {"vectors": [length, width], "mask": [length]}, OUTPUTS))
        for windows in (1, BATCH):
            session._try(windows, length, width, len(manifest.kinds))
        return session

    def run(self, sequences: NDArray[np.float32], mask: NDArray[np.float32]) -> RawScores:
        """What the model says of BATCH sequences or fewer; NaN where that is no finite score."""
        score, kinds, surprise = self._given(sequences, mask)
        return RawScores(*_known(score, kinds), surprise)

    def _given(
        self, sequences: NDArray[np.float32], mask: NDArray[np.float32]
    ) -> list[NDArray[np.float32]]:
        return _run(self.onnx, OUTPUTS, {"vectors": sequences, "mask": mask})

    def _try(self, windows: int, length: int, width: int, kinds: int) -> None:
        zeros = np.zeros((windows, length, width), dtype=np.float32)
        given = self._given(zeros, np.ones((windows, length), dtype=np.float32))
        shapes = ((windows,), (windows, kinds), (windows,))
        for name, array, shape in zip(OUTPUTS, given, shapes, strict=True):
            _check(name, array, shape)


@dataclass(frozen=True, slots=True)
class LifeSession:
    """A model of lives that has answered once in the shapes of its manifest."""

    onnx: ort.InferenceSession
    called: str
    """What the steps are called."""

    @classmethod
    def of(cls, model: bytes, life: Life, kinds: int) -> "LifeSession":
        """Of a model of such lives that tells so many kinds apart. Raises ModelError."""
        shapes = {
            life.called: [life.length, len(life.steps)],
            "there": [life.length],
            "context": [len(life.context)],
        }
        session = cls(_checked(model, shapes, LIFE_OUTPUTS), life.called)
        for lives in (1, BATCH):
            zeros = (np.zeros((lives, *shape), dtype=np.float32) for shape in shapes.values())
            given = session._given(*zeros)
            for name, array, shape in zip(
                LIFE_OUTPUTS, given, ((lives,), (lives, kinds)), strict=True
            ):
                _check(name, array, shape)
        return session

    def run(
        self,
        steps: NDArray[np.float32],
        there: NDArray[np.float32],
        context: NDArray[np.float32],
    ) -> RawLooks:
        """What the model says of BATCH lives or fewer; NaN where that is no finite score."""
        return RawLooks(*_known(*self._given(steps, there, context)))

    def _given(
        self,
        steps: NDArray[np.float32],
        there: NDArray[np.float32],
        context: NDArray[np.float32],
    ) -> list[NDArray[np.float32]]:
        inputs = {self.called: steps, "there": there, "context": context}
        return _run(self.onnx, LIFE_OUTPUTS, inputs)


def _checked(
    model: bytes, inputs: Mapping[str, list[int]], outputs: tuple[str, ...]
) -> ort.InferenceSession:
    """By what is declared; the first dimension is the number of entries and left open."""
    beyond = operators(model) - OPERATORS
    if beyond:
        raise ModelError(f"asks for operators {', '.join(sorted(beyond))}")
    session = _opened(model)
    declared = {put.name: put for put in session.get_inputs()}
    if set(declared) != set(inputs):
        raise ModelError(f"reads {', '.join(sorted(declared))}, not {' and '.join(inputs)}")
    for name, shape in inputs.items():
        entries, *rest = declared[name].shape or [0]
        if isinstance(entries, int) or rest != shape or declared[name].type != "tensor(float)":
            raise ModelError(f"{name} is {declared[name].shape}, the manifest says {shape}")
    missing = set(outputs) - {put.name for put in session.get_outputs()}
    if missing:
        raise ModelError(f"does not give {', '.join(sorted(missing))}")
    return session


def _run(
    session: ort.InferenceSession,
    outputs: tuple[str, ...],
    inputs: Mapping[str, NDArray[np.float32]],
) -> list[NDArray[np.float32]]:
    try:
        given: list[NDArray[np.float32]] = session.run(outputs, inputs)
    except _REFUSALS as error:
        raise ModelError(f"onnxruntime cannot run the model: {error}") from None
    return given


def _known(
    score: NDArray[np.float32], kinds: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scores and kinds as they are, but NaN and zeros for an entry of which one is not finite.

    A model that is well in the trial may still overflow at numbers that a hostile record brings;
    one such host must neither look odd nor end the run.
    """
    finite = np.isfinite(score) & np.isfinite(kinds).all(axis=1)
    if finite.all():
        return score, kinds
    return (
        np.where(finite, score, np.float32(np.nan)),
        np.where(finite[:, None], kinds, np.float32(0.0)),
    )


def _check(name: str, array: NDArray[np.float32], shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype != np.float32:
        raise ModelError(f"gives {name} as {array.shape} where {shape} is expected")
    if not np.isfinite(array).all():
        raise ModelError(f"gives a {name} that is not finite")


def _opened(model: bytes) -> ort.InferenceSession:
    _bound_memory()
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.use_env_allocators", "1")
    try:
        return ort.InferenceSession(
            model,
            options,
            providers=["CPUExecutionProvider"],
            # It computes constants in memory of its own, which nothing bounds.
            disabled_optimizers=["ConstantFolding"],
        )
    except _REFUSALS as error:
        raise ModelError(f"onnxruntime refuses the model: {error}") from None


@cache
def _bound_memory() -> None:
    """Once a process: what a model asks for beyond MOST_MEMORY is an error, not an allocation."""
    memory = ort.OrtMemoryInfo(
        "Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
    )
    arena = ort.OrtArenaCfg({"max_mem": MOST_MEMORY, "arena_extend_strategy": 1})
    ort.create_and_register_allocator(memory, arena)

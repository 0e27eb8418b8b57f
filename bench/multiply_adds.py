"""How much a model has to compute at least: the multiply-adds of its matrix products."""

import math

import numpy as np
import onnx
import onnxruntime as ort

PRODUCTS = frozenset(("MatMul", "Gemm"))


def multiply_adds(model: bytes, inputs: dict[str, np.ndarray]) -> int:
    """Of all matrix products, by the shapes that their operands have in a run with `inputs`.

    Shapes are measured and not inferred: ONNX's inference leaves those behind a Reshape open.
    Raises ValueError for a model without any.
    """
    graph = onnx.load_from_string(model)
    products = [node for node in graph.graph.node if node.op_type in PRODUCTS]
    if not products:
        raise ValueError("no matrix product in the model")
    operands = list(dict.fromkeys(name for node in products for name in node.input[:2]))
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.graph.initializer}
    asked = [name for name in operands if name not in shapes and name not in inputs]
    shapes |= {name: array.shape for name, array in inputs.items()}
    shapes |= _shapes(graph, asked, inputs)
    return sum(_of(node, *(shapes[name] for name in node.input[:2])) for node in products)


def _shapes(
    graph: onnx.ModelProto, asked: list[str], inputs: dict[str, np.ndarray]
) -> dict[str, tuple[int, ...]]:
    """Of tensors inside the graph, which become outputs of it."""
    if not asked:
        return {}
    known = {output.name for output in graph.graph.output}
    graph.graph.output.extend(onnx.ValueInfoProto(name=n) for n in asked if n not in known)
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given = session.run(asked, inputs)
    return {name: array.shape for name, array in zip(asked, given, strict=True)}


def _of(node: onnx.NodeProto, left: tuple[int, ...], right: tuple[int, ...]) -> int:
    flags = {attribute.name: attribute.i for attribute in node.attribute}
    left = left[::-1] if flags.get("transA") else left
    right = right[::-1] if flags.get("transB") else right
    batch = np.broadcast_shapes(left[:-2], right[:-2])
    return math.prod(batch) * left[-2] * left[-1] * right[-1]

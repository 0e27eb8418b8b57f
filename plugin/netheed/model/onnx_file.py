"""What an ONNX file asks of the runtime, read before the runtime sees it.

An ONNX file is a protocol buffer (onnx.proto3, ModelProto). Only the few fields that decide about
safety are walked here: operators, sub-graphs, local functions, data outside the file. See
CVE-2022-25882 and its successors for why the file is not trusted.
"""

from collections.abc import Iterator
from typing import Final

from netheed.errors import ModelError

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5

MODEL_GRAPH: Final = 7
MODEL_FUNCTIONS: Final = 25
GRAPH_NODE: Final = 1
GRAPH_INITIALIZER: Final = 5
GRAPH_SPARSE: Final = 15
NODE_OPERATOR: Final = 4
NODE_ATTRIBUTE: Final = 5
NODE_DOMAIN: Final = 7
ATTRIBUTE_TENSOR: Final = 5
ATTRIBUTE_FORBIDDEN: Final = {6: "graph", 11: "graphs", 22: "sparse_tensor", 23: "sparse_tensors"}
TENSOR_EXTERNAL: Final = (13, 14)


def operators(model: bytes) -> set[str]:
    """The operators of a model's graph.

    Raises ModelError when the bytes are no model, or ask for anything but plain operators on
    tensors that stand in the file: sub-graphs, local functions, sparse or external data.
    """
    try:
        return set(_model_operators(memoryview(model)))
    except (IndexError, UnicodeDecodeError) as error:
        raise ModelError(f"not an ONNX file: {error}") from None


def _model_operators(model: memoryview) -> Iterator[str]:
    for number, body in _fields(model):
        if number == MODEL_FUNCTIONS:
            raise ModelError("the ONNX file defines functions of its own")
        if number == MODEL_GRAPH:
            yield from _graph_operators(body)


def _graph_operators(graph: memoryview) -> Iterator[str]:
    for number, body in _fields(graph):
        if number == GRAPH_SPARSE:
            raise ModelError("the ONNX file holds sparse tensors")
        if number == GRAPH_INITIALIZER:
            _check_tensor(body)
        if number == GRAPH_NODE:
            yield _node_operator(body)


def _node_operator(node: memoryview) -> str:
    name = domain = ""
    for number, body in _fields(node):
        if number == NODE_OPERATOR:
            name = bytes(body).decode()
        elif number == NODE_DOMAIN:
            domain = bytes(body).decode()
        elif number == NODE_ATTRIBUTE:
            _check_attribute(body)
    return f"{domain}.{name}" if domain not in ("", "ai.onnx") else name


def _check_attribute(attribute: memoryview) -> None:
    for number, body in _fields(attribute):
        if number in ATTRIBUTE_FORBIDDEN:
            raise ModelError(f"the ONNX file has a node with a {ATTRIBUTE_FORBIDDEN[number]}")
        if number == ATTRIBUTE_TENSOR:
            _check_tensor(body)


def _check_tensor(tensor: memoryview) -> None:
    if any(number in TENSOR_EXTERNAL for number, _ in _fields(tensor)):
        raise ModelError("the ONNX file keeps data outside itself")


def _fields(message: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Field number and body of each field; the body of a number is empty."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        end = at
        if kind == _VARINT:
            _, end = _varint(message, at)
            at = end
        elif kind == _LENGTH:
            size, at = _varint(message, at)
            end = at + size
        elif kind in (_FIXED32, _FIXED64):
            at = end = at + (4 if kind == _FIXED32 else 8)
        else:
            raise ModelError("not an ONNX file: unknown wire type")
        if end > len(message):
            raise ModelError("not an ONNX file: a field runs past the end")
        yield tag >> 3, message[at:end]
        at = end


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ModelError("not an ONNX file: a number without end")

"""What an ONNX file asks of the runtime, read before the runtime sees it.

An ONNX file is a protocol buffer (onnx.proto3, ModelProto). Only the fields that plain models have
are let through; whatever else there is, or will be, could carry graphs or name files. See
CVE-2022-25882 and its successors for why the file is not trusted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from netheed.errors import ModelError

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Message:
    """The fields of one kind of message that may stand in a file, by number."""

    name: str
    bodies: frozenset[int]
    """Texts and messages. With another wire type the runtime would skip them; we never."""
    numbers: frozenset[int]
    refused: dict[int, str] = field(default_factory=dict)
    """Known and not wanted, with the words for it; all others are refused by their number."""


MODEL: Final = Message(
    "ModelProto",
    bodies=frozenset((2, 3, 4, 6, 7, 8, 14)),
    numbers=frozenset((1, 5)),
    refused={20: "training of its own", 25: "functions of its own"},
)
GRAPH: Final = Message(
    "GraphProto",
    bodies=frozenset((1, 2, 5, 10, 11, 12, 13, 16)),
    numbers=frozenset(),
    refused={15: "sparse tensors"},
)
NODE: Final = Message("NodeProto", bodies=frozenset((1, 2, 3, 4, 5, 6, 7, 9)), numbers=frozenset())
ATTRIBUTE: Final = Message(
    "AttributeProto",
    bodies=frozenset((1, 4, 5, 9, 10, 13)),
    numbers=frozenset((2, 3, 7, 8, 20)),
    refused={
        6: "a node with a graph",
        11: "a node with graphs",
        14: "a node with a type",
        15: "a node with types",
        22: "a node with a sparse tensor",
        23: "a node with sparse tensors",
    },
)
TENSOR: Final = Message(
    "TensorProto",
    bodies=frozenset((6, 8, 9, 12, 16)),
    numbers=frozenset((1, 2, 4, 5, 7, 10, 11)),
    refused={13: "data outside itself", 14: "data outside itself"},
)

MODEL_GRAPH: Final = 7
GRAPH_NODE: Final = 1
GRAPH_INITIALIZER: Final = 5
NODE_OPERATOR: Final = 4
NODE_ATTRIBUTE: Final = 5
NODE_DOMAIN: Final = 7
ATTRIBUTE_TENSORS: Final = (5, 10)


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
    for number, body in _let_through(model, MODEL):
        if number == MODEL_GRAPH:
            yield from _graph_operators(body)


def _graph_operators(graph: memoryview) -> Iterator[str]:
    for number, body in _let_through(graph, GRAPH):
        if number == GRAPH_INITIALIZER:
            _check_tensor(body)
        if number == GRAPH_NODE:
            yield _node_operator(body)


def _node_operator(node: memoryview) -> str:
    name = domain = ""
    for number, body in _let_through(node, NODE):
        if number == NODE_OPERATOR:
            name = bytes(body).decode()
        elif number == NODE_DOMAIN:
            domain = bytes(body).decode()
        elif number == NODE_ATTRIBUTE:
            _check_attribute(body)
    return f"{domain}.{name}" if domain not in ("", "ai.onnx") else name


def _check_attribute(attribute: memoryview) -> None:
    for number, body in _let_through(attribute, ATTRIBUTE):
        if number in ATTRIBUTE_TENSORS:
            _check_tensor(body)


def _check_tensor(tensor: memoryview) -> None:
    for _ in _let_through(tensor, TENSOR):
        pass


def _let_through(message: memoryview, kind: Message) -> Iterator[tuple[int, memoryview]]:
    """Field number and body of each field. Raises ModelError at the first that may not be."""
    for number, wire, body in _fields(message):
        if number in kind.refused:
            raise ModelError(f"the ONNX file has {kind.refused[number]}")
        if number not in kind.bodies | kind.numbers:
            raise ModelError(f"the ONNX file has an unknown field {number} in a {kind.name}")
        if number in kind.bodies and wire != _LENGTH:
            raise ModelError(f"not an ONNX file: field {number} of a {kind.name} is a number")
        yield number, body


def _fields(message: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Number, wire type and body of each field; the body of a varint is empty."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        wire = tag & 7
        end = at
        if wire == _VARINT:
            _, end = _varint(message, at)
            at = end
        elif wire == _LENGTH:
            size, at = _varint(message, at)
            end = at + size
        elif wire in (_FIXED32, _FIXED64):
            end = at + (4 if wire == _FIXED32 else 8)
        else:
            raise ModelError("not an ONNX file: unknown wire type")
        if end > len(message):
            raise ModelError("not an ONNX file: a field runs past the end")
        yield tag >> 3, wire, message[at:end]
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

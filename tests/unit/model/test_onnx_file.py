"""The walk over an ONNX file before the runtime sees it."""

import contextlib

import onnx
import pytest
from google.protobuf.descriptor import FieldDescriptor
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from netheed.errors import ModelError
from netheed.model import onnx_file
from netheed.model.onnx_file import Message, operators


def model(*, external: bool = False, function: bool = False, loop: bool = False) -> bytes:
    weight = helper.make_tensor("w", TensorProto.FLOAT, [2], [1.0, 2.0])
    if external:
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value="../../etc/passwd")
    value = helper.make_tensor_value_info
    inner = helper.make_graph([], "inner", [], [])
    nodes = [helper.make_node("Add", ["x", "w"], ["y"])]
    if loop:
        nodes.append(helper.make_node("Loop", ["", "", "x"], ["z"], body=inner))
    graph = helper.make_graph(
        nodes,
        "g",
        [value("x", TensorProto.FLOAT, [2])],
        [value("y", TensorProto.FLOAT, [2])],
        [weight],
    )
    made = helper.make_model(graph)
    if function:
        made.functions.append(
            helper.make_function("own", "F", ["a"], ["b"], [], [helper.make_opsetid("", 17)])
        )
    return made.SerializeToString()


def test_the_operators_are_those_that_onnx_itself_reads() -> None:
    data = model()

    assert operators(data) == {node.op_type for node in onnx.load_from_string(data).graph.node}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"external": True}, "outside itself"),
        ({"function": True}, "functions of its own"),
        ({"loop": True}, "a node with a graph"),
    ],
)
def test_what_reaches_beyond_plain_operators_is_refused(bad: dict[str, bool], reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        operators(model(**bad))


def test_an_operator_of_another_domain_is_named_with_it() -> None:
    node = helper.make_node("Evil", ["x"], ["y"], domain="com.example")
    graph = helper.make_graph([node], "g", [], [])

    assert operators(helper.make_model(graph).SerializeToString()) == {"com.example.Evil"}


def with_attribute(**given: object) -> bytes:
    made = onnx.load_from_string(model())
    made.graph.node[0].attribute.append(onnx.AttributeProto(name="a", **given))
    return made.SerializeToString()


BODIES = (FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES, FieldDescriptor.TYPE_MESSAGE)
EXTERNAL = TensorProto(data_location=TensorProto.EXTERNAL)
SPARSE = onnx.SparseTensorProto(dims=[1])


@pytest.mark.parametrize(
    ("attribute", "reason"),
    [
        ({"t": EXTERNAL}, "outside itself"),
        ({"tensors": [TensorProto(), EXTERNAL]}, "outside itself"),
        ({"g": onnx.GraphProto()}, "a node with a graph"),
        ({"graphs": [onnx.GraphProto()]}, "a node with graphs"),
        ({"tp": onnx.TypeProto()}, "a node with a type"),
        ({"type_protos": [onnx.TypeProto()]}, "a node with types"),
        ({"sparse_tensor": SPARSE}, "a node with a sparse tensor"),
        ({"sparse_tensors": [SPARSE]}, "a node with sparse tensors"),
        ({"ref_attr_name": "b"}, "an unknown field 21 in a AttributeProto"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_attribute_with_more_than_plain_values_is_refused(
    attribute: dict[str, object], reason: str
) -> None:
    with pytest.raises(ModelError, match=reason):
        operators(with_attribute(**attribute))


def test_training_and_sparse_initializers_are_refused() -> None:
    training, sparse = onnx.load_from_string(model()), onnx.load_from_string(model())
    training.training_info.add()
    sparse.graph.sparse_initializer.append(SPARSE)

    with pytest.raises(ModelError, match="training of its own"):
        operators(training.SerializeToString())
    with pytest.raises(ModelError, match="sparse tensors"):
        operators(sparse.SerializeToString())


@pytest.mark.parametrize("number", [15, 19, 21, 26, 100, 2**29 - 1])
def test_a_field_that_nobody_knows_is_refused(number: int) -> None:
    tag, name = number << 3 | 2, bytearray()
    while tag > 0x7F:
        name.append(tag & 0x7F | 0x80)
        tag >>= 7

    with pytest.raises(ModelError, match=f"unknown field {number} in a ModelProto"):
        operators(model() + bytes([*name, tag, 0]))


def test_a_name_written_as_a_number_does_not_hide_the_operator() -> None:
    evil = onnx.NodeProto(op_type="Evil").SerializeToString() + bytes([4 << 3 | 5]) + b"Relu"
    graph = bytes([1 << 3 | 2, len(evil)]) + evil
    data = bytes([7 << 3 | 2, len(graph)]) + graph
    assert onnx.load_from_string(data).graph.node[0].op_type == "Evil"

    with pytest.raises(ModelError, match="field 4 of a NodeProto is a number"):
        operators(data)


@pytest.mark.parametrize(
    "message",
    [onnx_file.MODEL, onnx_file.GRAPH, onnx_file.NODE, onnx_file.ATTRIBUTE, onnx_file.TENSOR],
    ids=lambda message: message.name,
)
def test_the_field_numbers_are_those_of_onnx(message: Message) -> None:
    fields = getattr(onnx, message.name).DESCRIPTOR.fields_by_number
    kinds = {number: field.type for number, field in fields.items()}
    bodies = {n for n, kind in kinds.items() if kind in BODIES}

    assert message.bodies <= bodies
    assert not message.numbers & bodies
    assert message.numbers | set(message.refused) <= set(kinds)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ModelError):
        operators(data)


@given(st.integers(0, 150), st.integers(0, 255))
def test_a_damaged_model_is_read_or_refused(at: int, byte: int) -> None:
    data = bytearray(model())
    data[at % len(data)] = byte
    with contextlib.suppress(ModelError):
        operators(bytes(data))

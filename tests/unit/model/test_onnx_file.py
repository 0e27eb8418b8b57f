"""The walk over an ONNX file before the runtime sees it."""

import contextlib

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from netheed.errors import ModelError
from netheed.model.onnx_file import operators


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

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from bench.multiply_adds import multiply_adds


def model(nodes, given, *constants):
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in given]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    initializers = [numpy_helper.from_array(array, name) for name, array in constants]
    graph = helper.make_graph(nodes, "small", inputs, [output], initializers)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def ones(*shape):
    return np.ones(shape, dtype=np.float32)


def test_a_product_counts_rows_times_inner_times_columns():
    small = model([helper.make_node("MatMul", ["x", "w"], ["y"])], ["x"], ("w", ones(4, 5)))

    assert multiply_adds(small, {"x": ones(3, 4)}) == 3 * 4 * 5


def test_operands_inside_the_graph_are_measured_and_a_batch_is_counted():
    nodes = [
        helper.make_node("Relu", ["x"], ["r"]),
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["r", "t"], ["y"]),
    ]

    assert multiply_adds(model(nodes, ["x"]), {"x": ones(7, 3, 4)}) == 7 * 3 * 4 * 3


def test_a_transposed_operand_is_turned_first():
    node = helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)

    assert multiply_adds(model([node], ["x"], ("w", ones(5, 4))), {"x": ones(3, 4)}) == 3 * 4 * 5


def test_a_model_without_products_is_told():
    small = model([helper.make_node("Relu", ["x"], ["y"])], ["x"])

    with pytest.raises(ValueError, match="no matrix product"):
        multiply_adds(small, {"x": ones(3, 4)})

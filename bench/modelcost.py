"""`python -m bench.modelcost fit|judge|report`: what a cheaper model costs in verdicts.

Every size of `attention.CHEAPER` learns with one network held out, from the same windows by the
same recipe and seed, and is judged on that network as it would serve: exported, by onnxruntime.
Weights, results and the report are three steps, so that one can be done again without the others.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, load_from_string, numpy_helper, shape_inference
from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions
from onnxruntime.quantization import QuantType, quantize_dynamic

from bench import costreport, firststage
from netheed.ports import BATCH
from netheed.training.attention import CHEAPER, trained
from netheed.training.comparison.evaluate import prepare
from netheed.training.corpus import Corpus
from netheed.training.datasets import BENIGN, KINDS
from netheed.training.examples import Examples
from netheed.training.export import OPSET, graph_of, onnx_bytes
from netheed.training.fit import gather
from netheed.training.measures import (
    Tested,
    average_precision,
    mean_average_precision,
    threshold_at,
)
from netheed.training.model import Exported
from netheed.training.splits import NETWORKS, kind_of, split_of, tested_of
from netheed.training.weights import packed, unpacked

RATE = 1e-3
"""False alarms, of the benign windows of the held-out network."""
SHIPPED = Path("models/default/model.onnx")
PLAIN = next(iter(CHEAPER))
FIRST_RECIPE = {
    "epochs": 18,
    "steps": 0,
    "batch": 64,
    "rate": 2e-3,
    "rebuild": 0.0,
    "noise": 0.1,
    "drop_features": 0.1,
    "surprise_tail": 2.0,
    "rebuilding_tail": 0.0,
    "published": 0.0,
}
"""By which the shipped weights were learned."""
SIZES = CHEAPER | {
    f"{size}{costreport.FIRST_RECIPE}": {**CHEAPER[size], **FIRST_RECIPE}
    for size in (PLAIN, "one layer of 48")
}
INT8 = f"{PLAIN}, int8"
UNSERVED = f"{PLAIN}, as it is trained"
PRODUCTS = ("Gemm", "MatMul", "MatMulInteger")
PEAK = 1024
"""Rows and columns of a product that shows what the processor can do."""
ROUNDS = 9
TIMED = 1024
"""Windows in a round."""


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One size, learned without one network."""

    network: str
    size: str
    seed: int

    @property
    def key(self) -> str:
        """A file name."""
        return f"{self.network}-{self.size.replace(' ', '_')}-{self.seed}"


def main() -> None:
    """Fit what is missing, judge it, or write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["fit", "judge", "report"])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--folder", type=Path, default=Path(".cache/cost"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--output", type=Path, default=Path("docs/model-cost.md"))
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = arguments.folder
    if arguments.step == "report":
        arguments.output.write_text(costreport.text(folder))
    elif arguments.step == "fit":
        fit(prepare(arguments.data, folder), folder, arguments.seeds)
    else:
        judge(prepare(arguments.data, folder), folder, arguments.seeds)


def cells(seeds: int) -> Iterator[Cell]:
    """All that is learned; the networks' windows change least often."""
    for seed, network, size in product(range(seeds), NETWORKS, SIZES):
        yield Cell(network=network, size=size, seed=seed)


def fit(corpus: Corpus, folder: Path, seeds: int) -> None:
    """Weights of every size, with each network held out in turn; those that are there stay."""
    (folder / "weights").mkdir(exist_ok=True)
    for seed, network in product(range(seeds), NETWORKS):
        mine = [c for c in cells(seeds) if (c.seed, c.network) == (seed, network)]
        missing = [cell for cell in mine if not _weights(folder, cell).exists()]
        if not missing:
            continue
        train = split_of(corpus, "2", network, seed).train
        for cell in missing:
            begun = perf_counter()
            model = trained(train, SIZES[cell.size], seed)
            _weights(folder, cell).write_bytes(packed(model))
            print(f"{cell.key}: {perf_counter() - begun:.0f} s", flush=True)


def judge(corpus: Corpus, folder: Path, seeds: int) -> None:
    """Results of every cell with weights, and what a window costs in each size."""
    (folder / "results").mkdir(exist_ok=True)
    for network in NETWORKS:
        test = tested_of(corpus, network)
        for cell in cells(seeds):
            path = folder / "results" / f"{cell.key}.json"
            if cell.network == network and _weights(folder, cell).exists() and not path.exists():
                found = list(_judged(folder, cell, test))
                path.write_text(json.dumps(found))
                print(cell.key, flush=True)
    test = tested_of(corpus, "iot23")
    plain = exported(folder, Cell(network="iot23", size=PLAIN, seed=0))
    facts = {
        "cost": cost(_models(folder), test),
        "peak": peak(),
        "first": first(plain, test, corpus),
    }
    (folder / "cost.json").write_text(json.dumps(facts))


def first(model: Exported, test: Examples, corpus: Corpus) -> dict[str, float]:
    """What a first stage could leave out, by each idea for one."""
    session = _session(onnx_bytes(model))
    odds = firststage.most_odds(model.detector, torch.from_numpy(test.vectors.astype(np.float32)))
    score = scores(session, test)
    threshold = threshold_at(score[test.attack == BENIGN], RATE)
    recorded = corpus.learned().examples
    return {
        "windows": len(score),
        "threshold": threshold,
        "bound_median": float(np.median(odds)),
        "bound_least": float(odds.min()),
        "bound_below": float((odds < threshold).mean()),
        **firststage.repeated(recorded),
    }


def _judged(folder: Path, cell: Cell, test: Examples) -> Iterator[dict[str, object]]:
    model = onnx_bytes(exported(folder, cell))
    sizes = {cell.size: model} | ({INT8: rounded(model)} if cell.size == PLAIN else {})
    for size, data in sizes.items():
        said = {"network": cell.network, "size": size, "seed": cell.seed}
        yield said | measured(scores(_session(data), test), test)


def measured(score: NDArray[np.float32], test: Examples) -> dict[str, object]:
    """Recall of each class at RATE, and average precision."""
    tested = Tested.of(test, score, kind_of(test.attack))
    threshold = threshold_at(tested.score[~tested.attacked], RATE)
    kind = np.where(tested.attacked, tested.kind, 0)
    present = [code for code in range(1, len(KINDS)) if (kind == code).any()]
    facts: dict[str, object] = {
        "benign": int((~tested.attacked).sum()),
        "windows": {KINDS[code]: int((kind == code).sum()) for code in present},
        "recall": {KINDS[c]: float((tested.score[kind == c] > threshold).mean()) for c in present},
    }
    if present:
        facts["average_precision"] = average_precision(tested)
        facts["mean_average_precision"] = mean_average_precision(tested)
    return facts


def scores(session: InferenceSession, test: Examples) -> NDArray[np.float32]:
    """Of every window with its history, BATCH at once."""
    rows = test.history(session.get_inputs()[0].shape[1])
    parts = np.split(rows, range(BATCH, len(rows), BATCH))
    return np.concatenate([_run(session, *_arrays(test, part)) for part in parts])


def cost(models: dict[str, bytes], test: Examples) -> dict[str, dict[str, float]]:
    """CPU microseconds a window, median of ROUNDS in turn, on windows with a whole history."""
    opened = {name: _session(model) for name, model in models.items()}
    inputs = {name: _whole(session, test) for name, session in opened.items()}
    took: dict[str, list[float]] = {name: [] for name in models}
    for _ in range(ROUNDS):
        for name, session in opened.items():
            begun = process_time()
            for batch in inputs[name]:
                _run(session, *batch)
            took[name].append((process_time() - begun) / TIMED * 1e6)
    return {
        name: {
            "us": median(took[name]),
            "best_us": min(took[name]),
            "bytes": len(models[name]),
            "flop": flop(models[name]),
            "batch_difference": _difference(session, inputs[name][0]),
        }
        for name, session in opened.items()
    }


def flop(model: bytes) -> int:
    """Of a window's matrix products: twice the multiplications."""
    graph = shape_inference.infer_shapes(_for_one_window(model), data_prop=True).graph
    shapes = {each.name: list(each.dims) for each in graph.initializer}
    for put in (*graph.value_info, *graph.input, *graph.output):
        shapes[put.name] = [dim.dim_value for dim in put.type.tensor_type.shape.dim]
    products = [node for node in graph.node if node.op_type in PRODUCTS]
    found = [2 * prod(shapes[n.output[0]]) * shapes[n.input[0]][-1] for n in products]
    if not all(found):
        raise SystemExit("the shape of a product is not known")
    return sum(found)


def _for_one_window(model: bytes) -> ModelProto:
    """With all that follows from the number of windows worked out."""
    options = SessionOptions()
    options.add_free_dimension_override_by_name("windows", 1)
    options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
    with TemporaryDirectory() as folder:
        path = Path(folder) / "one.onnx"
        options.optimized_model_filepath = str(path)
        InferenceSession(model, options, providers=["CPUExecutionProvider"])
        return load_from_string(path.read_bytes())


def _whole(session: InferenceSession, test: Examples) -> list[tuple[NDArray[np.float32], ...]]:
    rows = test.history(32)
    rows = rows[(rows >= 0).all(axis=1)]
    rows = np.resize(rows, (TIMED, 32))[:, -session.get_inputs()[0].shape[1] :]
    return [_arrays(test, part) for part in np.split(rows, TIMED // BATCH)]


def _difference(session: InferenceSession, batch: tuple[NDArray[np.float32], ...]) -> float:
    """The most by which a score changes when a window is scored without its neighbours."""
    vectors, mask = batch
    alone = [_run(session, vectors[at : at + 1], mask[at : at + 1])[0] for at in range(BATCH)]
    return float(np.abs(_run(session, vectors, mask) - np.array(alone)).max())


def _arrays(test: Examples, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], ...]:
    vectors, mask = gather(test, rows)
    return vectors.numpy(), mask.numpy()


def _run(
    session: InferenceSession, vectors: NDArray[np.float32], mask: NDArray[np.float32]
) -> NDArray[np.float32]:
    score: NDArray[np.float32] = session.run(["score"], {"vectors": vectors, "mask": mask})[0]
    return score


def _models(folder: Path) -> dict[str, bytes]:
    """One file of each size: the weights do not matter for what it costs."""
    trained_ones = {
        size: exported(folder, Cell(network="iot23", size=size, seed=0)) for size in CHEAPER
    }
    served = {size: onnx_bytes(each) for size, each in trained_ones.items()}
    plain = trained_ones[PLAIN]
    return {
        "shipped": SHIPPED.read_bytes(),
        UNSERVED: graph_of(plain, plain.detector.sizes),
        **served,
        INT8: rounded(served[PLAIN]),
    }


def exported(folder: Path, cell: Cell) -> Exported:
    """A cell's model."""
    path = _weights(folder, cell)
    return unpacked(path.read_bytes(), str(path))


def peak() -> float:
    """GFLOP per CPU-second of a large product in single precision, the best of ROUNDS."""
    square = np.ones((PEAK, PEAK), dtype=np.float32)
    weight = numpy_helper.from_array(square, "weight")
    shape = helper.make_tensor_value_info("x", TensorProto.FLOAT, [PEAK, PEAK])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [PEAK, PEAK])
    node = helper.make_node("MatMul", ["x", "weight"], ["y"])
    graph = helper.make_graph([node], "peak", [shape], [result], [weight])
    opset = [helper.make_opsetid("", OPSET)]
    session = _session(
        helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()
    )
    took = []
    for _ in range(ROUNDS):
        begun = process_time()
        session.run(None, {"x": square})
        took.append(process_time() - begun)
    return float(2 * PEAK**3 / min(took) / 1e9)


def rounded(model: bytes) -> bytes:
    """The same with matrix products in whole numbers of eight bits, scaled as they come."""
    with TemporaryDirectory() as folder:
        before, after = Path(folder) / "before.onnx", Path(folder) / "after.onnx"
        before.write_bytes(model)
        quantize_dynamic(before, after, weight_type=QuantType.QInt8)
        return after.read_bytes()


def _session(model: bytes) -> InferenceSession:
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return InferenceSession(
        model,
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["ConstantFolding"],  # as model/session.py
    )


def _weights(folder: Path, cell: Cell) -> Path:
    return folder / "weights" / f"{cell.key}.npz"


if __name__ == "__main__":
    main()

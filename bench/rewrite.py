"""`python -m bench.rewrite FROM --output TO`: a model directory's graph written anew, exactly.

For models of before `training/served.py`, whose weights stand in the graph alone. Their scores on
the bundled sample must agree within MOST, else nothing is written. Everything else stays as it was;
card and manifest say what the graph was written from.
"""

import argparse
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np
import onnx
import torch
import yaml
from numpy.typing import NDArray
from onnx import numpy_helper

from netheed import build
from netheed.config import Settings
from netheed.core.vector import FEATURES
from netheed.model import manifest as manifests
from netheed.model.manifest import Manifest
from netheed.model.session import Session
from netheed.ports import BATCH, RawScores
from netheed.records import Tally
from netheed.sources.archive import Archive
from netheed.sources.files import find_files
from netheed.training.datasets import KINDS
from netheed.training.export import onnx_bytes
from netheed.training.model import Detector, Exported, Sizes, Tail

MOST = 1e-5
"""By which a score may differ."""
SAMPLE = Path(__file__).parents[1] / "sample"
LEFT_OUT = ("rebuild.", "project.")
"""What was not exported then."""
NOTE = """

## Written anew

The graph was written anew with the same weights in fewer operations (`python -m bench.rewrite`). No
score of the bundled sample differs by more than {most}, so the model keeps its id. SHA-256 before:
`{before}`.
"""
Sequences = list[tuple[NDArray[np.float32], NDArray[np.float32]]]


def main() -> None:
    """Read, write anew, compare, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    manifest, before = manifests.read(arguments.model)
    after = onnx_bytes(exported(onnx.load_from_string(before), manifest))
    away = difference(before, after, manifest)
    print(f"scores differ by {away:.1e} at most")
    if away > MOST:
        raise SystemExit(f"more than {MOST}")
    keep(arguments.output, arguments.model, manifest, after)


def exported(model: onnx.ModelProto, manifest: Manifest) -> Exported:
    """The model that such a graph was exported from."""
    arrays = weights(model)
    width, hidden = arrays["embed.weight"].shape[0], arrays["layers.0.feed.0.bias"].shape[0]
    detector = Detector(
        Sizes(
            features=len(FEATURES),
            kinds=len(KINDS),
            length=manifest.sequence_length,
            width=width,
            hidden=hidden,
            layers=len({name.split(".")[1] for name in arrays if name.startswith("layers.")}),
        )
    )
    missing, unknown = detector.load_state_dict(arrays, strict=False)
    odd = [name for name in missing if not name.startswith(LEFT_OUT)] + list(unknown)
    if odd:
        raise SystemExit(f"not the weights of a detector: {odd[0]}")
    return Exported(detector, surprise=surprise_tail(model), rebuilding=Tail()).eval()


def weights(model: onnx.ModelProto) -> dict[str, torch.Tensor]:
    """By the names of the detector; what a product multiplies with is named after its node."""
    arrays = {each.name: numpy_helper.to_array(each) for each in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in arrays:
            arrays[f"{_layer(node.name)}.weight"] = arrays.pop(node.input[1]).T
    return {
        name.removeprefix("detector."): torch.tensor(np.ascontiguousarray(array))
        for name, array in arrays.items()
    }


def _layer(node: str) -> str:
    """`/detector/layers.0/feed/feed.0/MatMul` -> `detector.layers.0.feed.0`."""
    parts = node.strip("/").split("/")[:-1]
    whole = [
        p
        for p, following in zip(parts, [*parts[1:], ""], strict=True)
        if not following.startswith(f"{p}.")
    ]
    return ".".join(whole)


def surprise_tail(model: onnx.ModelProto) -> Tail:
    """From score = odds + weight * relu(surprise - floor)."""
    made = {output: node for node in model.graph.node for output in node.output}
    weighed = made[made["score"].input[1]]
    above = made[made[weighed.input[0]].input[0]]
    shape = (made["score"].op_type, weighed.op_type, above.op_type, above.input[0])
    if shape != ("Add", "Mul", "Sub", "surprise"):
        raise SystemExit("the score is made otherwise")
    floor, weight = (_value(made[name]) for name in (above.input[1], weighed.input[1]))
    return Tail(weight=weight, floor=floor)


def _value(constant: onnx.NodeProto) -> float:
    return float(numpy_helper.to_array(constant.attribute[0].t))


def difference(before: bytes, after: bytes, manifest: Manifest) -> float:
    """The most by which score, kinds or surprise differ on the sequences of the sample."""
    one, other = (Session.of(each, manifest, width=len(FEATURES)) for each in (before, after))
    return max(_apart(one.run(*each), other.run(*each)) for each in sequences())


def _apart(one: RawScores, other: RawScores) -> float:
    pairs = ((getattr(one, name), getattr(other, name)) for name in ("score", "kinds", "surprise"))
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def sequences() -> Sequences:
    """All sequences of the sample, as the model reads them."""
    tally = Tally()
    pipeline = build.pipeline(Settings(), tally)
    paths = find_files([SAMPLE / "zeek"])
    archive = Archive(paths=paths, words=build.words(Settings()), tally=tally, on_bad=print)
    found: Sequences = []
    for tick in pipeline.run(archive):
        hosts = tick.windows.rows.hosts
        for part in np.split(hosts, range(BATCH, len(hosts), BATCH)):
            vectors, mask = pipeline.core.read(part)
            found.append((vectors, mask.astype(np.float32)))
    return found


def keep(output: Path, source: Path, manifest: Manifest, model: bytes) -> None:
    """Write the directory. The id, a part of every notice's id, stays with the verdicts."""
    before = manifest.files[manifests.MODEL]
    card = manifests.verified(source, manifests.CARD, manifest).decode().rstrip("\n")
    note = NOTE.format(before=before, most=MOST)
    files = {manifests.MODEL: model, manifests.CARD: (card + note).encode()}
    output.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (output / name).write_bytes(data)
    written = msgspec.structs.replace(
        manifest,
        files={name: sha256(data).hexdigest() for name, data in files.items()},
        training={**manifest.training, "graph_written_anew_from": before},
    )
    text = yaml.safe_dump(msgspec.to_builtins(written), sort_keys=False, width=100)
    (output / manifests.MANIFEST).write_text(text)


if __name__ == "__main__":
    main()

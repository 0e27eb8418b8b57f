"""`python -m bench.shorter MODEL --windows N --output TO`: MODEL reads the newest N windows alone.

The weights stay, and so does all else: what it says of a host is to the fifth decimal what MODEL
says where only the newest N windows are there, as of a host that came lately. Where that is not so
on the bundled sample, nothing is written. The id is a new one, because notices change.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from netheed import build
from netheed.config import Settings
from netheed.core.vector import FEATURES
from netheed.model import manifest as manifests
from netheed.model.life import LIVES
from netheed.model.manifest import Manifest
from netheed.model.session import Session
from netheed.ports import BATCH, RawScores
from netheed.records import Tally
from netheed.sources.archive import Archive
from netheed.sources.files import find_files
from netheed.training.datasets import KINDS
from netheed.training.export import graph_of, identity_of, keep
from netheed.training.model import Detector, Exported, Sizes, Tail
from netheed.training.served import Served

MOST = 1e-5
"""By which a score may differ."""
SAMPLE = Path(__file__).parents[1] / "sample"
NOTE = """

## Of fewer windows

Made from {before}, which read {length} windows, with the same weights and p-values
(`python -m bench.shorter`): what it says of a host is what that one says of a host of which there
are {windows} windows. `docs/model-cost.md` has what that costs and spares.
"""
Arrays = dict[str, NDArray[np.float32]]


def main() -> None:
    """Read, cut, compare, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--windows", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    print(shorter(arguments.model, arguments.windows, arguments.output).id)


def shorter(model: Path, windows: int, output: Path) -> Manifest:
    """Write the directory. Raises SystemExit where the scores would not be the same."""
    manifest, whole = manifests.read(model)
    cut = graph_of(*served(onnx.load_from_string(whole), windows))
    away = difference(model, whole, cut, windows)
    if away > MOST:
        raise SystemExit(f"scores differ by {away:.1e}, more than {MOST}")
    return made(output, model, manifest, cut, windows)


def served(graph: onnx.ModelProto, windows: int) -> tuple[Served, Sizes]:
    """The model that such a graph was traced from, for so many windows. Raises SystemExit."""
    arrays = {each.name: numpy_helper.to_array(each) for each in graph.graph.initializer}
    width = arrays["tokens.weight"].shape[1]
    sizes = Sizes(
        features=len(FEATURES),
        kinds=len(KINDS),
        length=windows,
        width=width,
        hidden=arrays["feed.0.rise.weight"].shape[1],
        layers=len({name.split(".")[1] for name in arrays if name.startswith("feed.")}),
    )
    around = Exported(Detector(sizes), surprise=surprise_tail(graph), rebuilding=Tail())
    model = Served(around.eval()).eval()
    state = {name: torch.tensor(array) for name, array in newest(arrays, sizes).items()}
    unknown = model.load_state_dict(state, strict=False).unexpected_keys
    if unknown:
        raise SystemExit(f"not the weights of a detector: {unknown[0]}")
    return model, sizes


def newest(arrays: Arrays, sizes: Sizes) -> Arrays:
    """Without what is of windows further back; what may be read is made anew."""
    kept = {
        "tokens.scale": sizes.features,
        "tokens.shift": sizes.features,
        "tokens.place": sizes.width,
    }
    return {
        name: array[-sizes.length * kept[name] :] if name in kept else array
        for name, array in arrays.items()
        if name not in ("unseen", "seen")
    }


def surprise_tail(graph: onnx.ModelProto) -> Tail:
    """From score = odds + (weight * relu((surprise - floor) / scale) + ...). Raises SystemExit."""
    made = {output: node for node in graph.graph.node for output in node.output}

    def behind(name: str, *operators: str) -> onnx.NodeProto:
        for operator in operators:
            node = made[name]
            if node.op_type != operator:
                raise SystemExit("the score is made otherwise")
            name = node.input[0]
        return node

    def value(name: str) -> float:
        return float(numpy_helper.to_array(made[name].attribute[0].t))

    weighed = behind(made["score"].input[1], "Add", "Mul")
    divided = behind(weighed.input[0], "Relu", "Div")
    above = behind(divided.input[0], "Sub")
    return Tail(
        weight=value(weighed.input[1]), floor=value(above.input[1]), scale=value(divided.input[1])
    )


def difference(model: Path, whole: bytes, cut: bytes, windows: int) -> float:
    """The most by which score, kinds or surprise differ on the sequences of the sample."""
    manifest = manifests.read(model)[0]
    fewer = msgspec.structs.replace(manifest, sequence_length=windows)
    one = Session.of(whole, manifest, width=len(FEATURES))
    other = Session.of(cut, fewer, width=len(FEATURES))
    return max(
        _apart(one.run(vectors, late(mask, windows)), other.run(*_cut(vectors, mask, windows)))
        for vectors, mask in sequences(model)
    )


def late(mask: NDArray[np.float32], windows: int) -> NDArray[np.float32]:
    """(n, length), without the windows before the newest ones."""
    result = mask.copy()
    result[:, :-windows] = 0.0
    return result


def _cut(
    vectors: NDArray[np.float32], mask: NDArray[np.float32], windows: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return np.ascontiguousarray(vectors[:, -windows:]), np.ascontiguousarray(mask[:, -windows:])


def _apart(one: RawScores, other: RawScores) -> float:
    pairs = ((getattr(one, name), getattr(other, name)) for name in ("score", "kinds", "surprise"))
    return max(float(np.abs(a - b).max()) for a, b in pairs)


def sequences(model: Path) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """All sequences of the sample, as a model reads them."""
    tally = Tally()
    pipeline = build.pipeline(Settings(model=str(model)), tally)
    paths = find_files([SAMPLE / "zeek"])
    archive = Archive(paths=paths, words=build.words(Settings()), tally=tally, on_bad=print)
    for tick in pipeline.run(archive):
        hosts = tick.windows.rows.hosts
        for part in np.split(hosts, range(BATCH, len(hosts), BATCH)):
            vectors, mask = pipeline.core.sequences.read(part)
            yield vectors, mask.astype(np.float32)


def made(output: Path, source: Path, manifest: Manifest, model: bytes, windows: int) -> Manifest:
    """Write the directory, and return its manifest."""
    lives = [file for life in LIVES if (file := life.file) in manifest.files]
    files = {file: manifests.verified(source, file, manifest) for file in lives}
    identity = identity_of(model, *files.values())
    card = _card(source, manifest, identity, windows)
    files |= {manifests.MODEL: model, manifests.CARD: card}
    written = msgspec.structs.replace(
        manifest,
        id=identity,
        sequence_length=windows,
        training={**manifest.training, "shorter_than": manifest.id},
    )
    return keep(output, written, files)


def _card(source: Path, manifest: Manifest, identity: str, windows: int) -> bytes:
    """The card, with a note before what is said of lives."""
    card = manifests.verified(source, manifests.CARD, manifest).decode()
    length = manifest.sequence_length
    card = card.replace(f"last {length} active minutes", f"last {windows} active minutes")
    first, *lives = card.partition("\n\n## Pairs\n")
    note = NOTE.format(before=manifest.id, length=length, windows=windows)
    text = first.replace(manifest.id, identity) + note.rstrip("\n") + "".join(lives)
    return (text.rstrip("\n") + "\n").encode()


if __name__ == "__main__":
    main()

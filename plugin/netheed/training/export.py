"""A trained detector -> a model directory that the scorer reads."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from torch import Tensor, nn

from netheed.core.vector import FEATURES, Feature, linear, restore
from netheed.model import manifest as manifests
from netheed.model.life import LIVES
from netheed.model.manifest import FeatureRange, LifeManifest, Manifest, TailCalibration
from netheed.model.session import OUTPUTS
from netheed.training.datasets import KINDS
from netheed.training.model import Detector, Exported, Sizes
from netheed.training.served import Served
from netheed.training.weights import WEIGHTS, packed

OPSET: Final = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What the manifest and the card tell beside the model itself."""

    calibration: dict[str, TailCalibration]
    training: dict[str, object]
    metrics: dict[str, object]
    card: str
    """Markdown; `{id}` is filled in."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What else lies in the directory, by name."""
    lives: dict[str, LifeManifest] = field(default_factory=dict)
    """Of the models of lives, whose files are among `files`, by the part of each."""


def write(
    directory: Path,
    exported: Exported,
    features: list[FeatureRange],
    story: Story,
    *,
    width: float,
    plain: Exported | None = None,
) -> Manifest:
    """Write the model, its weights, CARD.md and, last, manifest.yaml; returns the manifest.

    `plain` are the weights to go on training from, where they are not those that are exported: a
    model with a site's adapter keeps its base.
    """
    model = onnx_bytes(exported)
    identity = identity_of(model, *(story.files.get(life.file, b"") for life in LIVES))
    files = {
        manifests.MODEL: model,
        manifests.CARD: story.card.replace("{id}", identity).encode(),
        WEIGHTS: packed(plain or exported),
        **story.files,
    }
    manifest = Manifest(
        format=manifests.FORMAT,
        id=identity,
        window_seconds=width,
        sequence_length=exported.detector.sizes.length,
        kinds=list(KINDS),
        features=features,
        calibration=story.calibration,
        files={},
        training=story.training,
        metrics=story.metrics,
    )
    return keep(directory, msgspec.structs.replace(manifest, **story.lives), files)


def identity_of(*graphs: bytes) -> str:
    """The id of a model: it follows from its graphs alone."""
    return f"attention-{blake2b(b''.join(graphs), digest_size=4).hexdigest()}"


def keep(directory: Path, manifest: Manifest, files: Mapping[str, bytes]) -> Manifest:
    """Write the files and, last, the manifest with their hashes; returns it."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (directory / name).write_bytes(data)
    hashes = {name: sha256(data).hexdigest() for name, data in files.items()}
    manifest = msgspec.structs.replace(manifest, files=hashes)
    text = yaml.safe_dump(msgspec.to_builtins(manifest), sort_keys=False, width=100)
    (directory / manifests.MANIFEST).write_text(text)
    return manifest


def onnx_bytes(exported: Exported) -> bytes:
    """The graph that serves, with weights inside, for any number of sequences."""
    return graph_of(Served(exported), exported.detector.sizes)


def graph_of(model: Exported | Served, sizes: Sizes) -> bytes:
    """A model as it is written; an Exported itself for comparison."""
    example = (torch.zeros(2, sizes.length, sizes.features), torch.ones(2, sizes.length))
    return traced(model, example, ("vectors", "mask"), OUTPUTS, entries="windows")


def traced(
    model: nn.Module,
    example: tuple[Tensor, ...],
    inputs: Sequence[str],
    outputs: Sequence[str],
    *,
    entries: str,
) -> bytes:
    """A graph whose first dimension, of all inputs and outputs, is open and called `entries`."""
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        # The tracing exporter is deprecated in favour of one that needs onnxscript; it writes a
        # smaller graph of fewer operators, and a test compares it with PyTorch.
        warnings.simplefilter("ignore")
        path = Path(folder) / manifests.MODEL
        torch.onnx.export(
            model.eval(),
            example,
            str(path),
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: {0: entries} for name in (*inputs, *outputs)},
            opset_version=OPSET,
            dynamo=False,
        )
        return path.read_bytes()


def ranges(detector: Detector, benign: NDArray[np.float16]) -> list[FeatureRange]:
    """What each feature usually is, for a host that is too new to have its own range.

    `benign` (windows, features) are transformed vectors of benign training windows.
    """
    return described(FEATURES, benign.astype(np.float32), detector.mean, detector.deviation)


def described(
    features: Mapping[str, Feature], benign: NDArray[np.float32], mean: Tensor, deviation: Tensor
) -> list[FeatureRange]:
    """Of transformed values (n, features): their mean and deviation, and percentiles in units."""
    percentiles = np.percentile(benign, (5, 50, 95), axis=0).astype(np.float32)
    low, median, high = restore(percentiles, linear(features))
    return [
        FeatureRange(
            name=name,
            unit=feature.unit,
            mean=float(mean[at]),
            deviation=float(deviation[at]),
            low=float(low[at]),
            median=float(median[at]),
            high=float(high[at]),
        )
        for at, (name, feature) in enumerate(features.items())
    ]

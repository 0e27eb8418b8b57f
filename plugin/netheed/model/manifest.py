"""The manifest of a model directory: what the model reads, what its numbers mean, what it is."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

import msgspec
import yaml
from msgspec import Meta, Struct

from netheed.core.vector import FEATURES
from netheed.errors import ModelError

FORMAT: Final = 1
MANIFEST: Final = "manifest.yaml"
MODEL: Final = "model.onnx"
CARD: Final = "CARD.md"
MAX_MODEL_BYTES: Final = 64 * 2**20
MAX_MANIFEST_BYTES: Final = 4 * 2**20


class FeatureRange(Struct, frozen=True, forbid_unknown_fields=True):
    """One input of the model, in order; the range over benign training windows, in `unit`."""

    name: str
    unit: str
    mean: float
    deviation: float
    """Of the transformed feature (`vector.transform`)."""
    low: float
    median: float
    high: float


class TailCalibration(Struct, frozen=True, forbid_unknown_fields=True):
    """Scores of held-back benign windows of one host group; `above[i]` exceed `scores[i]`."""

    windows: Annotated[int, Meta(ge=1)]
    scores: list[float]
    """Descending."""
    above: list[int]


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """All that a model directory says of itself."""

    format: int
    id: str
    window_seconds: Annotated[float, Meta(gt=0)]
    sequence_length: Annotated[int, Meta(ge=1, le=1024)]
    kinds: list[str]
    """The first is benign."""
    features: list[FeatureRange]
    calibration: dict[str, TailCalibration]
    """Host group -> calibration."""
    files: dict[str, str]
    """File -> SHA-256."""
    training: dict[str, object]
    metrics: dict[str, object]


def read(directory: Path) -> tuple[Manifest, bytes]:
    """The manifest and the model's bytes, all hashes verified. Raises ModelError."""
    manifest = _manifest(directory / MANIFEST)
    model = verified(directory, MODEL, manifest)
    verified(directory, CARD, manifest)
    ours = [(name, str(feature.unit)) for name, feature in FEATURES.items()]
    theirs = [(feature.name, feature.unit) for feature in manifest.features]
    if ours != theirs:
        odd = next((b for a, b in zip(ours, theirs, strict=False) if a != b), "a different count")
        raise ModelError(f"{directory}: made for other features than this netheed's: {odd}")
    return manifest, model


def _manifest(path: Path) -> Manifest:
    text = _read_capped(path, MAX_MANIFEST_BYTES)
    try:
        manifest = msgspec.convert(yaml.safe_load(text), Manifest)
    except (yaml.YAMLError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: {error}") from None
    if manifest.format != FORMAT:
        raise ModelError(f"{path}: format {manifest.format}, this netheed reads {FORMAT}")
    if len(manifest.kinds) < 2 or not manifest.calibration:
        raise ModelError(f"{path}: needs two kinds or more and a calibration")
    return manifest


def verified(directory: Path, name: str, manifest: Manifest) -> bytes:
    """A file of the directory, when it is the one that the manifest names. Raises ModelError."""
    if name not in manifest.files:
        raise ModelError(f"{directory / MANIFEST}: files: no hash for {name}")
    data = _read_capped(directory / name, MAX_MODEL_BYTES)
    if sha256(data).hexdigest() != manifest.files[name]:
        raise ModelError(f"{directory / name}: is not the file that {MANIFEST} describes")
    return data


def _read_capped(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from None
    if len(data) > limit:
        raise ModelError(f"{path}: larger than {limit} bytes")
    return data

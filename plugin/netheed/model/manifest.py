"""The manifest of a model directory: what the model reads, what its numbers mean, what it is."""

from collections.abc import Mapping
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from msgspec import Meta, Struct, field

from netheed import strict_yaml
from netheed.core.vector import FEATURES, Feature, Ranges, linear, transform
from netheed.errors import ModelError
from netheed.model.life import HOUR_LIFE, LIVES, PAIR_LIFE, Life
from netheed.strict_yaml import StrictYamlError

FORMAT: Final = 1
MANIFEST: Final = "manifest.yaml"
MODEL: Final = "model.onnx"
PAIRS: Final = PAIR_LIFE.file
HOURS: Final = HOUR_LIFE.file
CARD: Final = "CARD.md"
MAX_MODEL_BYTES: Final = 64 * 2**20
GROUPS: Final = ("quiet", "client", "server")
"""The host groups; each has a calibration of its own."""
BENIGN: Final = "benign"

Finite = Annotated[float, Meta(ge=-1e38, le=1e38)]
"""Neither infinite nor not a number, in single precision either."""
Word = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.+-]{1,64}\Z")]
"""What stands in notices as it is."""


class FeatureRange(Struct, frozen=True, forbid_unknown_fields=True):
    """One input of the model, in order; the range over benign training windows, in `unit`."""

    name: str
    unit: str
    mean: Finite
    deviation: Finite
    """Of the transformed feature (`vector.transform`)."""
    low: Finite
    median: Finite
    high: Finite


class TailCalibration(Struct, frozen=True, forbid_unknown_fields=True):
    """Scores of held-back benign windows of one host group; `above[i]` exceed `scores[i]`."""

    windows: Annotated[int, Meta(ge=1, le=2**53)]
    scores: Annotated[list[Finite], Meta(min_length=1)]
    """Descending."""
    above: list[Annotated[int, Meta(ge=0)]]
    """As many; not falling, `windows` at the most."""

    def fault(self) -> str | None:
        """Why no p-value can be had from it, None when it is well."""
        if len(self.above) != len(self.scores):
            return f"above has {len(self.above)} counts for {len(self.scores)} scores"
        if any(higher <= lower for higher, lower in pairwise(self.scores)):
            return "scores do not descend"
        if any(fewer > more for fewer, more in pairwise(self.above)):
            return "the counts of above fall"
        if self.above[-1] > self.windows:
            return f"above counts {self.above[-1]} of {self.windows} windows"
        return None


Kinds = Annotated[list[Word], Meta(min_length=2, max_length=256)]
"""The first is benign."""


class LifeManifest(
    Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True
):
    """What is said of a model of lives."""

    steps: list[FeatureRange]
    """What it reads of each step, in order."""
    length: Annotated[int, Meta(ge=1, le=256)]
    """Steps of a life."""
    context: list[FeatureRange]
    """What it reads beside, in order; the first ones, if it was made before there were more."""
    calibration: dict[str, TailCalibration]
    """Group -> calibration."""
    kinds: Kinds | None = None
    """None where they are those of the windows."""


class PairManifest(LifeManifest, frozen=True, kw_only=True):
    """What is said of the pair's model; its steps are connections."""

    steps: list[FeatureRange] = field(name=PAIR_LIFE.called)


class Manifest(Struct, frozen=True, forbid_unknown_fields=True):
    """All that a model directory says of itself."""

    format: int
    id: Word
    window_seconds: Annotated[float, Meta(ge=1, le=86_400)]
    sequence_length: Annotated[int, Meta(ge=1, le=1024)]
    kinds: Kinds
    features: list[FeatureRange]
    calibration: dict[str, TailCalibration]
    """Host group -> calibration."""
    files: dict[str, str]
    """File -> SHA-256."""
    training: dict[str, object]
    metrics: dict[str, object]
    pairs: PairManifest | None = None
    """None where the model knows no pairs, as the first ones."""
    hours: LifeManifest | None = None
    """None where the model knows no hours."""

    def life(self, life: Life) -> LifeManifest | None:
        """What is said of the model of such lives."""
        said: LifeManifest | None = getattr(self, life.part)
        return said


def usual(said: list[FeatureRange], features: Mapping[str, Feature]) -> Ranges:
    """What is said to be usual of these features, transformed."""
    units = np.array([(one.low, one.median, one.high) for one in said], dtype=np.float32)
    return Ranges(*transform(units.T, linear(features)))


def read(directory: Path) -> tuple[Manifest, bytes]:
    """The manifest and the model's bytes, all hashes verified. Raises ModelError."""
    manifest = _manifest(directory / MANIFEST)
    model = verified(directory, MODEL, manifest)
    verified(directory, CARD, manifest)
    _check_names(directory, FEATURES, manifest.features)
    return manifest, model


def read_life(directory: Path, manifest: Manifest, life: Life) -> bytes:
    """The bytes of a model of lives that the manifest speaks of. Raises ModelError."""
    said = manifest.life(life)
    if said is None or said.length != life.length:
        raise ModelError(f"{directory}: made for other lives of {life.part} than this netheed's")
    _check_names(directory, life.steps, said.steps)
    _check_names(directory, life.reading(len(said.context)).context, said.context)
    return verified(directory, life.file, manifest)


def _check_names(directory: Path, ours: Mapping[str, Feature], theirs: list[FeatureRange]) -> None:
    here = [(name, str(feature.unit)) for name, feature in ours.items()]
    there = [(feature.name, feature.unit) for feature in theirs]
    if here != there:
        odd = next((b for a, b in zip(here, there, strict=False) if a != b), "a different count")
        raise ModelError(f"{directory}: made for other features than this netheed's: {odd}")


def _manifest(path: Path) -> Manifest:
    try:
        manifest = strict_yaml.read(path, Manifest)
    except StrictYamlError as error:
        raise ModelError(f"{path}: {error}") from None
    if manifest.format != FORMAT:
        raise ModelError(f"{path}: format {manifest.format}, this netheed reads {FORMAT}")
    fault = _kinds_fault("kinds", manifest.kinds)
    fault = fault or _calibration_fault("calibration", manifest.calibration, GROUPS)
    for life in LIVES:
        fault = fault or _life_fault(manifest.life(life), life)
    if fault is not None:
        raise ModelError(f"{path}: {fault}")
    return manifest


def _life_fault(said: LifeManifest | None, life: Life) -> str | None:
    if said is None:
        return None
    fault = None if said.kinds is None else _kinds_fault(f"{life.part}.kinds", said.kinds)
    return fault or _calibration_fault(f"{life.part}.calibration", said.calibration, life.groups)


def _kinds_fault(place: str, kinds: list[str]) -> str | None:
    if kinds[0] != BENIGN:
        return f"{place}[0]: is {kinds[0]}, not {BENIGN}"
    doubled = next((at for at, kind in enumerate(kinds) if kind in kinds[:at]), None)
    return f"{place}[{doubled}]: {kinds[doubled]} is there twice" if doubled is not None else None


def _calibration_fault(
    place: str, calibration: dict[str, TailCalibration], groups: tuple[str, ...]
) -> str | None:
    if set(calibration) != set(groups):
        return f"{place}: is not of the groups {', '.join(groups)}"
    faults = ((name, calibration[name].fault()) for name in groups)
    return next((f"{place}.{name}: {fault}" for name, fault in faults if fault), None)


def verified(directory: Path, name: str, manifest: Manifest) -> bytes:
    """A file of the directory, when it is the one that the manifest names. Raises ModelError."""
    if name not in manifest.files:
        raise ModelError(f"{directory / MANIFEST}: files: no hash for {name}")
    data = _capped(directory / name)
    if sha256(data).hexdigest() != manifest.files[name]:
        raise ModelError(f"{directory / name}: is not the file that {MANIFEST} describes")
    return data


def _capped(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MODEL_BYTES + 1)
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from None
    if len(data) > MAX_MODEL_BYTES:
        raise ModelError(f"{path}: larger than {MAX_MODEL_BYTES} bytes")
    return data

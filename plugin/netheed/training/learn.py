"""`netheed learn`: a site's own unlabelled traffic -> a model directory with the site's adapter.

What calibrates beside the site's own last hours is simulated on the spot: no recording is shipped.
The base's weights stay in the new directory, so that the adapter can be taken out again, and so do
its models of pairs and of hosts' hours, which no site changes.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple
from zipfile import BadZipFile, is_zipfile

import msgspec
import numpy as np
from numpy.typing import NDArray

from netheed.errors import ModelError, NetheedError
from netheed.model import manifest as manifests
from netheed.model.life import LIVES
from netheed.model.manifest import LifeManifest, Manifest, TailCalibration
from netheed.records import Connection, Tally
from netheed.sources.files import connections_of, find_files
from netheed.training import export, measures
from netheed.training.adapt import Course, adapt
from netheed.training.adapters import Adapter, Matrices, merged
from netheed.training.datasets import Recording
from netheed.training.examples import Examples, examples_of
from netheed.training.judge import judge
from netheed.training.mixture import scenes
from netheed.training.model import Exported
from netheed.training.sites import WAYS, calibrated, parted
from netheed.training.weights import WEIGHTS, unpacked

ADAPTER: Final = "adapter.npz"
WAY: Final = "adapter without rehearsal"
"""Of WAYS: what every network of the comparison would choose by the others, for what is shipped."""
FEWEST: Final = 30
"""Windows that a site must have: half an hour of one busy host."""
KEPT: Final = "mean AP of simulated attacks"
MUCH: Final = 1 / 3
"""Share of what the base finds: who loses as much took more for benign than was."""
MOST_ADAPTER_BYTES: Final = 4 * 2**20
BASE_CARD: Final = "BASE.md"
"""The card of the base, which comes back with it."""
_SAID: Final = "said"
_BASE: Final = "base"


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an adapter file tells beside its matrices."""

    site: str
    base: str
    """Id of the model that it was trained on and belongs to."""
    windows: int
    hosts: int
    first: str
    """Start of the earliest window, ISO 8601, UTC."""
    last: str
    rank: int
    calibration: dict[str, TailCalibration]
    attacks_of_base: float | None = None
    """Mean average precision over simulated attacks, before there was an adapter."""
    attacks: float | None = None
    """The same with it: what is lost, was forgotten."""

    @property
    def kept(self) -> str:
        """KEPT in words."""
        if self.attacks_of_base is None or self.attacks is None:
            return "-"
        return f"{self.attacks_of_base:.2f} -> {self.attacks:.2f}"

    @property
    def forgot_much(self) -> bool:
        """Whether it lost MUCH of that."""
        if self.attacks_of_base is None or self.attacks is None:
            return False
        return self.attacks < (1 - MUCH) * self.attacks_of_base


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What to learn from and how."""

    paths: tuple[Path, ...]
    model: Path
    output: Path
    site: str = "site"
    local: tuple[str, ...] = ()
    course: Course = WAYS[WAY]
    """An adapter's, without rehearsal."""
    scenes: int = 8
    """Simulated networks that calibrate."""


def learn(lesson: Lesson, told: Callable[[str], None]) -> Manifest:
    """Adapt the model to the site and write the new directory.

    A model that has an adapter already is taken without it: one adapter stands on one base.
    Raises NetheedError when there is too little traffic or the model cannot be adapted.
    """
    _check_empty(lesson.output)
    base = opened(lesson.model)
    if ADAPTER in base.manifest.files:
        told(f"{lesson.model}: learning anew from its base, without its adapter")
        base = _without(base, lesson.model)
    manifest, plain = base.manifest, base.plain
    target = _windows_of(lesson, told)
    learned, held = parted(target)
    rng = np.random.default_rng(lesson.course.seed)
    told(f"{len(target.label)} windows of {int(target.track.max()) + 1} hosts; simulating networks")
    beside = examples_of(scenes(lesson.scenes, rng), width=manifest.window_seconds)
    _, adapter = adapt(plain.detector, beside, learned, lesson.course)
    if adapter is None:
        raise AssertionError("only an adapter can be kept apart from its base")
    model = _with(plain, adapter)
    benign, score = beside.label == 0, judge(model, beside).score
    site = judge(model, held).score, held.group
    calibration = calibrated(score[benign], beside.group[benign], site)
    said = Said(
        site=lesson.site,
        base=manifest.id,
        windows=len(target.label),
        hosts=int(target.track.max()) + 1,
        first=_iso(float(target.end.min()) - manifest.window_seconds),
        last=_iso(float(target.end.max())),
        rank=lesson.course.rank,
        calibration=calibration,
        attacks_of_base=_found(beside, judge(plain, beside).score),
        attacks=_found(beside, score),
    )
    told(f"adapter of {adapter.nbytes} bytes; {KEPT}: {said.kept}")
    if said.forgot_much:
        told("more than a third of that is lost: are there attacks in what it learned as benign?")
    return _write(lesson.output, base, (adapter, said))


def _found(simulated: Examples, score: NDArray[np.float32]) -> float | None:
    tested = measures.Tested.of(simulated, score, simulated.label)
    return measures.plain(measures.mean_average_precision(tested))


class Base(NamedTuple):
    """A model to learn on from, or to put an adapter into."""

    manifest: Manifest
    plain: Exported
    """Without an adapter."""
    lives: dict[str, bytes]
    """Files of its models of lives, by name: no adapter changes them."""
    card: bytes
    """Its own, without an adapter."""

    @property
    def of_lives(self) -> dict[str, LifeManifest]:
        """What is said of them, by part."""
        said = {life.part: self.manifest.life(life) for life in LIVES if life.file in self.lives}
        return {part: each for part, each in said.items() if each is not None}


def opened(directory: Path) -> Base:
    """A model directory. Raises ModelError."""
    manifest, _ = manifests.read(directory)
    if WEIGHTS not in manifest.files:
        raise ModelError(
            f"{directory}: has no {WEIGHTS} to learn on from; `netheed train` makes one"
        )
    weights = manifests.verified(directory, WEIGHTS, manifest)
    lives = {
        life.file: manifests.verified(directory, life.file, manifest)
        for life in LIVES
        if life.file in manifest.files
    }
    card = BASE_CARD if ADAPTER in manifest.files else manifests.CARD
    if card not in manifest.files:
        raise ModelError(
            f"{directory}: adapted by an earlier netheed, which lost models of its base; "
            f"`netheed adapters apply {directory / ADAPTER} --model BASE` makes it anew"
        )
    return Base(
        manifest,
        unpacked(weights, str(directory / WEIGHTS)),
        lives,
        manifests.verified(directory, card, manifest),
    )


def adapter_in(directory: Path) -> tuple[Adapter, Said] | None:
    """The adapter of a model directory, None in a plain one. Raises ModelError."""
    manifest, _ = manifests.read(directory)
    if ADAPTER not in manifest.files:
        return None
    return loaded(manifests.verified(directory, ADAPTER, manifest), directory / ADAPTER)


def apply(file: Path, base: Path, output: Path) -> Manifest:
    """Write `output`: the base with the adapter in it. Raises ModelError when it is another's."""
    model = opened(base)
    if file.stat().st_size > MOST_ADAPTER_BYTES:
        raise ModelError(f"{file}: larger than {MOST_ADAPTER_BYTES} bytes")
    adapter, said = loaded(file.read_bytes(), file)
    if said.base != model.manifest.id:
        raise ModelError(f"{file}: belongs to {said.base}, {base} is {model.manifest.id}")
    if ADAPTER in model.manifest.files:
        raise ModelError(f"{base}: has an adapter already; remove it first")
    return _write(output, model, (adapter, said))


def remove(directory: Path, output: Path) -> Manifest:
    """Write `output`: the model without its adapter. Raises ModelError when it has none."""
    model = opened(directory)
    if ADAPTER not in model.manifest.files:
        raise ModelError(f"{directory}: has no adapter")
    return _write(output, _without(model, directory), None)


def _without(model: Base, directory: Path) -> Base:
    """The same as it was before it had its adapter."""
    try:
        manifest = msgspec.convert(model.manifest.training[_BASE], Manifest)
    except (KeyError, msgspec.ValidationError) as error:
        raise ModelError(f"{directory}: does not tell its base: {error}") from None
    return model._replace(manifest=manifest)


def packed(adapter: Adapter, said: Said) -> bytes:
    """One .npz of half-precision matrices and plain text."""
    arrays = {}
    for name, (a, b) in sorted(adapter.matrices.items()):
        arrays[f"{name}/a"], arrays[f"{name}/b"] = a, b
    text = np.frombuffer(msgspec.json.encode(said), dtype=np.uint8)
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays, **{_SAID: text})
    return buffer.getvalue()


def loaded(data: bytes, where: Path) -> tuple[Adapter, Said]:
    """The inverse of `packed`. Raises ModelError with the place for anything else."""
    if not is_zipfile(BytesIO(data)):
        raise ModelError(f"{where}: not an adapter: no archive of matrices")
    try:
        with np.load(BytesIO(data), allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        said = msgspec.json.decode(arrays.pop(_SAID).tobytes(), type=Said)
        names = sorted({name.rpartition("/")[0] for name in arrays})
        matrices: Matrices = {name: (arrays[f"{name}/a"], arrays[f"{name}/b"]) for name in names}
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise ModelError(f"{where}: not an adapter: {error}") from None
    return Adapter(matrices), said


def _check_empty(output: Path) -> None:
    if output.exists() and any(output.iterdir()):
        raise NetheedError(f"{output}: is not empty")


def _write(output: Path, base: Base, site: tuple[Adapter, Said] | None) -> Manifest:
    """Export the base with a site's adapter, or as it is."""
    _check_empty(output)
    manifest, plain, lives, card = base
    if site is None:
        story = export.Story(
            calibration=manifest.calibration,
            training=manifest.training,
            metrics=manifest.metrics,
            card=card.decode(),
            files=lives,
            lives=base.of_lives,
        )
        return export.write(output, plain, manifest.features, story, width=manifest.window_seconds)
    adapter, said = site
    story = export.Story(
        calibration=said.calibration,
        training={"adapter": _told(said), _BASE: msgspec.to_builtins(manifest)},
        metrics={},
        card=_site_card(said),
        files={ADAPTER: packed(adapter, said), BASE_CARD: card, **lives},
        lives=base.of_lives,
    )
    return export.write(
        output,
        _with(plain, adapter),
        manifest.features,
        story,
        width=manifest.window_seconds,
        plain=plain,
    )


def _with(plain: Exported, adapter: Adapter) -> Exported:
    try:
        detector = merged(plain.detector, adapter)
    except ValueError as error:
        raise ModelError(str(error)) from None
    return plain.around(detector)


def _told(said: Said) -> dict[str, object]:
    return {name: getattr(said, name) for name in said.__struct_fields__ if name != "calibration"}


def _site_card(said: Said) -> str:
    lines = [f"- {name}: {value}" for name, value in _told(said).items()]
    return "\n".join(
        [
            "# Model card: {id}",
            "",
            "A model with the adapter of one site, for that site alone.",
            "",
            *lines,
            "",
            "p-values come from simulated networks and the last third of the site's own time.",
            "",
        ]
    )


def _windows_of(lesson: Lesson, told: Callable[[str], None]) -> Examples:
    tally = Tally()
    connections = list(_connections(lesson.paths, tally, told))
    told(f"{len(connections)} connections, {tally.bad} bad lines")
    if not connections:
        raise NetheedError("no connections to learn from")
    recording = Recording(
        name=lesson.site,
        family=lesson.site,
        connections=connections,
        labels=[None] * len(connections),
        local=lesson.local,
        sha256=sha256(repr(lesson.paths).encode()).hexdigest(),
    )
    target = examples_of([recording])
    if len(target.label) < FEWEST:
        raise NetheedError(f"{len(target.label)} windows are too few to learn from: {FEWEST}")
    return target


def _connections(
    paths: tuple[Path, ...], tally: Tally, told: Callable[[str], None]
) -> Iterable[Connection]:
    for path in find_files(paths):
        yield from connections_of(path, tally, lambda bad: told(str(bad)))


def _iso(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat()

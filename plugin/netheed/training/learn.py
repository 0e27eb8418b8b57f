"""`netheed learn`: a site's own unlabelled traffic -> a model directory with the site's adapter.

What a site rehearses with, so that the attacks are not forgotten, is simulated on the spot: no
recording is shipped. The base's weights and calibration stay in the new directory, so that the
adapter can be taken out again.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import msgspec
import numpy as np

from netheed.errors import ModelError, NetheedError
from netheed.model import manifest as manifests
from netheed.model.manifest import Manifest, TailCalibration
from netheed.records import Connection, Tally
from netheed.sources.files import connections_of, find_files
from netheed.training import export
from netheed.training.adapt import Course, adapt
from netheed.training.adapters import Adapter, Matrices, merged
from netheed.training.datasets import Recording
from netheed.training.examples import Examples, examples_of
from netheed.training.judge import judge
from netheed.training.mixture import scenes
from netheed.training.model import Exported
from netheed.training.sites import calibrated
from netheed.training.weights import WEIGHTS, unpacked

ADAPTER: Final = "adapter.npz"
FEWEST: Final = 30
"""Windows that a site must have: half an hour of one busy host."""
CALIBRATING: Final = 1 / 3
"""Share of the site's time, the last, that is not learned from but calibrates."""
MOST_ADAPTER_BYTES: Final = 4 * 2**20
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What to learn from and how."""

    paths: tuple[Path, ...]
    model: Path
    output: Path
    site: str = "site"
    local: tuple[str, ...] = ()
    course: Course = field(default_factory=Course)
    scenes: int = 8
    """Simulated networks to rehearse with; half as many again calibrate."""


def learn(lesson: Lesson, told: Callable[[str], None]) -> Manifest:
    """Adapt the model to the site and write the new directory.

    Raises NetheedError when there is too little traffic or the model cannot be adapted.
    """
    manifest, plain = opened(lesson.model)
    target = _windows_of(lesson, told)
    learned, held = _parted(target)
    rng = np.random.default_rng(lesson.course.seed)
    told(f"{len(target.label)} windows of {int(target.track.max()) + 1} hosts; simulating attacks")
    rehearsal = examples_of(scenes(lesson.scenes, rng), width=manifest.window_seconds)
    beside = examples_of(scenes(max(2, lesson.scenes // 2), rng), width=manifest.window_seconds)
    _, adapter = adapt(plain.detector, rehearsal, learned, replace(lesson.course))
    if adapter is None:
        raise AssertionError("only an adapter can be kept apart from its base")
    model = _with(plain, adapter)
    benign = beside.label == 0
    calibration = calibrated(
        judge(model, beside).score[benign],
        beside.group[benign],
        (judge(model, held).score, held.group),
    )
    said = Said(
        site=lesson.site,
        base=manifest.id,
        windows=len(target.label),
        hosts=int(target.track.max()) + 1,
        first=_iso(float(target.end.min()) - manifest.window_seconds),
        last=_iso(float(target.end.max())),
        rank=lesson.course.rank,
        calibration=calibration,
    )
    told(f"adapter of {adapter.nbytes} bytes")
    return _write(lesson.output, manifest, plain, (adapter, said))


def opened(directory: Path) -> tuple[Manifest, Exported]:
    """The manifest and the plain weights of a model directory. Raises ModelError."""
    manifest, _ = manifests.read(directory)
    if WEIGHTS not in manifest.files:
        raise ModelError(
            f"{directory}: has no {WEIGHTS} to learn on from; `netheed train` makes one"
        )
    weights = manifests.verified(directory, WEIGHTS, manifest)
    return manifest, unpacked(weights, str(directory / WEIGHTS))


def adapter_in(directory: Path) -> tuple[Adapter, Said] | None:
    """The adapter of a model directory, None in a plain one. Raises ModelError."""
    manifest, _ = manifests.read(directory)
    if ADAPTER not in manifest.files:
        return None
    return loaded(manifests.verified(directory, ADAPTER, manifest), directory / ADAPTER)


def apply(file: Path, base: Path, output: Path) -> Manifest:
    """Write `output`: the base with the adapter in it. Raises ModelError when it is another's."""
    manifest, plain = opened(base)
    if file.stat().st_size > MOST_ADAPTER_BYTES:
        raise ModelError(f"{file}: larger than {MOST_ADAPTER_BYTES} bytes")
    adapter, said = loaded(file.read_bytes(), file)
    if said.base != manifest.id:
        raise ModelError(f"{file}: belongs to {said.base}, {base} is {manifest.id}")
    if ADAPTER in manifest.files:
        raise ModelError(f"{base}: has an adapter already; remove it first")
    return _write(output, manifest, plain, (adapter, said))


def remove(directory: Path, output: Path) -> Manifest:
    """Write `output`: the model without its adapter. Raises ModelError when it has none."""
    manifest, plain = opened(directory)
    if ADAPTER not in manifest.files:
        raise ModelError(f"{directory}: has no adapter")
    try:
        base = msgspec.convert(manifest.training[_BASE], Manifest)
    except (KeyError, msgspec.ValidationError) as error:
        raise ModelError(f"{directory}: does not tell its base: {error}") from None
    return _write(output, base, plain, None)


def packed(adapter: Adapter, said: Said) -> bytes:
    """One .npz of half-precision matrices and plain text."""
    arrays = {}
    for name, (a, b) in adapter.matrices.items():
        arrays[f"{name}/a"], arrays[f"{name}/b"] = a, b
    text = np.frombuffer(msgspec.json.encode(said), dtype=np.uint8)
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays, **{_SAID: text})
    return buffer.getvalue()


def loaded(data: bytes, where: Path) -> tuple[Adapter, Said]:
    """The inverse of `packed`. Raises ModelError with the place for anything else."""
    try:
        with np.load(BytesIO(data), allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        said = msgspec.json.decode(arrays.pop(_SAID).tobytes(), type=Said)
        names = {name.rpartition("/")[0] for name in arrays}
        matrices: Matrices = {name: (arrays[f"{name}/a"], arrays[f"{name}/b"]) for name in names}
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise ModelError(f"{where}: not an adapter: {error}") from None
    return Adapter(matrices), said


def _write(
    output: Path, base: Manifest, plain: Exported, site: tuple[Adapter, Said] | None
) -> Manifest:
    """Export the base with a site's adapter, or as it is."""
    if output.exists() and any(output.iterdir()):
        raise NetheedError(f"{output}: is not empty")
    if site is None:
        story = export.Story(
            calibration=base.calibration,
            training=base.training,
            metrics=base.metrics,
            card=_plain_card(base),
        )
        return export.write(output, plain, base.features, story, width=base.window_seconds)
    adapter, said = site
    story = export.Story(
        calibration=said.calibration,
        training={"adapter": _told(said), _BASE: msgspec.to_builtins(base)},
        metrics={},
        card=_site_card(said),
        files={ADAPTER: packed(adapter, said)},
    )
    model = _with(plain, adapter)
    return export.write(output, model, base.features, story, width=base.window_seconds, plain=plain)


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


def _plain_card(base: Manifest) -> str:
    return f"# Model card: {{id}}\n\n{base.id}, its adapter taken out again.\n"


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


def _parted(target: Examples) -> tuple[Examples, Examples]:
    """(to learn from, to calibrate with), by time."""
    border = float(np.quantile(target.end, 1 - CALIBRATING))
    early = target.end <= border
    if early.all():
        return target, target
    return target.only(early), target.only(~early)


def _iso(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat()

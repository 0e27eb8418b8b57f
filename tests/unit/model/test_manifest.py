"""A model directory is verified whole before it is used."""

from pathlib import Path

import msgspec
import pytest
import yaml

from netheed.errors import ModelError
from netheed.model import manifest as manifests
from tests.model_directory import write_model


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    write_model(tmp_path)
    return tmp_path


def rewrite(directory: Path, **changes: object) -> None:
    path = directory / manifests.MANIFEST
    # to_builtins copies: what stands in two places would be written as an alias.
    changed = msgspec.to_builtins(yaml.safe_load(path.read_text()) | changes)
    path.write_text(yaml.safe_dump(changed))


def test_what_was_written_is_read_back(directory: Path) -> None:
    manifest, model = manifests.read(directory)

    assert manifest.kinds[0] == "benign"
    assert model == (directory / manifests.MODEL).read_bytes()


@pytest.mark.parametrize("name", [manifests.MODEL, manifests.CARD])
def test_a_changed_file_is_refused_by_its_name(directory: Path, name: str) -> None:
    with (directory / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(ModelError, match=f"{name}: is not the file"):
        manifests.read(directory)


@pytest.mark.parametrize("name", [manifests.MODEL, manifests.CARD, manifests.MANIFEST])
def test_a_missing_file_is_named(directory: Path, name: str) -> None:
    (directory / name).unlink()

    with pytest.raises(ModelError, match=f"{name}: No such file"):
        manifests.read(directory)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": 2}, "format 2, this netheed reads 1"),
        ({"strange": 1}, "strange: is not known here"),
        ({"window_seconds": "long"}, r"window_seconds"),
        ({"window_seconds": float("inf")}, r"window_seconds"),
        ({"window_seconds": float("nan")}, r"window_seconds"),
        ({"window_seconds": 1e-9}, r"window_seconds"),
        ({"window_seconds": 1e9}, r"window_seconds"),
        ({"id": "a\x1b[31m"}, r"id"),
        ({"kinds": ["benign"]}, r"kinds: .*length >= 2"),
        ({"kinds": ["benign", "\x1b[2J"]}, r"kinds\[1\]"),
        ({"kinds": ["benign", ""]}, r"kinds\[1\]"),
        ({"kinds": ["benign", "scan\n"]}, r"kinds\[1\]"),
        ({"kinds": ["benign", "a" * 65]}, r"kinds\[1\]"),
        ({"kinds": ["benign", "scan", "scan"]}, r"kinds\[2\]: scan is there twice"),
        ({"kinds": ["scan", "benign"]}, r"kinds\[0\]: is scan, not benign"),
        ({"files": {}}, "no hash for model.onnx"),
        ({"features": []}, "other features"),
    ],
)
def test_a_manifest_that_is_wrong_is_refused_with_the_reason(
    directory: Path, changes: dict[str, object], reason: str
) -> None:
    rewrite(directory, **changes)

    with pytest.raises(ModelError, match=reason):
        manifests.read(directory)


@pytest.mark.parametrize("group", manifests.GROUPS)
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"above": [0, 2]}, "{group}: above has 2 counts for 3 scores"),
        ({"above": [0, 2, 1]}, "{group}: the counts of above fall"),
        ({"above": [0, 2, 10]}, "{group}: above counts 10 of 9 windows"),
        ({"above": [-1, 2, 3]}, r"calibration\[\.\.\.\]\.above\[0\]: .*`int` >= 0"),
        ({"scores": [3.0, 1.0, 2.0]}, "{group}: scores do not descend"),
        ({"scores": [3.0, 2.0, float("nan")]}, r"calibration\[\.\.\.\]\.scores\[2\]"),
        ({"scores": [float("inf"), 2.0, 1.0]}, r"calibration\[\.\.\.\]\.scores\[0\]"),
        ({"scores": [], "above": []}, r"calibration\[\.\.\.\]\.scores: .*length >= 1"),
        ({"windows": 0}, r"calibration\[\.\.\.\]\.windows"),
        ({"windows": 10**400}, r"calibration\[\.\.\.\]\.windows"),
    ],
)
def test_a_calibration_that_gives_no_p_value_is_refused_with_its_place(
    directory: Path, group: str, changes: dict[str, object], reason: str
) -> None:
    whole: dict[str, object] = {"windows": 9, "scores": [3.0, 2.0, 1.0], "above": [0, 2, 3]}
    calibration = dict.fromkeys(manifests.GROUPS, whole) | {group: whole | changes}
    rewrite(directory, calibration=calibration)

    with pytest.raises(ModelError, match="yaml: .*" + reason.format(group=group)):
        manifests.read(directory)


@pytest.mark.parametrize("groups", [(), ("quiet", "client"), (*manifests.GROUPS, "printer")])
def test_every_host_group_is_calibrated_and_no_other(
    directory: Path, groups: tuple[str, ...]
) -> None:
    whole = {"windows": 9, "scores": [3.0], "above": [0]}
    rewrite(directory, calibration=dict.fromkeys(groups, whole))

    with pytest.raises(ModelError, match="yaml: calibration: is not of the groups quiet, client"):
        manifests.read(directory)


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 1e300])
@pytest.mark.parametrize("name", ["mean", "deviation", "low", "median", "high"])
def test_a_range_that_is_not_finite_is_refused(directory: Path, name: str, value: float) -> None:
    text = (directory / manifests.MANIFEST).read_text()
    features = yaml.safe_load(text)["features"]
    features[3][name] = value
    rewrite(directory, features=features)

    with pytest.raises(ModelError, match=rf"features\[3\]\.{name}"):
        manifests.read(directory)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("!!python/object/apply:os.system [true]\n", "line 1, column 1: tags are not read"),
        ("id: 2026-13-45\n", "line 1, column 5: month must be"),
        ("training: " + "[" * 5000 + "]" * 5000, "nested deeper"),
        ("format: " + "9" * 5000, "a value longer"),
        ("training: &t {}\nmetrics: *t\n", "line 2, column 10: aliases are not read"),
    ],
    ids=["object", "no date", "deep", "long number", "alias"],
)
def test_yaml_beyond_plain_values_is_refused_with_its_place(
    directory: Path, text: str, reason: str
) -> None:
    (directory / manifests.MANIFEST).write_text(text)

    with pytest.raises(ModelError, match=rf"{manifests.MANIFEST}: .*{reason}"):
        manifests.read(directory)

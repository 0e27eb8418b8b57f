"""A model directory is verified whole before it is used."""

from pathlib import Path

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
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | changes))


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
        ({"strange": 1}, "unknown field `strange`"),
        ({"window_seconds": "long"}, r"\$\.window_seconds"),
        ({"kinds": ["benign"]}, "two kinds"),
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


def test_yaml_that_builds_objects_is_refused(directory: Path) -> None:
    (directory / manifests.MANIFEST).write_text("!!python/object/apply:os.system [true]\n")

    with pytest.raises(ModelError, match="could not determine a constructor"):
        manifests.read(directory)

"""What is exported can be loaded, and only that."""

from pathlib import Path

from netheed.model import manifest as manifests
from netheed.model.onnx_file import operators
from netheed.model.scorer import OPERATORS
from tests.model_directory import write_model


def test_the_exporter_writes_no_operator_that_the_scorer_refuses(tmp_path: Path) -> None:
    write_model(tmp_path)

    assert operators((tmp_path / manifests.MODEL).read_bytes()) <= OPERATORS


def test_the_id_stands_in_manifest_and_card(tmp_path: Path) -> None:
    manifest = write_model(tmp_path)

    assert manifests.read(tmp_path)[0].id == manifest.id
    assert manifest.id in (tmp_path / manifests.CARD).read_text()


def test_the_same_weights_have_the_same_id(tmp_path: Path) -> None:
    assert write_model(tmp_path / "a").id == write_model(tmp_path / "b").id

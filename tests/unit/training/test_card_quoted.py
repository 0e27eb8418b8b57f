"""The card of a model quotes a report that was made after it."""

import pytest

from bench.card import quoted
from netheed.errors import NetheedError
from netheed.model import manifest as manifests
from tests.unit.training.exported_model import export_model


@pytest.fixture
def model(tmp_path):
    export_model(tmp_path / "model")
    return tmp_path / "model"


def said(folder, value):
    (folder / "summary.json").write_text(f'{{"mean AP (2)": {{"netheed": {value}}}}}')
    return folder


def test_the_card_has_the_figures_and_all_else_stays(model, tmp_path):
    before, graph = manifests.read(model)

    quoted(model, said(tmp_path, 0.25))
    quoted(model, said(tmp_path, 0.75))

    after, same = manifests.read(model)
    text = manifests.verified(model, manifests.CARD, after).decode()
    assert "netheed: 0.75" in text
    assert "0.25" not in text
    assert text.startswith(f"# Model card: {before.id}\n")
    assert graph == same
    for changed in (before, after):
        del changed.files[manifests.CARD]
    assert before == after


def test_without_figures_nothing_is_written(model, tmp_path):
    before = {path.name: path.read_bytes() for path in model.iterdir()}

    with pytest.raises(NetheedError, match=r"summary\.json: no figures of a report"):
        quoted(model, tmp_path)

    assert before == {path.name: path.read_bytes() for path in model.iterdir()}

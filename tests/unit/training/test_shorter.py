"""A model of fewer windows says what the whole one says of a host that came lately."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from bench.shorter import MOST, late, served, shorter
from netheed.core.vector import FEATURES
from netheed.model import manifest as manifests
from netheed.model.scorer import Scorer
from netheed.model.session import Session

SHIPPED = Path("models/default")
WINDOWS = 5


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("model")
    shorter(SHIPPED, WINDOWS, output)
    return output


def test_it_scores_the_newest_windows_as_the_whole_model_scores_a_host_that_has_no_others(
    made: Path,
):
    (manifest, whole), (fewer, cut) = manifests.read(SHIPPED), manifests.read(made)
    shape = (60, manifest.sequence_length, len(FEATURES))
    vectors = np.random.default_rng(3).uniform(0, 9, shape).astype(np.float32)
    mask = np.ones(shape[:2], dtype=np.float32)
    mask[:20, : manifest.sequence_length - 2] = 0.0

    one = Session.of(whole, manifest, width=len(FEATURES)).run(vectors, late(mask, WINDOWS))
    newest = (np.ascontiguousarray(array[:, -WINDOWS:]) for array in (vectors, mask))
    other = Session.of(cut, fewer, width=len(FEATURES)).run(*newest)

    np.testing.assert_allclose(one.score, other.score, atol=MOST)
    np.testing.assert_allclose(one.kinds, other.kinds, atol=MOST)
    np.testing.assert_allclose(one.surprise, other.surprise, atol=MOST)


def test_windows_further_back_weigh_in_the_whole_model():
    manifest, whole = manifests.read(SHIPPED)
    shape = (60, manifest.sequence_length, len(FEATURES))
    vectors = np.random.default_rng(3).uniform(0, 9, shape).astype(np.float32)
    mask = np.ones(shape[:2], dtype=np.float32)
    session = Session.of(whole, manifest, width=len(FEATURES))

    full, cut = session.run(vectors, mask), session.run(vectors, late(mask, WINDOWS))

    assert float(np.abs(full.score - cut.score).max()) > 100 * MOST


def test_it_serves_with_an_id_of_its_own_and_the_same_lives_and_p_values(made: Path):
    before, after = (Scorer(place) for place in (SHIPPED, made))
    said, says = (manifests.read(place)[0] for place in (SHIPPED, made))

    assert says.id != said.id
    assert says.sequence_length == WINDOWS
    assert says.training["shorter_than"] == said.id
    assert (after.pairs is None, after.hours is None) == (
        before.pairs is None,
        before.hours is None,
    )
    apart = {"id", "sequence_length", "files", "training"}
    same = {name for name in said.__struct_fields__ if getattr(said, name) == getattr(says, name)}
    assert set(said.__struct_fields__) - same == apart


def test_the_card_tells_how_many_windows_and_of_what_it_was_made(made: Path):
    said, says = (manifests.read(place)[0] for place in (SHIPPED, made))
    card = (made / manifests.CARD).read_text()

    assert card.startswith(f"# Model card: {says.id}\n")
    assert f"the last {WINDOWS} active minutes" in card
    assert f"Made from {said.id}" in card
    assert card.index("## Of fewer windows") < card.index("## Pairs")


def test_a_graph_of_another_make_is_refused():
    _, whole = manifests.read(SHIPPED)
    graph = onnx.load_from_string(whole)
    for initializer in graph.graph.initializer:
        if initializer.name == "norm.scale":
            initializer.name = "norm.other"

    with pytest.raises(SystemExit, match=r"norm\.other"):
        served(graph, WINDOWS)

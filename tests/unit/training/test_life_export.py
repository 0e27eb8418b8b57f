"""What is exported of the pair's model can be loaded, and says in plain units what it reads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from netheed.core.life_vector import CALLS, CONTEXT
from netheed.core.lives import LENGTH
from netheed.model import manifest as manifests
from netheed.model.life import PAIR_LIFE
from netheed.model.manifest import PAIRS, PairManifest
from netheed.model.onnx_file import operators
from netheed.model.scorer import Scorer
from netheed.model.session import OPERATORS, LifeSession
from netheed.ports import BATCH
from netheed.training.calibrate import FEWEST
from netheed.training.datasets import KINDS
from netheed.training.life_examples import life_examples
from netheed.training.life_export import calibration, manifest_of, onnx_bytes
from netheed.training.life_fit import LifeRecipe, fit, judged
from netheed.training.life_model import ExportedLives
from tests.unit.training.exported_model import export_model, tiny_pairs
from tests.unit.training.made import recording
from tests.unit.training.made_lives import BEACON, drawn, habits


@pytest.fixture(scope="module")
def model() -> ExportedLives:
    return fit(drawn(), LifeRecipe(steps=20, batch=32))


@pytest.fixture(scope="module")
def browsed() -> PairManifest:
    """Two hosts that ask five sites in turn, one a minute."""
    looks = life_examples(recording("browsed", "m57", [], "beacon")).pairs
    model = fit(looks, LifeRecipe(steps=2, batch=8))
    return manifest_of(model, looks, calibration(PAIR_LIFE, judged(model, looks)[0], looks.context))


def test_onnx_and_pytorch_agree(model: ExportedLives):
    """Within 1e-5: both reckon in single precision, in another order."""
    looks = drawn(BATCH, seed=3)
    arrays = (looks.steps.astype(np.float32), looks.there.astype(np.float32), looks.context)

    given = LifeSession.of(onnx_bytes(model), PAIR_LIFE, len(KINDS)).run(*arrays)

    score, kinds = judged(model, looks)
    np.testing.assert_allclose(given.score, score, atol=1e-5)
    np.testing.assert_allclose(given.kinds, kinds, atol=1e-5)


def test_the_exporter_writes_no_operator_that_a_session_refuses(model: ExportedLives):
    assert operators(onnx_bytes(model)) <= OPERATORS


def test_the_same_weights_are_the_same_bytes(model: ExportedLives):
    assert onnx_bytes(model) == onnx_bytes(model)


def test_a_directory_with_both_models_serves_both(tmp_path: Path):
    data, said = tiny_pairs()
    export_model(tmp_path, lives={"pairs": said}, files={PAIRS: data})

    scorer = Scorer(tmp_path)

    assert scorer.manifest.pairs == said
    assert scorer.pairs is not None


def test_another_life_model_is_another_model(tmp_path: Path):
    data, said = tiny_pairs()
    plain = export_model(tmp_path / "plain")
    both = export_model(tmp_path / "both", lives={"pairs": said}, files={PAIRS: data})

    assert plain.id != both.id
    assert manifests.read(tmp_path / "plain")[0].pairs is None


def test_every_input_has_its_range_in_order(browsed: PairManifest):
    assert [each.name for each in browsed.steps] == list(CALLS)
    assert [each.name for each in browsed.context] == list(CONTEXT)
    assert browsed.length == LENGTH
    assert all(each.low <= each.median <= each.high for each in (*browsed.steps, *browsed.context))


def test_ranges_are_in_plain_units(browsed: PairManifest):
    said = {each.name: each for each in (*browsed.steps, *browsed.context)}

    # A life keeps logarithms in half precision: a five hundredth of 300 seconds.
    assert said["gap"].median == pytest.approx(300.0, rel=0.02)
    assert said["sent"].low == pytest.approx(500.0, rel=0.02)
    assert said["sent"].high == pytest.approx(500.0 + 90 * 6, rel=0.02)
    assert said["period"].median == pytest.approx(300.0, rel=0.01)
    assert said["gap"].unit == "seconds"
    assert said["persistence"].high == 1.0
    assert 4.0 <= said["connections"].median <= 24.0


def test_attacks_are_in_no_range():
    looks = drawn()
    model = fit(looks, LifeRecipe(steps=2, batch=8))
    tails = calibration(PAIR_LIFE, judged(model, looks)[0], looks.context)
    looks.context[looks.label == BEACON] += 9.0
    looks.steps[looks.label == BEACON] += 3.0

    said = manifest_of(model, looks, tails)

    assert said == manifest_of(model, looks.only(looks.label == 0), tails)


def test_mean_and_deviation_are_what_the_model_standardises_by(model: ExportedLives):
    benign = drawn().only(drawn().label == 0)

    said = manifest_of(
        model, drawn(), calibration(PAIR_LIFE, np.zeros(300, np.float32), drawn().context)
    )

    mean, deviation = benign.context.mean(axis=0), benign.context.std(axis=0)
    assert [each.mean for each in said.context] == pytest.approx(mean.tolist(), rel=1e-3)
    assert [each.deviation for each in said.context] == pytest.approx(deviation.tolist(), rel=1e-3)


def test_each_pair_group_has_its_own_calibration():
    looks = drawn(6 * FEWEST)
    outside = looks.context[:, list(CONTEXT).index("external")] > 0.5
    score = np.where(outside, 5.0, -5.0).astype(np.float32)

    tails = calibration(PAIR_LIFE, score, looks.context)

    assert tuple(tails) == PAIR_LIFE.groups
    assert {name: tails[name].windows for name in tails} == {
        "inside": 2 * FEWEST,
        "outside": 4 * FEWEST,
    }
    assert (tails["inside"].scores, tails["outside"].scores) == ([-5.0], [5.0])


def test_a_small_pair_group_is_calibrated_on_all_together():
    looks = life_examples(habits()).pairs
    score = np.arange(len(looks), dtype=np.float32)

    tails = calibration(PAIR_LIFE, score, looks.context)

    # All of these peers are outside.
    assert tails["inside"] == tails["outside"]
    assert tails["inside"].windows == len(looks)


def test_the_manifest_of_an_ablated_model_is_readable(tmp_path: Path):
    looks = drawn()
    model = fit(looks, LifeRecipe(steps=2, batch=8, without=("span",)))
    said = manifest_of(model, looks, calibration(PAIR_LIFE, judged(model, looks)[0], looks.context))
    data = onnx_bytes(model)
    export_model(tmp_path, lives={"pairs": said}, files={PAIRS: data})

    scorer = Scorer(tmp_path)

    assert scorer.pairs is not None
    other = replace(looks, context=looks.context.copy())
    other.context[:, list(CONTEXT).index("span")] = 50.0
    runs = [
        scorer.pairs.session.run(
            each.steps[:9].astype(np.float32), each.there[:9].astype(np.float32), each.context[:9]
        ).score
        for each in (looks, other)
    ]
    np.testing.assert_array_equal(*runs)

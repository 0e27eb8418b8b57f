"""Models of lives: taken in their shapes only, and run on lives."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import yaml
from onnx import NodeProto, helper

from netheed.core.hour_vector import AROUND, HOURS, HourLooks
from netheed.core.life_vector import CALLS, CONTEXT, PairLooks, plain
from netheed.core.lives import LENGTH
from netheed.errors import ModelError
from netheed.model import manifest as manifests
from netheed.model.life import HOUR_LIFE
from netheed.model.life_scorer import LifeScorer
from netheed.model.scorer import Scorer
from netheed.ports import BATCH
from tests.model_directory import (
    HOUR_KINDS,
    KINDS,
    hour_onnx_model,
    pair_onnx_model,
    write_model,
)


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> LifeScorer:
    folder = tmp_path_factory.mktemp("model")
    write_model(folder, pairs=pair_onnx_model())
    found = Scorer(folder).pairs
    assert found is not None
    return found


def lives(count: int) -> PairLooks:
    rng = np.random.default_rng(7)
    numbers = np.arange(count)
    return PairLooks(
        host=numbers,
        row=numbers,
        key=numbers.astype(np.uint64),
        calls=rng.uniform(0, 5, (count, LENGTH, len(CALLS))).astype(np.float32),
        there=rng.uniform(size=(count, LENGTH)) < 0.7,
        context=rng.uniform(0, 5, (count, len(CONTEXT))).astype(np.float32),
    )


def refused(folder: Path, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        Scorer(folder)


def refused_model(folder: Path, pairs: bytes, reason: str) -> None:
    write_model(folder, pairs=pairs)
    refused(folder, f"pairs.onnx: .*{reason}")


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what the manifest says."""
    path = folder / manifests.MANIFEST
    said = yaml.safe_load(path.read_text())
    change(said)
    # to_builtins copies: what stands in two places would be written as an alias.
    path.write_text(yaml.safe_dump(msgspec.to_builtins(said)))


def test_each_life_has_a_score_and_a_probability_of_each_kind(scorer: LifeScorer) -> None:
    raw = scorer.look(lives(5))

    assert (raw.score.shape, raw.kinds.shape) == ((5,), (5, len(KINDS)))
    assert raw.kinds.sum(axis=1).tolist() == pytest.approx([1.0] * 5)


def test_lives_past_a_batch_are_scored_as_each_by_itself(scorer: LifeScorer) -> None:
    many = lives(BATCH + 3)

    score = scorer.look(many).score

    last = many.of_tick(slice(BATCH + 2, BATCH + 3), 0)
    assert len(score) == BATCH + 3
    assert score[-1] == pytest.approx(scorer.look(last).score[0], abs=1e-5)


def test_what_stands_where_no_connection_is_does_not_matter(scorer: LifeScorer) -> None:
    some = lives(4)
    before = scorer.look(some).score.tolist()

    some.calls[~some.there] = 9.0

    assert scorer.look(some).score.tolist() == before


def test_a_score_is_worth_what_its_group_says(tmp_path: Path) -> None:
    write_model(tmp_path, pairs=pair_onnx_model())
    outside = {"windows": 9, "scores": [3.0], "above": [0]}
    rewrite(tmp_path, lambda said: said["pairs"]["calibration"].update(outside=outside))
    scorer = Scorer(tmp_path).pairs
    assert scorer is not None
    context = np.zeros((2, len(CONTEXT)), dtype=np.float32)
    context[1, list(CONTEXT).index("external")] = 1.0

    inside_p, outside_p = scorer.p_values(np.float32([9.0, 9.0]), context).tolist()

    assert (inside_p, outside_p) == (1 / 901, 1 / 10)


@pytest.mark.parametrize("part", ["low", "median", "high"])
def test_what_is_usual_is_scaled_as_lives_are(
    scorer: LifeScorer, tmp_path: Path, part: str
) -> None:
    pairs = write_model(tmp_path, pairs=pair_onnx_model()).pairs
    assert pairs is not None

    calls = plain(getattr(scorer.usual_steps, part), CALLS)
    context = plain(getattr(scorer.usual_context, part), CONTEXT)

    assert calls.tolist() == pytest.approx([getattr(one, part) for one in pairs.steps], rel=1e-4)
    expected = [getattr(one, part) for one in pairs.context]
    assert context.tolist() == pytest.approx(expected, rel=1e-4)


def test_a_model_made_before_the_last_columns_reads_the_ones_before(tmp_path: Path) -> None:
    fewer = len(CONTEXT) - 9
    write_model(tmp_path, pairs=pair_onnx_model(context=fewer))
    rewrite(tmp_path, lambda said: said["pairs"].update(context=said["pairs"]["context"][:fewer]))
    scorer = Scorer(tmp_path).pairs
    assert scorer is not None

    some, other = lives(3), lives(3)
    other.context[:, fewer:] += 1.0
    assert scorer.look(some).score.tolist() == scorer.look(other).score.tolist()
    other.context[:, 0] += 1.0
    assert scorer.look(some).score.tolist() != scorer.look(other).score.tolist()


def test_a_directory_that_does_not_speak_of_pairs_knows_none(tmp_path: Path) -> None:
    write_model(tmp_path)
    rewrite(tmp_path, lambda said: said.pop("pairs"))

    assert Scorer(tmp_path).pairs is None


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ({"length": LENGTH + 1}, r"calls is .*13, 7.*the manifest says \[12, 7"),
        ({"calls": len(CALLS) - 1}, "calls is "),
        ({"context": len(CONTEXT) + 1}, "context is "),
        ({"kinds": len(KINDS) - 1}, r"gives kinds as \(1, 6\) where \(1, 7\) is expected"),
        ({"kinds": len(KINDS) + 1}, r"gives kinds as \(1, 8\) where \(1, 7\) is expected"),
    ],
    ids=["longer", "fewer of a connection", "more beside", "fewer kinds", "more kinds"],
)
def test_a_model_of_other_sizes_than_a_life_has_is_refused(
    tmp_path: Path, sizes: dict[str, int], reason: str
) -> None:
    refused_model(tmp_path, pair_onnx_model(**sizes), reason)


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ([helper.make_node("Identity", ["there"], ["score"])], r"gives score as \(1, 12\)"),
        (
            [
                helper.make_node("ReduceMean", ["context"], ["zero"], axes=[1], keepdims=0),
                helper.make_node("Log", ["zero"], ["score"]),
            ],
            "a score that is not finite",
        ),
        ([helper.make_node("Tan", ["there"], ["score"])], "asks for operators Tan"),
    ],
    ids=["shape", "infinite", "operator"],
)
def test_a_model_of_another_score_is_refused(
    tmp_path: Path, nodes: list[NodeProto], reason: str
) -> None:
    refused_model(tmp_path, pair_onnx_model(instead={"score": nodes}), reason)


def test_a_model_without_kinds_is_refused(tmp_path: Path) -> None:
    nodes = helper.make_node("MatMul", ["known", "to_kinds"], ["sorts"])
    whole = pair_onnx_model(instead={"kinds": [], "sorts": [nodes]})

    refused_model(tmp_path, whole, "refuses|does not give kinds|cannot|Graph output")


def test_a_model_of_hosts_is_none_of_pairs(tmp_path: Path) -> None:
    write_model(tmp_path, pairs=pair_onnx_model())
    write_model(tmp_path, pairs=(tmp_path / manifests.MODEL).read_bytes())

    refused(tmp_path, "pairs.onnx: reads mask, vectors, not calls and there and context")


def test_a_changed_model_is_refused_by_its_name(tmp_path: Path) -> None:
    write_model(tmp_path, pairs=pair_onnx_model())
    with (tmp_path / manifests.PAIRS).open("ab") as file:
        file.write(b" ")

    refused(tmp_path, "pairs.onnx: is not the file")


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    write_model(tmp_path, pairs=pair_onnx_model())
    (tmp_path / manifests.PAIRS).unlink()

    refused(tmp_path, "pairs.onnx: No such file")


@pytest.mark.parametrize("part", ["calls", "context"])
def test_other_names_than_ours_are_refused_with_the_first_that_differs(
    tmp_path: Path, part: str
) -> None:
    write_model(tmp_path, pairs=pair_onnx_model())
    rewrite(tmp_path, lambda said: said["pairs"][part][2].update(name="mood"))

    refused(tmp_path, f"{tmp_path}: made for other features .*'mood'")


def test_fewer_names_of_a_step_than_ours_are_refused(tmp_path: Path) -> None:
    write_model(tmp_path, pairs=pair_onnx_model())
    rewrite(tmp_path, lambda said: said["pairs"]["calls"].pop())

    refused(tmp_path, f"{tmp_path}: made for other features .*a different count")


def test_fewer_columns_beside_than_the_model_reads_are_refused(tmp_path: Path) -> None:
    write_model(tmp_path, pairs=pair_onnx_model())
    rewrite(tmp_path, lambda said: said["pairs"]["context"].pop())

    refused(tmp_path, "pairs.onnx: context is .*, the manifest says")


def test_lives_of_another_length_are_refused(tmp_path: Path) -> None:
    write_model(tmp_path, pairs=pair_onnx_model())
    rewrite(tmp_path, lambda said: said["pairs"].update(length=LENGTH + 1))

    refused(tmp_path, f"{tmp_path}: made for other lives")


def test_every_pair_group_is_calibrated(tmp_path: Path) -> None:
    write_model(tmp_path, pairs=pair_onnx_model())
    rewrite(tmp_path, lambda said: said["pairs"]["calibration"].pop("inside"))

    refused(tmp_path, "yaml: pairs.calibration: is not of the groups inside, outside")


def test_a_calibration_that_gives_no_p_value_is_refused_with_its_place(tmp_path: Path) -> None:
    write_model(tmp_path, pairs=pair_onnx_model())
    odd = {"windows": 9, "scores": [1.0, 3.0], "above": [0, 1]}
    rewrite(tmp_path, lambda said: said["pairs"]["calibration"].update(outside=odd))

    refused(tmp_path, "yaml: pairs.calibration.outside: scores do not descend")


def hours(count: int) -> HourLooks:
    rng = np.random.default_rng(7)
    shape = (count, HOUR_LIFE.length)
    return HourLooks(
        host=np.arange(count),
        steps=rng.uniform(0, 5, (*shape, len(HOURS))).astype(np.float32),
        there=rng.uniform(size=shape) < 0.7,
        context=rng.uniform(0, 5, (count, len(AROUND))).astype(np.float32),
    )


def test_hours_are_scored_with_kinds_of_their_own(tmp_path: Path) -> None:
    write_model(tmp_path, hours=hour_onnx_model())
    scorer = Scorer(tmp_path).hours
    assert scorer is not None

    raw = scorer.look(hours(BATCH + 3))

    assert (Scorer(tmp_path).kinds, scorer.kinds) == (KINDS, HOUR_KINDS)
    assert raw.kinds.shape == (BATCH + 3, len(HOUR_KINDS))
    assert scorer.p_values(raw.score, hours(BATCH + 3).context).shape == (BATCH + 3,)


def test_pairs_have_the_kinds_of_the_windows_where_nothing_is_said(scorer: LifeScorer) -> None:
    assert scorer.kinds == KINDS


def test_kinds_of_hours_that_are_doubled_are_refused_with_their_place(tmp_path: Path) -> None:
    write_model(tmp_path, hours=hour_onnx_model())
    rewrite(tmp_path, lambda said: said["hours"]["kinds"].append("scan"))

    refused(tmp_path, r"hours.kinds\[8\]: scan is there twice")


def test_a_model_of_pairs_is_none_of_hours(tmp_path: Path) -> None:
    write_model(tmp_path, hours=pair_onnx_model())

    refused(tmp_path, "hours.onnx: reads calls, context, there, not steps and there and context")


def test_a_changed_model_of_hours_is_refused_by_its_name(tmp_path: Path) -> None:
    write_model(tmp_path, hours=hour_onnx_model())
    with (tmp_path / manifests.HOURS).open("ab") as file:
        file.write(b" ")

    refused(tmp_path, "hours.onnx: is not the file")


def test_hours_of_another_length_are_refused(tmp_path: Path) -> None:
    write_model(tmp_path, hours=hour_onnx_model())
    rewrite(tmp_path, lambda said: said["hours"].update(length=24))

    refused(tmp_path, "made for other lives of hours")

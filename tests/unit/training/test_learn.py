"""A site's own traffic becomes an adapter, which goes in and out of its base."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from netheed.core.vector import FEATURES
from netheed.errors import ModelError, NetheedError
from netheed.model import manifest as manifests
from netheed.model.life import LIVES, Life
from netheed.model.scorer import Scorer
from netheed.training.adapters import Adapter, adapter_of, merged
from netheed.training.adapters import opened as with_adapters
from netheed.training.datasets import Recording
from netheed.training.examples import examples_of
from netheed.training.judge import judge
from netheed.training.learn import (
    ADAPTER,
    BASE_CARD,
    FEWEST,
    WAY,
    Lesson,
    Said,
    _found,
    adapter_in,
    apply,
    learn,
    loaded,
    opened,
    packed,
    remove,
)
from netheed.training.sites import WAYS
from netheed.training.weights import WEIGHTS
from tests.connections import connection
from tests.lines import CONN_JSON, changed
from tests.unit.training.exported_model import export_model, tiny_detector, tiny_lives

WHERE = Path("site.npz")
SAID = Said(
    site="office",
    base="attention-0",
    windows=60,
    hosts=2,
    first="2026-03-10T08:00:00+00:00",
    last="2026-03-10T09:00:00+00:00",
    rank=2,
    calibration={},
)


def networks(count: int, _: np.random.Generator) -> list[Recording]:
    """Networks of three hosts and half an hour, one of which scans: simulated ones take seconds."""
    usual = [
        connection(uid=f"B{minute}-{host}", start=60.0 * minute, orig=f"192.168.7.{host}")
        for minute in range(30)
        for host in (10, 11, 12)
    ]
    scan = [
        connection(uid=f"S{n}", start=600.0 + n, orig="192.168.7.10", resp=f"192.168.7.{20 + n}")
        for n in range(40)
    ]
    labels = ["benign"] * len(usual) + ["scan"] * len(scan)
    made = Recording(name="simulated", family="simulated", connections=usual + scan, labels=labels)
    return [made] * count


def write_log(path: Path, minutes: int = 30) -> Path:
    """One connection a minute of each of two hosts."""
    path.write_bytes(
        b"".join(
            changed(CONN_JSON, ts=1_700_000_000.0 + 60 * minute, **{"id.orig_h": f"10.0.0.{host}"})
            for minute in range(minutes)
            for host in (5, 6)
        )
    )
    return path


@pytest.fixture(scope="module", autouse=True)
def small_networks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("netheed.training.learn.scenes", networks)
        yield


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Has the model `base`, the traffic conn.log, and what the site learned from it, `site`."""
    folder = tmp_path_factory.mktemp("learn")
    files, lives = tiny_lives()
    export_model(folder / "base", lives=lives, files=files)
    write_log(folder / "conn.log")
    learn(lesson(folder), lambda _: None)
    return folder


def lesson(folder: Path) -> Lesson:
    return Lesson(
        paths=(folder / "conn.log",),
        model=folder / "base",
        output=folder / "site",
        site="north office",
        course=replace(WAYS[WAY], steps=5),
        scenes=2,
    )


def other(place: Path, folder: Path, **changes: Any) -> Lesson:
    """The lesson with changes, into `folder`."""
    return replace(lesson(place), output=folder / "out", **changes)


def tiny_adapter() -> Adapter:
    return adapter_of(with_adapters(tiny_detector().detector, seed=1))


def model(directory: Path) -> bytes:
    return (directory / manifests.MODEL).read_bytes()


def scores(directory: Path) -> np.ndarray:
    sequences = np.random.default_rng(0).uniform(0, 5, (20, 12, len(FEATURES))).astype(np.float32)
    return Scorer(directory).score(sequences, np.ones((20, 12), dtype=np.bool_)).score


def written(path: Path, adapter: Adapter, said: Said) -> Path:
    path.write_bytes(packed(adapter, said))
    return path


def test_the_adapted_model_scores_otherwise_than_its_base(place: Path):
    assert np.isfinite(scores(place / "site")).all()
    assert not np.allclose(scores(place / "site"), scores(place / "base"), atol=1e-3)


def test_the_adapter_names_its_site_and_its_base(place: Path):
    found = adapter_in(place / "site")

    assert found is not None
    said = msgspec.structs.replace(found[1], calibration={}, attacks_of_base=None, attacks=None)
    assert said == Said(
        site="north office",
        base=opened(place / "base").manifest.id,
        windows=60,
        hosts=2,
        first="2023-11-14T22:13:00+00:00",
        last="2023-11-14T22:43:00+00:00",
        rank=2,
        calibration={},
    )
    assert "north office" in (place / "site" / "CARD.md").read_text()


def test_the_adapter_tells_what_the_model_found_before_and_after(place: Path):
    simulated = examples_of(networks(2, np.random.default_rng(0)))
    base = opened(place / "base").plain

    found = adapter_in(place / "site")

    assert found is not None
    adapter, said = found
    adapted = base.around(merged(base.detector, adapter))
    assert said.attacks_of_base == _found(simulated, judge(base, simulated).score)
    assert said.attacks == _found(simulated, judge(adapted, simulated).score)


def test_a_file_of_another_kind_is_told_without_a_word_of_unpickling():
    with pytest.raises(ModelError) as found:
        loaded(b"# netheed", WHERE)
    assert str(found.value) == "site.npz: not an adapter: no archive of matrices"


@pytest.mark.parametrize(("attacks", "much"), [(0.7, False), (0.5, True), (None, False)])
def test_who_loses_a_third_of_what_was_found_forgot_much(attacks: float | None, much: bool):
    said = msgspec.structs.replace(SAID, attacks_of_base=0.78, attacks=attacks)

    assert said.forgot_much is much


@pytest.fixture
def forgetting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The base finds all, what it becomes nearly nothing."""
    found = iter((1.0, 0.25))
    monkeypatch.setattr("netheed.training.learn._found", lambda *_: next(found))


@pytest.mark.usefixtures("forgetting")
def test_who_forgets_much_is_told_to_look_for_attacks(place: Path, tmp_path: Path):
    told: list[str] = []

    learn(other(place, tmp_path), told.append)

    assert told[-2].endswith("mean AP of simulated attacks: 1.00 -> 0.25")
    assert "are there attacks in what it learned as benign?" in told[-1]


def test_a_folder_that_is_not_empty_is_refused_before_any_work(place: Path):
    told: list[str] = []

    with pytest.raises(NetheedError, match=r"site: is not empty$"):
        learn(lesson(place), told.append)
    assert told == []


def test_what_was_forgotten_is_told():
    simulated = examples_of(networks(2, np.random.default_rng(0)))
    right = simulated.label.astype(np.float32)

    before, after = _found(simulated, right), _found(simulated, -right)

    assert before == 1.0
    assert after is not None
    assert after < 0.9
    said = msgspec.structs.replace(SAID, attacks_of_base=before, attacks=after)
    assert said.kept == f"1.00 -> {after:.2f}"


def test_an_adapter_of_an_earlier_version_does_not_tell_it():
    _, said = loaded(packed(tiny_adapter(), SAID), WHERE)

    assert said.kept == "-"


def test_a_plain_model_has_no_adapter(place: Path):
    assert adapter_in(place / "base") is None


@pytest.mark.parametrize("life", LIVES, ids=lambda life: life.part)
def test_the_adapted_model_still_judges_pairs_and_hours_as_its_base(place: Path, life: Life):
    base, site = manifests.read(place / "base")[0], manifests.read(place / "site")[0]

    kept = manifests.read_life(place / "site", site, life)
    assert kept == manifests.read_life(place / "base", base, life)
    assert site.life(life) == base.life(life) is not None


def test_a_model_that_knows_no_pairs_learns_too(place: Path, tmp_path: Path):
    export_model(tmp_path / "base")
    alone = replace(lesson(place), model=tmp_path / "base", output=tmp_path / "site")

    assert learn(alone, lambda _: None).pairs is None


def test_learning_leaves_the_base_as_it_was(place: Path, tmp_path: Path):
    files, lives = tiny_lives()
    export_model(tmp_path, lives=lives, files=files)

    files = {path.name: path.read_bytes() for path in (place / "base").iterdir()}
    assert files == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


def test_the_site_calibrates_what_is_odd_there(place: Path):
    simulated = examples_of(networks(2, np.random.default_rng(0)))
    a_third_of_two_hosts = 20

    found = adapter_in(place / "site")

    assert found is not None
    assert Scorer(place / "site").manifest.calibration == found[1].calibration
    windows = int((simulated.label == 0).sum()) + a_third_of_two_hosts
    assert found[1].calibration["client"].windows == windows


def test_removing_the_adapter_gives_the_base_back_to_the_bit(place: Path, tmp_path: Path):
    plain = remove(place / "site", tmp_path / "plain")

    base = opened(place / "base").manifest
    assert model(tmp_path / "plain") == model(place / "base")
    assert (tmp_path / "plain" / WEIGHTS).read_bytes() == (place / "base" / WEIGHTS).read_bytes()
    assert plain == base
    assert adapter_in(tmp_path / "plain") is None


def test_applying_the_adapter_gives_the_adapted_model_again(place: Path, tmp_path: Path):
    again = apply(place / "site" / ADAPTER, place / "base", tmp_path / "again")

    assert model(tmp_path / "again") == model(place / "site")
    assert again == opened(place / "site").manifest


def test_the_same_traffic_teaches_the_same(place: Path, tmp_path: Path):
    again = learn(replace(lesson(place), output=tmp_path / "again"), lambda _: None)

    assert again == opened(place / "site").manifest


def test_an_adapted_model_learns_anew_from_its_base(place: Path, tmp_path: Path):
    told: list[str] = []

    again = learn(
        replace(lesson(place), model=place / "site", output=tmp_path / "again"), told.append
    )

    assert told[0] == f"{place / 'site'}: learning anew from its base, without its adapter"
    assert again == opened(place / "site").manifest


def test_an_adapter_of_another_base_is_refused(place: Path, tmp_path: Path):
    base = opened(place / "base").manifest.id
    file = written(tmp_path / ADAPTER, tiny_adapter(), SAID)

    with pytest.raises(ModelError, match=f"belongs to attention-0, .* is {base}$"):
        apply(file, place / "base", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_an_earlier_netheed_adapted_is_told_how_to_be_made_anew(place: Path, tmp_path: Path):
    shutil.copytree(place / "site", tmp_path / "site")
    manifest = tmp_path / "site" / manifests.MANIFEST
    lines = [line for line in manifest.read_text().splitlines() if BASE_CARD not in line]
    manifest.write_text("\n".join(lines))

    with pytest.raises(ModelError, match=r"adapted by an earlier netheed, .* --model BASE` makes"):
        remove(tmp_path / "site", tmp_path / "out")
    again = apply(tmp_path / "site" / ADAPTER, place / "base", tmp_path / "again")
    assert again == opened(place / "site").manifest


def test_a_model_takes_one_adapter(place: Path, tmp_path: Path):
    said = msgspec.structs.replace(SAID, base=opened(place / "site").manifest.id)
    file = written(tmp_path / ADAPTER, tiny_adapter(), said)

    with pytest.raises(ModelError, match="has an adapter already"):
        apply(file, place / "site", tmp_path / "out")


def test_a_model_without_an_adapter_has_none_to_remove(place: Path, tmp_path: Path):
    with pytest.raises(ModelError, match="has no adapter"):
        remove(place / "base", tmp_path / "out")


def test_a_base_without_its_weights_cannot_be_adapted(place: Path, tmp_path: Path):
    shutil.copytree(place / "base", tmp_path / "base")
    (tmp_path / "base" / WEIGHTS).unlink()

    with pytest.raises(ModelError, match=rf"{WEIGHTS}: No such file or directory$"):
        learn(other(place, tmp_path, model=tmp_path / "base"), lambda _: None)


def test_a_model_of_before_the_weights_were_kept_cannot_be_adapted(place: Path, tmp_path: Path):
    shutil.copytree(place / "base", tmp_path / "base")
    text = (tmp_path / "base" / manifests.MANIFEST).read_text()
    older = [line for line in text.splitlines() if WEIGHTS not in line]
    (tmp_path / "base" / manifests.MANIFEST).write_text("\n".join(older))

    with pytest.raises(ModelError, match=f"has no {WEIGHTS} to learn on from"):
        learn(other(place, tmp_path, model=tmp_path / "base"), lambda _: None)


def test_a_changed_adapter_in_a_directory_is_refused(place: Path, tmp_path: Path):
    shutil.copytree(place / "site", tmp_path / "site")
    written(tmp_path / "site" / ADAPTER, tiny_adapter(), SAID)

    with pytest.raises(ModelError, match="is not the file that"):
        adapter_in(tmp_path / "site")


def test_a_folder_that_holds_something_is_left_alone(place: Path, tmp_path: Path):
    (tmp_path / "note").write_text("mine")

    with pytest.raises(NetheedError, match="is not empty"):
        apply(place / "site" / ADAPTER, place / "base", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


def test_too_little_traffic_teaches_nothing(place: Path, tmp_path: Path):
    few = write_log(tmp_path / "conn.log", minutes=FEWEST // 2 - 1)

    with pytest.raises(NetheedError, match=f"^{FEWEST - 2} windows are too few"):
        learn(other(place, tmp_path, paths=(few,)), lambda _: None)


def test_broken_lines_are_told_and_leave_nothing_to_learn(place: Path, tmp_path: Path):
    told: list[str] = []
    broken = tmp_path / "conn.log"
    broken.write_bytes(changed(CONN_JSON, ts="yesterday"))

    with pytest.raises(NetheedError, match="no connections to learn from"):
        learn(other(place, tmp_path, paths=(broken,)), told.append)
    assert told[0].startswith(f"{broken}:1")
    assert told[1] == "0 connections, 1 bad lines"


@pytest.mark.parametrize("site", ["../../up: [", "北\n- base: x\x1b[31m"])
def test_a_strange_name_of_a_site_stays_a_name(place: Path, tmp_path: Path, site: str):
    file = written(
        tmp_path / "file.npz",
        tiny_adapter(),
        msgspec.structs.replace(
            SAID,
            site=site,
            base=opened(place / "base").manifest.id,
            calibration=opened(place / "base").manifest.calibration,
        ),
    )

    apply(file, place / "base", tmp_path / "out")

    found = adapter_in(tmp_path / "out")
    assert found is not None
    assert found[1].site == Scorer(tmp_path / "out").manifest.training["adapter"]["site"] == site
    assert {path.name for path in tmp_path.iterdir()} == {"file.npz", "out"}


def test_an_adapter_is_kept_in_few_bytes_and_loads_as_it_was():
    adapter = tiny_adapter()

    again, said = loaded(packed(adapter, SAID), WHERE)

    assert said == SAID
    assert again.matrices.keys() == adapter.matrices.keys()
    for name, pair in adapter.matrices.items():
        for one, other in zip(pair, again.matrices[name], strict=True):
            np.testing.assert_array_equal(one, other)
    assert len(packed(adapter, SAID)) < 16 * 1024


def arrays(**given: object) -> bytes:
    buffer = BytesIO()
    np.savez(buffer, **{name: np.asarray(value) for name, value in given.items()})
    return buffer.getvalue()


def text(value: bytes) -> np.ndarray:
    return np.frombuffer(value, dtype=np.uint8)


@pytest.mark.parametrize(
    "data",
    [
        b"just words",
        packed(tiny_adapter(), SAID)[:2000],
        packed(tiny_adapter(), SAID)[:-1],
        arrays(said=np.array([{}], dtype=object)),
        arrays(other=np.zeros(3)),
        arrays(said=text(b"{broken")),
        arrays(said=text(b"\xff")),
        arrays(said=text(b'{"site": "x"}')),
        arrays(said=text(msgspec.json.encode(SAID)[:-1] + b',"more":1}')),
        arrays(said=text(msgspec.json.encode(SAID)), **{"embed/a": np.zeros((2, 3))}),
        arrays(said=text(msgspec.json.encode(SAID)), embed=np.zeros((2, 3))),
    ],
    ids=[
        "words",
        "half",
        "a byte short",
        "pickled",
        "nothing said",
        "broken JSON",
        "no UTF-8",
        "too little said",
        "too much said",
        "one matrix",
        "no matrix",
    ],
)
def test_what_is_no_adapter_is_refused_with_its_place(data: bytes):
    with pytest.raises(ModelError, match=r"^site\.npz: not an adapter: "):
        loaded(data, WHERE)


@pytest.mark.parametrize(
    "shapes", [((2, 3), (16, 2)), ((2, 63), (5, 2)), ((3, 63), (16, 2)), ((2, 63, 1), (16, 2))]
)
def test_matrices_that_do_not_fit_are_refused(
    place: Path, tmp_path: Path, shapes: tuple[tuple[int, ...], tuple[int, ...]]
):
    a, b = (np.ones(shape, dtype=np.float16) for shape in shapes)
    said = msgspec.structs.replace(SAID, base=opened(place / "base").manifest.id)
    file = written(tmp_path / ADAPTER, Adapter(tiny_adapter().matrices | {"embed": (a, b)}), said)

    with pytest.raises(ModelError):
        apply(file, place / "base", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_too_large_for_an_adapter_is_not_read(place: Path, tmp_path: Path):
    with (tmp_path / ADAPTER).open("wb") as file:
        file.truncate(2**33)

    with pytest.raises(ModelError, match="larger than"):
        apply(tmp_path / ADAPTER, place / "base", tmp_path / "out")

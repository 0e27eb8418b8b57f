"""Pieces know whose networks they are, and looks that were made are kept."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import netheed
from netheed.training import life_corpus as module
from netheed.training.datasets import Recording
from netheed.training.implants import BEHAVIOURS, JUDGED, LEARNED, NoRoomError, Ranges
from netheed.training.life_corpus import (
    LifeCorpus,
    LifePiece,
    bears_implants,
    judged_implants,
    life_corpus,
)
from netheed.training.life_examples import HOURS, PAIRS, LifeExamples, Looks, joined, joined_looks
from tests.unit.training.implants.recorded import weeks
from tests.unit.training.made import calls, recording
from tests.unit.training.made_lives import BEACON, drawn, habits, of_pairs, same


def quiet(name: str, family: str) -> Recording:
    """One benign host for four days."""
    return replace(weeks(4), name=name, family=family, sha256=f"sum of {name}")


HOME, SHED = quiet("home/1", "home"), quiet("shed/1", "shed")
CALLED = recording("shop/1", "shop", calls(), "beacon")
RECORDINGS = [HOME, SHED, CALLED]


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two behaviours, one draw, and small scenes."""
    some = {name: BEHAVIOURS[name] for name in ("sleeps", "lateral")}
    monkeypatch.setattr(module, "BEHAVIOURS", some)
    monkeypatch.setattr(module, "DRAWS", 1)
    monkeypatch.setattr(module, "scenes", _scenes)
    monkeypatch.setattr(module, "NETWORKS", {"house": ("home", "shed"), "lab": ("lab",)})


def _scenes(_: int, rng: np.random.Generator) -> list[Recording]:
    made = habits(int(rng.integers(1000)), family="simulated")
    return [replace(made, sha256="")]


def pieces(folder: Path, recordings: list[Recording] = RECORDINGS) -> dict[str, LifePiece]:
    return {p.name: p for p in life_corpus(recordings, folder, scenes_of=2).pieces}


def hosts(looks: LifeExamples) -> set[str]:
    return {looks.keys[pair].host for pair in looks.owner.tolist()}


def alike(one: Looks, other: Looks) -> bool:
    """Equal in everything."""
    return same(one.pairs, other.pairs) and same(one.hours, other.hours)


def piece(*families: str) -> LifePiece:
    name = "+".join(families)
    return LifePiece(name=name, families=frozenset(families), looks=of_pairs(drawn(20, host=name)))


def test_recordings_simulated_networks_and_implants_are_pieces_of_their_families(tmp_path: Path):
    made = pieces(tmp_path)

    assert {name: set(each.families) for name, each in made.items()} == {
        "home/1": {"home"},
        "shed/1": {"shed"},
        "shop/1": {"shop"},
        "home/1+implants": {"home"},
        "shed/1+implants": {"shed"},
        "simulated/0#1": {"simulated"},
        "simulated/1#1": {"simulated"},
    }


def test_a_piece_of_implants_holds_nothing_else(tmp_path: Path):
    looks = pieces(tmp_path)["home/1+implants"].looks.pairs

    # Lateral movement is of no kind.
    assert set(looks.label.tolist()) == {BEACON}


def test_lateral_movement_is_among_the_hours_of_implants(tmp_path: Path):
    hours = pieces(tmp_path)["home/1+implants"].looks.hours

    assert {HOURS.kinds[label] for label in hours.label.tolist()} == {"beacon", "lateral_movement"}


def test_simulated_networks_differ(tmp_path: Path):
    made = pieces(tmp_path)

    assert not same(made["simulated/0#1"].looks.pairs, made["simulated/1#1"].looks.pairs)


def test_every_piece_in_which_a_held_family_stands_is_left_out():
    corpus = LifeCorpus((piece("home"), piece("shop"), piece("home", "lab"), piece("simulated")))

    assert hosts(corpus.without(PAIRS, ["home"])) == {"shop", "simulated"}
    assert hosts(corpus.without(PAIRS, ["lab", "shop"])) == {"home", "simulated"}
    assert hosts(corpus.without(PAIRS, [])) == {"home", "shop", "home+lab", "simulated"}


def test_implants_over_a_held_family_are_left_out_too(tmp_path: Path):
    made = pieces(tmp_path)
    corpus = LifeCorpus(tuple(made.values()))

    left = [each.looks.pairs for name, each in made.items() if not name.startswith("home")]
    assert same(corpus.without(PAIRS, ["home"]), joined(PAIRS, left))
    assert len(left) == len(made) - 2


def test_the_benign_looks_of_a_network_are_of_its_families_alone():
    corpus = LifeCorpus((piece("home"), piece("shed"), piece("shop")))

    looks = corpus.benign(PAIRS, "house")

    assert hosts(looks) == {"home", "shed"}
    assert set(looks.label.tolist()) == {0}


def test_a_network_without_recordings_has_no_looks():
    assert len(LifeCorpus((piece("home"),)).benign(PAIRS, "lab")) == 0


def test_kept_looks_are_read_and_not_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = pieces(tmp_path)
    monkeypatch.setattr(module, "life_examples", lambda recording: 1 / 0)

    again = pieces(tmp_path)

    assert first.keys() == again.keys()
    assert all(alike(first[name].looks, again[name].looks) for name in first)


def test_looks_made_anew_are_the_same(tmp_path: Path):
    first, again = pieces(tmp_path / "a"), pieces(tmp_path / "b")

    assert all(alike(first[name].looks, again[name].looks) for name in first)


def made_anew(folder: Path, recordings: list[Recording], patch: pytest.MonkeyPatch) -> list[str]:
    """Names of the recordings whose looks were worked out, each once."""
    asked: list[str] = []

    def watched(given: Recording) -> Looks:
        asked.append(given.name.partition("+")[0])
        return joined_looks([])

    patch.setattr(module, "life_examples", watched)
    pieces(folder, recordings)
    return sorted(set(asked))


def test_other_data_makes_its_looks_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pieces(tmp_path)
    changed = [HOME, replace(SHED, sha256="other"), CALLED]

    assert made_anew(tmp_path, changed, monkeypatch) == ["shed/1"]


def test_other_code_makes_all_looks_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pieces(tmp_path)
    monkeypatch.setattr(module, "code", lambda _: "other")

    anew = made_anew(tmp_path, RECORDINGS, monkeypatch)

    assert {"home/1", "shed/1", "shop/1"} < set(anew)


def test_implants_that_another_recording_has_moved_are_drawn_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The place of a recording among all is in the seed of what is laid over it."""
    pieces(tmp_path)

    assert made_anew(tmp_path, [quiet("new/1", "new"), *RECORDINGS], monkeypatch) == [
        "home/1", "new/1", "shed/1",
    ]  # fmt: skip


def test_only_benign_recordings_that_tell_all_of_a_connection_bear_implants():
    unjudged = replace(HOME, labels=[None, *HOME.labels[1:]])
    nothing = replace(HOME, labels=[None] * len(HOME.labels))
    halved = replace(HOME, family="one-sided")

    assert [bears_implants(r) for r in (HOME, unjudged, nothing, halved, CALLED)] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_each_behaviour_is_judged_once_over_each_large_recording(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "FEWEST", len(HOME.connections))
    small = replace(SHED, connections=SHED.connections[1:], labels=SHED.labels[1:])

    made = list(judged_implants([HOME, small, CALLED]))

    assert [r.name for r in made] == ["home/1+sleeps", "home/1+lateral"]
    assert all(r.family == "home" and len(r.connections) > len(HOME.connections) for r in made)
    assert len({HOME.sha256, *(r.sha256 for r in made)}) == 3


def test_what_is_learned_simulated_and_judged_shares_no_draw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    bases = [quiet(f"home/{number}", "home") for number in range(9)]
    draws: list[tuple[Ranges | None, Any]] = []

    def laid(_: Recording, __: str, ranges: Ranges, rng: np.random.Generator) -> None:
        draws.append((ranges, rng.random()))
        raise NoRoomError("only watched")

    def scene(count: int, rng: np.random.Generator) -> list[Recording]:
        draws.append((None, rng.random()))
        return _scenes(count, rng)

    monkeypatch.setattr(module, "BEHAVIOURS", BEHAVIOURS)
    monkeypatch.setattr(module, "DRAWS", 4)
    monkeypatch.setattr(module, "FEWEST", 0)
    monkeypatch.setattr(module, "implanted", laid)
    monkeypatch.setattr(module, "scenes", scene)
    monkeypatch.setattr(module, "life_examples", lambda _: joined_looks([]))

    life_corpus(bases, tmp_path, scenes_of=12)
    learned = len(draws)
    assert list(judged_implants(bases)) == []

    assert [ranges is JUDGED for ranges, _ in draws] == [
        *([False] * learned), *([True] * 9 * len(BEHAVIOURS)),
    ]  # fmt: skip
    assert sum(ranges is LEARNED for ranges, _ in draws) == 4 * 9 * len(BEHAVIOURS)
    assert len({first for _, first in draws}) == len(draws)


def test_every_maker_of_looks_is_there():
    package = Path(netheed.__file__).parent

    assert [name for name in module.MAKERS if not (package / name).exists()] == []


@pytest.mark.parametrize("name", ["classes.py", "core/lives.py", "training/implants/ranges.py"])
def test_what_looks_depend_on_is_among_their_makers(name: str):
    assert any(Path(name).is_relative_to(maker) for maker in module.MAKERS)

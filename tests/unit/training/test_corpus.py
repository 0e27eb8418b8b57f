"""Pieces know whose networks stand in them, and windows that were made are kept."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from netheed.records import Outcome
from netheed.training import corpus as module
from netheed.training.corpus import Store, corpus
from netheed.training.datasets import Recording
from netheed.training.splits import ROLES
from tests import corpora
from tests.connections import connection


def benign(name, family, count=12):
    made = [
        connection(uid=f"{name}{n}", start=1_700_000_000.0 + 120 * n, resp="10.0.0.6")
        for n in range(count)
    ]
    return Recording(name=name, family=family, connections=made, labels=["benign"] * count)


def scan(name, family, count=40):
    made = [
        connection(
            uid=f"{name}{n}", start=1_700_000_000.0 + n / 4, orig="10.9.9.9", duration=0.0,
            resp=f"198.51.100.{n + 1}", resp_port=22, service=None, outcome=Outcome.REFUSED,
        )
        for n in range(count)
    ]  # fmt: skip
    return Recording(name=name, family=family, connections=made, labels=["scan"] * count)


RECORDINGS = [benign("home/1", "home"), benign("lab/1", "lab"), scan("lab/2", "lab")]


@pytest.fixture(autouse=True)
def recordings(monkeypatch):
    """Few connections stand in for the recordings, and for attacks laid over them."""
    monkeypatch.setattr(module, "load", lambda _: RECORDINGS)
    monkeypatch.setattr(module, "load_cicids", lambda _: [])
    monkeypatch.setattr(module, "overlays", _overlays)
    monkeypatch.setattr(module, "scenes", _scenes)


def _scenes(count, rng):
    return [benign("any", "any", count=int(rng.integers(5, 30))) for _ in range(count)]


def _overlays(bases, copies, rng):
    other = connection(uid="O", start=1_700_000_000.0, orig=f"10.0.9.{rng.integers(1, 255)}")
    return [
        replace(base, connections=[*base.connections, other], labels=[*base.labels, "beacon"])
        for base in bases * copies
    ]


def store(folder, **given):
    return Store(folder=folder, **given)


def made(folder, **given):
    return corpus(folder, store(folder), **{"scenes_of": 0} | given).pieces


def same(one, other):
    """Two sets of windows are equal in everything."""
    return all(
        np.array_equal(getattr(a, each.name), getattr(b, each.name))
        for a, b in ((one, other), (one.conversations, other.conversations))
        for each in fields(a)
        if each.name != "conversations"
    )


def test_nothing_is_learned_of_a_piece_in_which_a_held_family_stands():
    whole = corpora.corpus()

    for held in ("iot23", "stratosphere"):
        left = {piece.name for piece in whole.learned([held], roles=ROLES).pieces}
        assert {p.name for p in whole.pieces} - left == {
            p.name for p in whole.pieces if p.name.startswith((held, "iot23/benign-b1+x"))
        }


def test_only_pieces_of_the_wanted_roles_are_learned():
    whole = corpora.corpus()

    assert {p.role for p in whole.learned().pieces} == {"recorded"}
    assert {p.role for p in whole.learned(roles=("relaid", "simulated")).pieces} == {
        "relaid", "simulated",
    }  # fmt: skip
    assert [p.name for p in whole.recorded(("m57", "l2")).pieces] == ["m57/conn", "l2-addr"]


def test_attacks_are_laid_over_benign_recordings_of_other_families(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "load", lambda _: [*RECORDINGS, scan("shop/1", "shop")])

    pieces = made(tmp_path, scenes_of=2)

    assert {piece.name: (piece.role, set(piece.families)) for piece in pieces} == {
        "home/1": ("recorded", {"home"}),
        "lab/1": ("recorded", {"lab"}),
        "lab/2": ("recorded", {"lab"}),
        "shop/1": ("recorded", {"shop"}),
        "home/1+simulated#1": ("overlaid", {"home"}),
        "lab/1+simulated#1": ("overlaid", {"lab"}),
        "home/1+lab/2#1": ("relaid", {"home", "lab"}),
        "home/1+shop/1#1": ("relaid", {"home", "shop"}),
        "lab/1+shop/1#1": ("relaid", {"lab", "shop"}),
        "simulated/0#1": ("simulated", {"simulated"}),
        "simulated/1#1": ("simulated", {"simulated"}),
    }
    windows = {piece.name: piece.examples for piece in pieces}
    laid = windows["home/1+lab/2#1"]
    assert set(laid.attack[laid.attacked]) == {"scan"}
    assert set(laid.host) >= {"10.0.0.5", "10.0.0.6"}
    assert not windows["home/1"].attacked.any()


def test_the_same_seed_gives_the_same_windows(tmp_path):
    first, again, other = (
        {
            p.name.partition("#")[0]: p.examples
            for p in made(tmp_path / name, scenes_of=1, seed=seed)
        }
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )

    assert all(same(first[name], again[name]) for name in first)
    assert {name for name in first if not same(first[name], other[name])} == {
        "home/1+simulated", "lab/1+simulated", "home/1+lab/2", "simulated/0",
    }  # fmt: skip


def test_kept_windows_are_read_and_not_made_again(tmp_path):
    kept = store(tmp_path)
    named = Recording(name="x", family="x", connections=[], labels=[])
    asked = []

    def make():
        asked.append("x")
        return RECORDINGS[2]

    first, again = (kept.examples(named, make) for _ in range(2))

    assert asked == ["x"]
    assert same(first, again)
    assert len(again.conversations.window) > 0
    assert isinstance(again.host, list)


def test_other_data_other_code_or_another_width_makes_windows_anew(tmp_path, monkeypatch):
    base = RECORDINGS[0]
    asked = []

    def ask(kept, recording):
        kept.examples(recording, lambda: asked.append("made") or recording)
        return len(asked)

    counts = [
        ask(store(tmp_path), base),
        ask(store(tmp_path), base),
        ask(store(tmp_path), replace(base, sha256="other data")),
        ask(store(tmp_path, width=30.0), base),
    ]
    narrow = store(tmp_path, width=30.0).examples(base)
    monkeypatch.setattr(module, "_code", lambda: "other code")
    counts.append(ask(store(tmp_path), base))

    assert counts == [1, 1, 2, 3, 4]
    assert set(narrow.end % 60.0) == {30.0}


def test_what_is_laid_over_other_data_is_made_anew(tmp_path, monkeypatch):
    before = {p.name: len(p.examples.label) for p in made(tmp_path)}
    longer = replace(benign("home/1", "home", count=40), sha256="other data")
    monkeypatch.setattr(module, "load", lambda _: [longer, *RECORDINGS[1:]])

    after = {p.name: len(p.examples.label) for p in made(tmp_path)}

    grown = {name for name in after if after[name] > before[name]}
    assert grown == {"home/1", "home/1+simulated#1", "home/1+lab/2#1"}


def test_the_digest_of_the_code_changes_with_each_module_that_makes_windows(tmp_path, monkeypatch):
    rooms = [name for name in module._MAKERS if not name.endswith(".py")]
    modules = [name for name in module._MAKERS if name.endswith(".py")]
    for name in (*modules, *(f"{room}/one.py" for room in rooms)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    monkeypatch.setattr(module.netheed, "__file__", str(tmp_path / "__init__.py"))
    digests = [module._code(), module._code()]

    for name in ("core/one.py", "training/overlay.py", "sources/decode/zeek.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("changed")
        digests.append(module._code())

    assert len(set(digests)) == len(digests) - 1


def test_every_maker_of_windows_is_there():
    package = Path(module.netheed.__file__).parent

    assert [name for name in module._MAKERS if not (package / name).exists()] == []


def test_a_corpus_is_known_by_its_windows_and_names():
    whole = corpora.corpus()
    first, *rest = whole.pieces
    vectors = first.examples.vectors.copy()
    vectors[0, 0] += 1
    moved = replace(first, examples=replace(first.examples, vectors=vectors))

    found = {
        module.Corpus(tuple(pieces)).digest
        for pieces in (
            whole.pieces,
            (moved, *rest),
            (replace(first, name="other"), *rest),
            (*rest, first),
        )
    }

    assert len(found) == 4
    assert corpora.corpus().digest == whole.digest

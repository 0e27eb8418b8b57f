"""CONTRIBUTING.md's recipes, followed: what they say is enough is enough."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from netheed.classes import CLASSES, AttackClass
from netheed.core import vector, window_features
from netheed.core.features import Features, HostWindows
from netheed.core.rows import HostRows
from netheed.core.vector import FEATURES, Feature, transform
from netheed.core.windows import Windows
from netheed.model.scorer import Ranges
from netheed.pipeline import Scores
from netheed.records import Connection
from netheed.sinks.formats import eve
from netheed.triage.policy import Triage
from tests.connections import connection

REPOSITORY = Path(__file__).parents[2]
HOST = "10.0.0.5"


@dataclass
class MadeUpModel:
    """Finds odd what one feature says in the newest window, and calls it by one name."""

    kind: str
    feature: str
    manifest: Any = field(init=False)
    usual: Ranges = field(init=False)

    def __post_init__(self) -> None:
        self.manifest = SimpleNamespace(id="made-up", kinds=["benign", self.kind])
        nothing = np.zeros(len(FEATURES), dtype=np.float32)
        self.usual = Ranges(nothing, nothing, nothing, 0)

    def judge(self, sequences: Any, mask: Any) -> tuple[Any, Any, Any]:
        score = sequences[:, -1, list(FEATURES).index(self.feature)]
        return score, np.tile(np.float32([0.01, 0.99]), (len(score), 1)), np.zeros_like(score)

    def own_range(self, host: Any) -> None:
        return None

    def peers_range(self, host: Any) -> None:
        return None

    def score(self, windows: HostWindows) -> Scores:
        sequences = transform(windows.values)[:, None]
        mask = np.ones(sequences.shape[:2], dtype=np.bool_)
        score, kinds, surprise = self.judge(sequences, mask)
        p_value = np.full(len(score), 1e-6)
        return Scores(score, p_value, kinds, tuple(self.manifest.kinds), surprise, sequences, mask)


def windows_of(connections: list[Connection]) -> HostWindows:
    windows = Windows(lateness=1e9)
    windows.begin("log")
    windows.add("log", connections)
    windows.finish("log")
    (tick,) = windows.closed()
    return Features().of(tick)


def alerts(model: MadeUpModel, connections: list[Connection]) -> list[dict[str, Any]]:
    """What triage and the EVE format make of one window: the alert objects."""
    windows = windows_of(connections)
    gate: Any = Triage
    triage = gate(scorer=model, p_value=1e-3, repeat_after=3600.0, config="c")
    notices = triage.notices(windows, model.score(windows))
    return [json.loads(eve.encode_notice(notice))["alert"] for notice in notices]


def visits(count: int) -> list[Connection]:
    return [
        connection(uid=f"V{n}", orig=HOST, resp=f"203.0.113.{n + 1}", resp_port=443 + n % 2)
        for n in range(count)
    ]


def test_a_class_that_was_added_to_the_table_comes_out_as_a_whole_notice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    added = AttackClass(
        words="Anomalous host, looks like lateral movement",
        sid=1900199,
        floor={"new_destinations": 5},
        techniques=("T1021",),
        peer="busiest",
    )
    monkeypatch.setitem(CLASSES, "lateral_movement", added)
    model = MadeUpModel(kind="lateral_movement", feature="new_destinations")

    assert alerts(model, visits(4)) == []
    (alert,) = alerts(model, [*visits(5), *visits(1)])

    assert (alert["signature_id"], alert["signature"]) == (1900199, f"NETHEED {added.words}")
    assert alert["severity"] == 1
    assert alert["metadata"]["netheed_class"] == ["lateral_movement"]
    assert alert["metadata"]["mitre_technique_id"] == ["T1021"]
    assert alert["metadata"]["netheed_peer"] == ["203.0.113.1"]


def _odd_ports(rows: HostRows) -> dict[str, Any]:
    return {"odd_ports_out": rows.by_host.count(rows.out & (rows.port % 2 == 1))}


def test_a_feature_that_was_added_is_a_column_and_is_named_by_its_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = "connections to odd ports"
    feature = Feature("count", words, "Connections that the host began to ports that are odd.")
    monkeypatch.setitem(FEATURES, "odd_ports_out", feature)
    monkeypatch.setattr(vector, "LINEAR", np.append(vector.LINEAR, False))
    monkeypatch.setattr(window_features, "_PARTS", (*window_features._PARTS, _odd_ports))
    model = MadeUpModel(kind="scan", feature="odd_ports_out")

    windows = windows_of(visits(40))
    assert windows.values[windows.names.index(HOST)].tolist()[-1] == 20.0

    (alert,) = alerts(model, visits(40))
    assert alert["metadata"]["netheed_why"] == [f"{words} 20 (hosts usually 0)"]


def test_the_places_that_the_recipes_name_exist_and_are_four_at_most() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    recipes = re.findall(r"^## Add a (?:class|feature) .*?(?=^## )", text, re.MULTILINE | re.DOTALL)

    assert len(recipes) == 2
    for recipe in recipes:
        assert len(re.findall(r"^\d\. ", recipe, re.MULTILINE)) <= 4
        places = re.findall(r"`((?:plugin|tests|docs)/[^`]+)`", recipe)
        assert places
        assert [place for place in places if not (REPOSITORY / place).is_file()] == []

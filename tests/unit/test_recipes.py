"""CONTRIBUTING.md's recipes, followed: what they say is enough is enough."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netheed import build
from netheed.classes import CLASSES, AttackClass
from netheed.config import Settings, TriageSettings
from netheed.core import vector, window_features
from netheed.core.columns import Columns
from netheed.core.core import Core
from netheed.core.features import Features
from netheed.core.networks import AddressWords
from netheed.core.rows import HostRows
from netheed.core.sequences import Sequences
from netheed.core.vector import FEATURES, Feature, Ranges
from netheed.core.windows import Windows
from netheed.pipeline import Pipeline
from netheed.ports import RawScores, Read
from netheed.records import Connection, Tally
from netheed.sinks.formats import eve
from netheed.sources import SOURCES, files, reader
from netheed.sources.decode import FORMATS, Format
from netheed.sources.decode.translate import Translation
from netheed.triage.drivers import Drivers
from netheed.triage.policy import Triage
from tests.connections import columns, connection, host_windows

REPOSITORY = Path(__file__).parents[2]
HOST = "10.0.0.5"


@dataclass(frozen=True)
class MadeUpModel:
    """Finds odd what one feature says in the newest window, and calls it by one name."""

    kind: str
    feature: str
    pairs: None = None
    hours: None = None
    id: str = "made-up"

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("benign", self.kind)

    def score(self, sequences: Any, mask: Any) -> RawScores:
        score = sequences[:, -1, list(FEATURES).index(self.feature)]
        kinds = np.tile(np.float32([0.01, 0.99]), (len(score), 1))
        return RawScores(score, kinds, np.zeros_like(score))

    def p_values(self, score: Any, values: Any) -> Any:
        return np.full(len(score), 1e-6)


def alerts(model: MadeUpModel, connections: list[Connection]) -> list[dict[str, Any]]:
    """What the pipeline and the EVE format make of one window: the alert objects."""
    nothing = np.zeros(len(FEATURES), dtype=np.float32)
    core = Core(
        windows=Windows(),
        features=Features(),
        sequences=Sequences(width=len(FEATURES), length=4),
    )
    usual = Ranges(nothing, nothing, nothing)
    drivers = Drivers(model=model, usual=usual, sequences=core.sequences)
    told = build.repeats(TriageSettings())
    gate = Triage(
        drivers=drivers,
        model="m",
        p_value=1e-3,
        repeats=told,
        config="c",
    )
    pipeline = Pipeline(core=core, model=model, triage=gate, tally=Tally())
    pipeline.take(Read("log", columns(connections), 1, last=True))
    notices = [notice for tick in pipeline.scored() for notice in tick.notices]
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
        words="Anomalous host, looks like odd printing",
        sid=1900199,
        floor={"new_destinations": 5},
        techniques=("T1021",),
        peer="busiest",
    )
    monkeypatch.setitem(CLASSES, "odd_printing", added)
    model = MadeUpModel(kind="odd_printing", feature="new_destinations")

    assert alerts(model, visits(4)) == []
    (alert,) = alerts(model, [*visits(5), *visits(1)])

    assert (alert["signature_id"], alert["signature"]) == (1900199, f"NETHEED {added.words}")
    assert alert["severity"] == 1
    assert alert["metadata"]["netheed_class"] == ["odd_printing"]
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

    (windows,) = host_windows(visits(40))
    assert windows.values[windows.names.index(HOST)].tolist()[-1] == 20.0

    (alert,) = alerts(model, visits(40))
    assert alert["metadata"]["netheed_why"] == [f"{words} 20 (hosts usually 0)"]


class Minutes:
    """A source of one connection a minute."""

    def __init__(self, count: int) -> None:
        self.count = count

    def reads(self, positions: Mapping[str, str]) -> Iterator[Read]:
        for n in range(int(positions.get("minutes", 0)), self.count):
            start = 1_700_000_000.0 + 60 * n
            yield Read("minutes", columns([connection(start=start)]), str(n + 1))
        yield Read("minutes", columns([]), str(self.count), last=True)

    def acknowledge(self, positions: Mapping[str, str]) -> None:
        pass


def test_a_source_that_was_added_to_the_table_is_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SOURCES, "minutes", Minutes)
    pipeline = build.pipeline(Settings(), Tally())

    ticks = list(pipeline.run(SOURCES["minutes"](count=40)))

    assert [tick.windows.names for tick in ticks] == [[HOST]] * 40
    assert pipeline.positions == {"minutes": "40"}


class Plain:
    """Three words a line."""

    def record(self, line: bytes) -> Connection:
        start, orig, resp = line.decode().split()
        return connection(start=float(start), orig=orig, resp=resp)

    def records(self, lines: Sequence[bytes]) -> list[Connection]:
        return [*map(self.record, lines)]

    def columns(self, records: Sequence[Connection], words: AddressWords) -> Translation:
        return Translation(Columns.of(records, words), {})


def test_a_format_that_was_added_to_the_table_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    added = Format(lambda line: line.startswith(b"17"), Plain)
    monkeypatch.setattr(reader, "FORMATS", {"plain": added, **FORMATS})
    (tmp_path / "log").write_text("1700000000 10.0.0.5 203.0.113.9\n1700000001 10.0.0.6 ::1\n")

    (part,) = files.read_file(tmp_path / "log", AddressWords(), Tally(), print)

    assert part.batch.orig.tolist() == ["10.0.0.5", "10.0.0.6"]


ADDED_SINK = """
from netheed.sinks import SINKS

class Names:
    def __init__(self, output):
        self.output = output

    def write(self, notices):
        self.output.writelines(f"{notice.host}\\n".encode() for notice in notices)

    def close(self):
        self.output.write(b"end\\n")

SINKS["names"] = Names
from netheed.cli import main
main(["score", "sample/zeek", "--as", "names"])
"""


def test_a_sink_that_was_added_to_the_table_is_offered_and_written_to() -> None:
    done = subprocess.run(  # noqa: S603  this very Python
        [sys.executable, "-c", ADDED_SINK],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip

    *hosts, end = done.stdout.splitlines()
    assert (len(hosts), end) == (15, "end")
    assert set(hosts) >= {"192.168.20.27", "192.168.20.63"}


def test_the_places_that_the_recipes_name_exist_and_are_four_at_most() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    recipes = re.findall(r"^## Add a .*?(?=^## )", text, re.MULTILINE | re.DOTALL)

    assert len(recipes) == 5
    for recipe in recipes:
        assert len(re.findall(r"^\d\. ", recipe, re.MULTILINE)) <= 4
        places = re.findall(r"`((?:plugin|tests|docs)/[^`<]+)`", recipe)
        assert places
        assert [place for place in places if not (REPOSITORY / place).is_file()] == []

"""On the bundled sample all planted attacks but one are noticed, and hardly anything else."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from netheed import build, cli
from netheed.config import Settings
from netheed.records import Notice, Tally
from netheed.sinks.formats import times
from netheed.sources.archive import Archive
from netheed.sources.files import find_files

SAMPLE = Path(__file__).parents[1] / "sample"
TRUTH: dict[str, Any] = json.loads((SAMPLE / "truth.json").read_text())
FORMS = ("zeek", "zeek-json", "suricata")
UNNOTICED = ("slow", "beacon")
"""Like what monitoring and messengers do: it is listed and not noticed (docs/models.md)."""
NOTICED = [each for each in TRUTH["attacks"] if (each["pace"], each["kind"]) != UNNOTICED]


@dataclass(frozen=True)
class Run:
    tally: Tally
    notices: list[Notice]


def score(folder: str) -> Run:
    tally, notices = Tally(), []
    pipeline = build.pipeline(Settings(), tally)
    words = build.words(Settings())
    archive = Archive(paths=find_files([SAMPLE / folder]), words=words, tally=tally, on_bad=print)
    for tick in pipeline.run(archive):
        notices.extend(tick.notices)
    return Run(tally, notices)


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    return {form: score(form) for form in FORMS}


@pytest.mark.parametrize("form", FORMS)
def test_every_record_is_read(runs: dict[str, Run], form: str) -> None:
    tally = runs[form].tally

    assert (tally.bad, tally.late) == (0, 0)
    assert tally.connections == runs["zeek"].tally.connections > 9_000


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("attack", NOTICED, ids=lambda attack: f"{attack['pace']} {attack['kind']}")
def test_six_of_seven_planted_attacks_are_noticed_with_host_class_and_time(
    runs: dict[str, Run], form: str, attack: dict[str, Any]
) -> None:
    right = [
        notice
        for notice in runs[form].notices
        if notice.host == attack["host"]
        and notice.kind == attack["kind"]
        and notice.end > attack["start"]
        and notice.start < attack["end"]
    ]

    assert right
    if len(attack["peers"]) == 1:
        assert right[0].peer == attack["peers"][0]
    assert all(connection.uid for notice in right for connection in notice.evidence)


@pytest.mark.parametrize("form", FORMS)
def test_at_most_one_notice_is_about_a_benign_host(runs: dict[str, Run], form: str) -> None:
    culprits = {attack["host"] for attack in TRUTH["attacks"]}

    others = [(n.host, n.kind) for n in runs[form].notices if n.host not in culprits]

    assert len(others) <= 1


def test_both_sensors_lead_to_the_same_notices(runs: dict[str, Run]) -> None:
    def said(form: str) -> list[tuple[float, str, str, str | None]]:
        return [(n.start, n.host, n.kind, n.peer) for n in runs[form].notices]

    assert said("suricata") == said("zeek") == said("zeek-json")


def test_the_readme_shows_these_notices_in_this_order(runs: dict[str, Run]) -> None:
    readme = (SAMPLE.parent / "README.md").read_text()

    shown = re.findall(r"^│ (\d{4}-\d\d-\d\d) │ (\S+) +│ (\w+)", readme, re.MULTILINE)

    assert shown == [
        (times.clock(notice.start)[:10], notice.host, notice.kind)
        for notice in runs["suricata"].notices
    ]


@pytest.mark.parametrize("form", ["zeek", "suricata"])
def test_the_seventh_is_the_first_beacon_that_is_listed(runs: dict[str, Run], form: str) -> None:
    (attack,) = [each for each in TRUTH["attacks"] if each not in NOTICED]

    result = CliRunner().invoke(cli.main, ["beacons", "--as", "jsonl", str(SAMPLE / form)])

    listed = [json.loads(line) for line in result.stdout.splitlines()]
    first = next(pair for pair in listed if pair["class"] == "beacon")
    assert [first["host"], first["peer"]] == [attack["host"], *attack["peers"]]
    assert attack["host"] not in {notice.host for notice in runs[form].notices}

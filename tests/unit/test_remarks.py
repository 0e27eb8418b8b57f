"""What is said of a sensor reaches every sink as a notice does."""

import io
import json
import math
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator
from rich.console import Console

from netheed.classes import CLASSES, REMARKS
from netheed.core.compared import MEASURES, Disagreement, Measure
from netheed.records import Notice
from netheed.remarks import NETHEED, NOBODY, of_disagreement, of_overload, of_recovery, remark
from netheed.sinks.formats import FORMATS, zeek_verdict
from netheed.sinks.formats.table import notice_table
from netheed.zeek.encode import cleaned

WORDS = "suricata counts 71% of the packets that zeek counts"
SHIPPED = {
    "sensor_silent": (1900180, "NETHEED Sensor silent while another one tells"),
    "sensor_one_way": (1900181, "NETHEED Sensor sees one direction only"),
    "sensor_loses_packets": (1900182, "NETHEED Sensor loses packets"),
    "sensor_misses_connections": (1900183, "NETHEED Sensor misses connections"),
    "sensors_agree": (1900184, "NETHEED Sensors agree again"),
    "overload": (1900185, "NETHEED Overloaded, takes in a sample of the connections"),
    "overload_over": (1900186, "NETHEED Takes in all connections again"),
}


def of(kind: str = "sensor_loses_packets", about: str = "suricata", end: float = 1800.0) -> Notice:
    return remark(kind, about, WORDS, span=(0.0, end), value=0.71, config="c0ffee")


def written(form: str, notice: Notice) -> Any:
    return json.loads(FORMATS[form](notice))


def test_the_same_is_known_by_its_id_and_another_one_has_another() -> None:
    others = {of().id, of(kind="sensor_silent").id, of(about="zeek").id, of(end=2400.0).id}

    assert of().id == of().id
    assert len(others) == 4


@pytest.mark.parametrize("kind", REMARKS)
def test_what_a_siem_knows_of_a_remark_never_changes(kind: str) -> None:
    assert (REMARKS[kind].sid, REMARKS[kind].signature) == SHIPPED[kind]


def test_no_class_and_no_remark_share_a_sid_or_a_name() -> None:
    sids = [entry.sid for entry in (*CLASSES.values(), *REMARKS.values())]

    assert len(set(sids)) == len(sids)
    assert not CLASSES.keys() & REMARKS.keys()
    assert all(1900180 <= entry.sid <= 1900199 for entry in REMARKS.values())


@pytest.mark.parametrize("form", FORMATS)
def test_every_form_says_its_words_and_of_whom_and_no_more_than_it_knows(form: str) -> None:
    text = FORMATS[form](of()).decode()

    assert WORDS in text
    assert "suricata" in text
    assert not {"NaN", "nan"} & set(text.split('"'))


@pytest.mark.parametrize("version", ["7.0.10", "8.0.6"])
@pytest.mark.parametrize("kind", REMARKS)
def test_an_eve_alert_of_one_is_valid_under_suricata_s_schema(
    shared: Path, version: str, kind: str
) -> None:
    schema = json.loads((shared / "schemas" / f"suricata-{version}.json").read_bytes())

    assert list(Draft7Validator(schema).iter_errors(written("eve", of(kind)))) == []


def test_an_eve_alert_has_the_signature_and_a_category_of_its_own() -> None:
    alert = written("eve", of())["alert"]

    assert (alert["signature_id"], alert["signature"]) == SHIPPED["sensor_loses_packets"]
    assert alert["category"] == "Sensor operation"
    assert alert["metadata"]["netheed_about"] == ["suricata"]
    assert "netheed_p_value" not in alert["metadata"]


def test_ecs_and_ocsf_name_no_host() -> None:
    ecs, ocsf = written("ecs", of()), written("ocsf", of())

    assert not {"source", "destination"} & ecs.keys()
    assert ecs["related"]["ip"] == []
    assert ecs["event"]["category"] == ["network"]
    assert "risk_score" not in ecs["event"]
    assert "evidences" not in ocsf
    assert ocsf["finding_info"]["analytic"]["type_id"] == 3


def test_zeek_takes_it_and_suppresses_none_that_is_about_another_sensor() -> None:
    one, other = (zeek_verdict.verdict(of(about=about)) for about in ("zeek", "suricata"))

    assert cleaned(one).host == NOBODY
    assert one.kind != other.kind
    assert one.msg == f"NETHEED Sensor loses packets: {WORDS}"
    assert "about=zeek" in one.sub
    assert "p=" not in one.sub


def test_the_table_shows_the_sensor_where_a_host_would_stand() -> None:
    console = Console(file=io.StringIO(), width=160)
    console.print(notice_table([of()]))

    shown = console.file.getvalue()
    assert "suricata" in shown
    assert NOBODY not in shown
    assert "nan" not in shown


def test_hostile_words_command_no_terminal() -> None:
    hostile = msgspec.structs.replace(of(), about="\x1b[2J", remark="\x1b]0;x\x07")

    for form in FORMATS.values():
        assert b"\\u001b" not in form(hostile)
    assert "\x1b" not in zeek_verdict.verdict(hostile).msg


def test_it_is_of_no_model_and_says_so() -> None:
    assert math.isnan(of().p_value)
    assert of().model == ""


def test_one_of_no_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        of("gossip")


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("lasting", [True, False])
def test_every_disagreement_has_words_and_its_end_too(measure: Measure, lasting: bool) -> None:
    found = Disagreement(measure, "zeek", 0.25, 0.0, 1800.0, lasting)
    told = of_disagreement(found, "c0ffee")

    assert told.kind == (f"sensor_{measure}" if lasting else "sensors_agree")
    assert told.remark is not None
    assert told.remark.startswith("zeek" if lasting else "no more: Sensor")
    assert told.about == "zeek"


def test_overload_is_a_remark_of_netheed_on_itself() -> None:
    begun = of_overload(2.5, 1.25, span=(60.0, 60.0), config="c")
    over = of_recovery(1_234_567, span=(60.0, 240.0), config="c")

    assert (begun.kind, begun.about, begun.severity) == ("overload", NETHEED, "medium")
    assert "waits 2.5 s, the next window takes 1.2 s" in str(begun.remark)
    assert (over.kind, over.score, over.start, over.end) == (
        "overload_over",
        1_234_567,
        60.0,
        240.0,
    )
    assert over.remark == "all connections are taken in again, 1,234,567 were left out"

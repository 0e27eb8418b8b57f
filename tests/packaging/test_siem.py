"""What a SIEM is told to look for stands in the lines that netheed writes.

None of these programs is here: their files are read as they would, as far as their grammar goes.
"""

import json
import re
from configparser import RawConfigParser
from datetime import datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from netheed.classes import CLASSES
from netheed.sinks.formats import FORMATS
from tests.debian import PACKAGING
from tests.makers import make_notice

ECS_FILE = "/var/log/netheed/ecs-netheed.json"
EVE_FILE = "/var/log/netheed/eve-netheed.json"
SEVERITIES = ("low", "medium", "high", "critical")


def eve(**given: Any) -> str:
    return FORMATS["eve"](make_notice(**given)).decode()


def read_xml(name: str) -> ET.Element:
    # Ours, and not from the network.
    text = (PACKAGING / "wazuh" / name).read_text(encoding="utf-8")
    return ET.fromstring(f"<all>{text}</all>")  # noqa: S314


def read_conf(name: str) -> RawConfigParser:
    parser = RawConfigParser(strict=True, delimiters=("=",), interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(PACKAGING / "splunk" / name, encoding="utf-8")
    return parser


def value(record: Any, dotted: str) -> Any:
    for part in dotted.split("."):
        record = record[part.removesuffix("{}")]
    return record


def level(notice: str) -> int:
    """Of the last rule of Wazuh that fits, from its own rule for alerts of Suricata on."""
    record, fit, reached = json.loads(notice), {"86601"}, 0
    for rule in read_xml("netheed_rules.xml").iter("rule"):
        fields = {field.attrib["name"]: str(field.text) for field in rule.iter("field")}
        found = (re.search(text, str(value(record, name))) for name, text in fields.items())
        if rule.findtext("if_sid") in fit and all(found):
            fit.add(rule.attrib["id"])
            reached = int(rule.attrib["level"])
    return reached


def test_filebeat_reads_whole_documents_from_where_the_example_writes_them() -> None:
    (source,) = yaml.safe_load((PACKAGING / "filebeat" / "netheed.yml").read_text())

    assert (source["type"], source["paths"]) == ("filestream", [ECS_FILE])
    assert source["parsers"][0]["ndjson"]["target"] == ""
    example = (PACKAGING / "netheed.yaml").read_text(encoding="utf-8")
    assert ECS_FILE in example
    assert EVE_FILE in example


def test_filebeats_module_reads_netheeds_file_beside_suricatas() -> None:
    (module,) = yaml.safe_load((PACKAGING / "filebeat" / "suricata.yml").read_text())

    assert (module["module"], module["eve"]["var.paths"][-1]) == ("suricata", EVE_FILE)


@pytest.mark.parametrize("kind", CLASSES)
def test_wazuh_tells_every_class_louder_the_worse_it_is(kind: str) -> None:
    levels = [level(eve(kind=kind, severity=severity)) for severity in SEVERITIES]

    assert levels == [7, 9, 12, 12]


def test_wazuh_tells_no_other_alert_by_netheeds_rules() -> None:
    other = json.loads(eve())
    other["alert"]["signature_id"] = 2_019_236

    assert level(json.dumps(other)) == 0


def test_wazuhs_rules_have_numbers_for_local_use_and_name_fields_that_there_are() -> None:
    rules = [*read_xml("netheed_rules.xml").iter("rule")]

    assert all(100_000 <= int(rule.attrib["id"]) <= 120_000 for rule in rules)
    for rule in rules:
        for name in re.findall(r"\$\(([\w.]+)\)", str(rule.findtext("description"))):
            assert value(json.loads(eve()), name)


def test_wazuhs_agent_reads_the_file_that_the_example_writes() -> None:
    (location,) = read_xml("localfile.xml").iter("location")

    assert location.text == EVE_FILE


def test_splunk_finds_the_time_of_an_alert() -> None:
    props = read_conf("props.conf")["netheed:eve"]
    line = eve()
    begin = re.search(props["TIME_PREFIX"], line)

    assert begin
    text = line[begin.end() : begin.end() + int(props["MAX_TIMESTAMP_LOOKAHEAD"])].partition('"')[0]
    assert datetime.strptime(text, props["TIME_FORMAT"].replace("%6N", "%f"))  # noqa: DTZ007


def test_splunk_makes_fields_of_its_model_from_fields_that_there_are() -> None:
    props = read_conf("props.conf")["netheed:eve"]
    record = json.loads(eve())

    made = {name.partition("-")[2] for name in props if name.startswith(("EVAL-", "FIELDALIAS-"))}
    wanted = "action category dest ids_type severity signature signature_id src transport"
    assert {*wanted.split(), "vendor_product"} == made
    for name, said in props.items():
        if name.startswith("FIELDALIAS-"):
            assert value(record, said.partition(" AS ")[0]), name
    assert set(re.findall(r"'([^']+)'", props["EVAL-severity"])) == {
        "alert.metadata.signature_severity{}"
    }
    assert value(record, "alert.metadata.signature_severity{}")


def test_splunks_files_speak_of_the_same_type() -> None:
    assert read_conf("inputs.conf")[f"monitor://{EVE_FILE}"]["sourcetype"] == "netheed:eve"
    assert "sourcetype=netheed:eve" in read_conf("eventtypes.conf")["netheed_alert"]["search"]
    assert dict(read_conf("tags.conf")["eventtype=netheed_alert"]) == {
        "ids": "enabled",
        "attack": "enabled",
    }

import json
import math
from typing import Any

import pytest

from netheed.records import Notice, Severity
from netheed.sinks.formats.ocsf import encode_notice
from tests.makers import make_evidence, make_notice

REQUIRED = {
    "activity_id": int,
    "category_uid": int,
    "class_uid": int,
    "type_uid": int,
    "time": int,
    "severity_id": int,
    "metadata": dict,
    "finding_info": dict,
}
"""Of Detection Finding in schema 1.5.0, with the type of each."""


def finding(notice: Notice) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(encode_notice(notice))
    return written


@pytest.mark.parametrize("notice", [make_notice(), make_notice(evidence=(), drivers=())])
def test_required_fields_are_there(notice: Notice):
    written = finding(notice)

    assert {name: type(written[name]) for name in REQUIRED} == REQUIRED
    assert {"version", "product"} <= set(written["metadata"])
    assert written["metadata"]["product"]["vendor_name"]
    assert written["finding_info"]["uid"]
    assert written["finding_info"]["analytic"]["type_id"] == 4
    assert written["message"]


def test_the_type_is_the_class_and_its_activity():
    written = finding(make_notice())

    assert written["type_uid"] == written["class_uid"] * 100 + written["activity_id"] == 200401
    assert written["category_uid"] == written["class_uid"] // 1000 == 2


def test_times_are_milliseconds():
    written = finding(make_notice())

    assert written["start_time"] == 1_700_000_000_000
    assert written["time"] == written["end_time"] == 1_700_000_060_000


@pytest.mark.parametrize(
    ("severity", "number"), [("low", 2), ("medium", 3), ("high", 4), ("critical", 5)]
)
def test_severity_in_ocsf_s_numbers(severity: Severity, number: int):
    assert finding(make_notice(severity=severity))["severity_id"] == number


def test_evidence_has_both_ends_and_the_direction():
    incoming = make_evidence(orig="203.0.113.9", resp="10.0.0.5")
    lateral = make_evidence(resp="10.0.0.9")

    evidences = finding(make_notice(evidence=(make_evidence(), incoming, lateral)))["evidences"]

    assert [one["connection_info"]["direction_id"] for one in evidences] == [2, 1, 3]
    assert evidences[0] == {
        "src_endpoint": {"ip": "10.0.0.5", "port": 40000},
        "dst_endpoint": {"ip": "203.0.113.9", "port": 443},
        "connection_info": {
            "uid": "1396867914677676",
            "community_uid": "1:wdc+jXNAn3Ap2cp33lxK1pgbevM=",
            "protocol_name": "tcp",
            "protocol_num": 6,
            "direction_id": 2,
        },
    }


def test_without_connections_the_host_is_the_evidence():
    written = finding(make_notice(evidence=(), peer=None))

    assert written["evidences"] == [{"src_endpoint": {"ip": "10.0.0.5"}}]


def test_confidence_is_a_whole_percentage():
    assert finding(make_notice(kind_probability=0.934))["confidence_score"] == 93


@pytest.mark.parametrize("number", [math.nan, math.inf, -0.1, 1e307])
def test_confidence_is_absent_where_it_is_no_probability(number: float):
    assert "confidence_score" not in finding(make_notice(kind_probability=number))


def test_techniques_are_attacks():
    assert finding(make_notice())["finding_info"]["attacks"] == [{"technique": {"uid": "T1071"}}]
    assert "attacks" not in finding(make_notice(techniques=()))["finding_info"]


def test_a_configured_site_is_told():
    written = json.loads(encode_notice(make_notice(site="berlin")))

    assert written["unmapped"]["site"] == "berlin"


def test_alerts_of_the_sensor_stand_among_the_details():
    alerted = json.loads(encode_notice(make_notice(alerts=("ET a", "ET b"))))

    assert alerted["unmapped"]["alerts"] == ["ET a", "ET b"]
    assert b"alerts" not in encode_notice(make_notice())


def test_the_end_that_is_the_peer_has_its_name():
    named = json.loads(encode_notice(make_notice(peer_name="cdn.example")))
    alone = json.loads(encode_notice(make_notice(peer_name="cdn.example", evidence=())))

    assert named["evidences"][0]["dst_endpoint"]["hostname"] == "cdn.example"
    assert "hostname" not in named["evidences"][0]["src_endpoint"]
    assert alone["evidences"][0]["dst_endpoint"]["hostname"] == "cdn.example"
    assert b"hostname" not in encode_notice(make_notice())

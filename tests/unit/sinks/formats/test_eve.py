import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from netheed.classes import CLASSES
from netheed.records import Connection, Notice, Severity
from netheed.sinks.formats.eve import encode_notice
from tests.makers import make_evidence, make_notice

ICMP6 = make_evidence(
    proto="icmp", orig="fe80::1", resp="ff02::1", orig_port=135, resp_port=0, service=None
)
BARE = make_evidence(
    uid="CHhAvVGS1DHFjwGM9",
    sensor="zeek",
    duration=None,
    service=None,
    orig_bytes=None,
    resp_bytes=None,
    orig_pkts=None,
    resp_pkts=None,
    community_id=None,
    interface=None,
    sensor_name=None,
)
HOSTILE = make_evidence(uid="\x1b[2J", orig="\ud800", proto="\u2028", service='"}\n', interface="")
VARIED = {
    "beacon": make_notice(),
    "icmp6": make_notice(evidence=(ICMP6,)),
    "of-zeek": make_notice(evidence=(BARE,)),
    "hostile": make_notice(host="\x00", evidence=(HOSTILE,)),
    "alone": make_notice(evidence=(), peer=None, drivers=(), techniques=()),
    "no-number": make_notice(score=float("nan"), end=float("inf")),
}
KEYS = {
    "timestamp", "flow_id", "in_iface", "event_type", "src_ip", "src_port", "dest_ip", "dest_port",
    "proto", "icmp_type", "icmp_code", "app_proto", "community_id", "host", "direction", "alert",
    "flow",
}  # fmt: skip
ALERT_KEYS = {
    "action", "gid", "signature_id", "rev", "signature", "category", "severity", "metadata",
}  # fmt: skip
FLOW_KEYS = {
    "pkts_toserver", "pkts_toclient", "bytes_toserver", "bytes_toclient", "start", "end",
}  # fmt: skip


def record(notice: Notice) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(encode_notice(notice))
    return written


def of(evidence: Connection) -> dict[str, Any]:
    return record(make_notice(evidence=(evidence,)))


@pytest.mark.parametrize("version", ["7.0.10", "8.0.6"])
@pytest.mark.parametrize("notice", VARIED.values(), ids=VARIED)
def test_a_record_is_valid_under_suricata_s_schema(shared: Path, version: str, notice: Notice):
    schema = json.loads((shared / "schemas" / f"suricata-{version}.json").read_bytes())

    wrong = [error.message for error in Draft7Validator(schema).iter_errors(record(notice))]

    assert wrong == []


@pytest.mark.parametrize("notice", VARIED.values(), ids=VARIED)
def test_a_record_uses_only_keys_that_suricata_s_schema_has(notice: Notice):
    written = record(notice)

    assert set(written) <= KEYS
    assert set(written["alert"]) == ALERT_KEYS
    assert set(written.get("flow", {})) <= FLOW_KEYS


@pytest.mark.parametrize("notice", VARIED.values(), ids=VARIED)
def test_metadata_is_lists_of_texts_and_none_is_empty(notice: Notice):
    for values in record(notice)["alert"]["metadata"].values():
        assert values
        assert all(value and isinstance(value, str) for value in values)


def test_a_beacon_in_full():
    written = record(make_notice())

    alert, flow = written.pop("alert"), written.pop("flow")
    metadata = alert.pop("metadata")
    assert written == {
        "timestamp": "2023-11-14T22:14:20.000000+0000",
        "event_type": "alert",
        "flow_id": 1396867914677676,
        "in_iface": "eth0",
        "host": "sensor-1",
        "src_ip": "10.0.0.5",
        "src_port": 40000,
        "dest_ip": "203.0.113.9",
        "dest_port": 443,
        "proto": "TCP",
        "app_proto": "tls",
        "community_id": "1:wdc+jXNAn3Ap2cp33lxK1pgbevM=",
        "direction": "to_server",
    }
    assert alert == {
        "action": "allowed",
        "gid": 1,
        "signature_id": 1900104,
        "rev": 1,
        "signature": "NETHEED Anomalous host, looks like a beacon",
        "category": "Machine-learning network anomaly",
        "severity": 1,
    }
    assert flow == {
        "pkts_toserver": 8,
        "pkts_toclient": 8,
        "bytes_toserver": 800,
        "bytes_toclient": 4000,
        "start": "2023-11-14T22:13:20.000000+0000",
        "end": "2023-11-14T22:13:21.000000+0000",
    }
    assert metadata["netheed_score"] == ["7.2500"]
    assert metadata["netheed_p_value"] == ["0.00012"]
    assert metadata["netheed_why"] == ["new destinations 212 (usually 2-14, peers 1-20)"]
    assert metadata["mitre_technique_id"] == ["T1071"]


@pytest.mark.parametrize(
    ("severity", "number", "word"),
    [
        ("critical", 1, "Critical"),
        ("high", 1, "Major"),
        ("medium", 2, "Minor"),
        ("low", 3, "Informational"),
    ],
)
def test_severity_in_suricata_s_numbers(severity: Severity, number: int, word: str):
    alert = record(make_notice(severity=severity))["alert"]

    assert alert["severity"] == number
    assert alert["metadata"]["signature_severity"] == [word]


@pytest.mark.parametrize("kind", CLASSES)
def test_the_signature_of_a_sid_never_changes(kind: str):
    one = record(make_notice(kind=kind))["alert"]
    other = record(make_notice(kind=kind, score=1.0, host="10.9.9.9", severity="low"))["alert"]

    assert one["signature_id"] == other["signature_id"] == CLASSES[kind].sid
    assert one["signature"] == other["signature"]


@pytest.mark.parametrize(
    "uid", ["CHhAvVGS1DHFjwGM9", "", "-5", "1.5", "\u0663", "9007199254740992", "9" * 40]
)
def test_a_uid_that_is_no_flow_id_gives_none(uid: str):
    assert "flow_id" not in of(make_evidence(uid=uid))


def test_a_number_that_zeek_gave_is_no_flow_id():
    assert "flow_id" not in of(make_evidence(sensor="zeek"))


def test_icmp_has_type_and_code_and_no_ports():
    written = of(ICMP6)

    assert (written["proto"], written["icmp_type"], written["icmp_code"]) == ("IPv6-ICMP", 135, 0)
    assert not {"src_port", "dest_port"} & set(written)


@pytest.mark.parametrize(
    ("service", "word"), [("dns", "dns"), ("dce_rpc", "dcerpc"), ("krb_tcp", "krb5")]
)
def test_application_protocols_are_in_suricata_s_words(service: str, word: str):
    assert of(make_evidence(service=service))["app_proto"] == word


def test_without_evidence_or_peer_the_host_stands_at_both_ends():
    written = record(VARIED["alone"])

    assert written["src_ip"] == written["dest_ip"] == "10.0.0.5"
    assert written["proto"] == "IP"
    assert "flow" not in written


def test_what_is_unknown_is_left_out():
    written = of(BARE)

    assert not {"flow_id", "in_iface", "host", "app_proto", "community_id"} & set(written)
    assert set(written["flow"]) == {"start"}


def test_a_configured_site_is_told():
    written = json.loads(encode_notice(make_notice(site="berlin")))

    assert written["alert"]["metadata"]["netheed_site"] == ["berlin"]


def test_alerts_of_the_sensor_stand_in_the_metadata():
    alert = json.loads(encode_notice(make_notice(alerts=("ET a", "ET b"))))["alert"]

    assert alert["metadata"]["netheed_alerts"] == ["ET a", "ET b"]
    assert b"netheed_alerts" not in encode_notice(make_notice())


def test_the_name_of_the_peer_stands_in_the_metadata():
    alert = json.loads(encode_notice(make_notice(peer_name="cdn.example")))["alert"]

    assert alert["metadata"]["netheed_peer_name"] == ["cdn.example"]
    assert b"netheed_peer_name" not in encode_notice(make_notice())


def test_the_share_of_a_sample_stands_in_the_metadata_and_among_the_reasons():
    metadata = json.loads(encode_notice(make_notice(sampled=0.125)))["alert"]["metadata"]

    assert metadata["netheed_sampled"] == ["0.125"]
    assert metadata["netheed_why"][-1] == (
        "counts are estimates: 0.12 of the connections were taken in"
    )
    assert b"netheed_sampled" not in encode_notice(make_notice())

import json
from typing import Any

import pytest

from netheed.records import Notice, Severity
from netheed.sinks.formats.ecs import encode_notice
from tests.makers import make_evidence, make_notice

WANTED = (
    "@timestamp", "ecs.version", "message", "event.kind", "event.category", "event.type",
    "event.module", "event.dataset", "event.provider", "event.id", "event.start", "event.end",
    "event.severity", "event.risk_score", "event.risk_score_norm", "event.reason", "rule.id",
    "rule.name", "rule.version", "rule.ruleset", "rule.category", "source.ip", "source.port",
    "source.bytes", "source.packets", "destination.ip", "destination.port", "destination.bytes",
    "destination.packets", "network.type", "network.transport", "network.iana_number",
    "network.protocol", "network.community_id", "network.direction", "network.bytes",
    "network.packets", "observer.vendor", "observer.product", "observer.type", "observer.version",
    "observer.name", "observer.ingress.interface.name", "related.ip", "threat.framework",
    "threat.technique.id", "netheed.class", "netheed.model", "netheed.why", "netheed.evidence",
)  # fmt: skip


def document(notice: Notice) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(encode_notice(notice))
    return written


def at(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document[name]
    return document


@pytest.mark.parametrize("path", WANTED)
def test_a_full_notice_fills_the_field(path: str):
    assert at(document(make_notice()), path) not in (None, "", [])


def test_an_alert_has_the_categories_that_ecs_allows():
    event = document(make_notice())["event"]

    assert event["kind"] == "alert"
    assert event["category"] == ["network", "intrusion_detection"]
    assert event["type"] == ["info"]


@pytest.mark.parametrize(
    ("severity", "number"), [("low", 21), ("medium", 47), ("high", 73), ("critical", 99)]
)
def test_risk_is_on_elastic_s_scale(severity: Severity, number: int):
    event = document(make_notice(severity=severity))["event"]

    assert event["severity"] == event["risk_score_norm"] == number
    assert event["risk_score"] == 7.25


def test_direction_follows_the_host():
    incoming = make_evidence(orig="203.0.113.9", resp="10.0.0.5")
    lateral = make_evidence(resp="10.0.0.9")

    assert document(make_notice())["network"]["direction"] == "outbound"
    assert document(make_notice(evidence=(incoming,)))["network"]["direction"] == "inbound"
    assert document(make_notice(evidence=(lateral,)))["network"]["direction"] == "internal"


def test_every_address_is_related_once():
    other = make_evidence(resp="198.51.100.7")

    written = document(make_notice(evidence=(make_evidence(), other)))

    assert written["related"]["ip"] == ["10.0.0.5", "203.0.113.9", "198.51.100.7"]


def test_threat_is_left_out_where_no_technique_is_known():
    assert "threat" not in document(make_notice(techniques=()))


def test_unknown_bytes_make_no_sum():
    half = make_evidence(resp_bytes=None, resp_pkts=None)

    written = document(make_notice(evidence=(half,)))

    assert "bytes" in written["source"]
    assert not {"bytes", "packets"} & {*written["network"], *written["destination"]}


def test_icmp_is_named_and_numbered_without_ports():
    ping = make_evidence(proto="icmp", orig="fe80::1", resp="fe80::2", orig_port=128, resp_port=0)

    written = document(make_notice(evidence=(ping,)))

    assert written["network"]["transport"] == "ipv6-icmp"
    assert written["network"]["iana_number"] == "58"
    assert "port" not in written["source"]


def test_without_evidence_the_host_is_the_source():
    written = document(make_notice(evidence=()))

    assert written["source"] == {"ip": "10.0.0.5"}
    assert written["destination"] == {"ip": "203.0.113.9"}
    assert "destination" not in document(make_notice(evidence=(), peer=None))


def test_a_configured_site_is_told():
    written = json.loads(encode_notice(make_notice(site="berlin")))

    assert written["netheed"]["site"] == "berlin"


def test_the_end_that_is_the_peer_has_its_name():
    named = json.loads(encode_notice(make_notice(peer_name="cdn.example")))
    alone = json.loads(encode_notice(make_notice(peer_name="cdn.example", evidence=())))

    assert named["destination"]["domain"] == "cdn.example"
    assert "domain" not in named["source"]
    assert alone["destination"] == {"ip": "203.0.113.9", "domain": "cdn.example"}
    assert named["netheed"]["peer_name"] == "cdn.example"
    assert b"domain" not in encode_notice(make_notice())


def test_alerts_of_the_sensor_stand_among_the_details():
    alerted = json.loads(encode_notice(make_notice(alerts=("ET a", "ET b"))))

    assert alerted["netheed"]["alerts"] == ["ET a", "ET b"]
    assert b"alerts" not in encode_notice(make_notice())

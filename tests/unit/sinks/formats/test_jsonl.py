import json
import math

from netheed.records import Connection, Driver, Notice
from netheed.sinks.formats.jsonl import encode_notice, encode_window
from tests.makers import make_driver, make_evidence, make_notice, make_window

RENAMED = {"kind": "class", "kind_probability": "class_probability"}


def test_a_notice_in_full():
    assert json.loads(encode_notice(make_notice())) == {
        "id": "9f2c4a1be07d3356aa10",
        "host": "10.0.0.5",
        "peer": "203.0.113.9",
        "start": "2023-11-14T22:13:20.000000Z",
        "end": "2023-11-14T22:14:20.000000Z",
        "connections": 3,
        "score": 7.25,
        "p_value": 0.00012,
        "severity": "high",
        "class": "beacon",
        "class_probability": 0.93,
        "scale": "minute",
        "techniques": ["T1071"],
        "drivers": [
            {
                "feature": "new_destinations",
                "unit": "count",
                "value": 212.0,
                "usual": [2.0, 14.0],
                "usual_from": "host",
                "peers": [1.0, 20.0],
                "effect": 3.5,
            }
        ],
        "evidence": [
            {
                "uid": "1396867914677676",
                "sensor": "suricata",
                "sensor_name": "sensor-1",
                "interface": "eth0",
                "community_id": "1:wdc+jXNAn3Ap2cp33lxK1pgbevM=",
                "start": "2023-11-14T22:13:20.000000Z",
                "duration": 1.0,
                "orig": "10.0.0.5",
                "orig_port": 40000,
                "resp": "203.0.113.9",
                "resp_port": 443,
                "proto": "tcp",
                "service": "ssl",
                "outcome": "complete",
                "orig_bytes": 800,
                "resp_bytes": 4000,
                "orig_pkts": 8,
                "resp_pkts": 8,
            }
        ],
        "model": "first-light",
        "config": "5d41402abc4b",
    }


def test_every_field_of_the_nouns_is_written():
    said = {
        "site": "berlin",
        "peer_name": "a.example",
        "alerts": ("ET x",),
        "about": "zeek",
        "remark": "x",
        "sampled": 0.25,
    }
    written = json.loads(encode_notice(make_notice(**said)))

    assert set(written) == {RENAMED.get(name, name) for name in Notice.__struct_fields__}
    assert set(written["evidence"][0]) == set(Connection.__struct_fields__)
    ranges = {"usual_low": "usual", "usual_high": "usual", "peers_low": "peers"}
    ranges["peers_high"] = "peers"
    names = {ranges.get(name, name) for name in Driver.__struct_fields__}
    assert set(written["drivers"][0]) == names


def test_a_site_is_told_where_one_is_configured():
    assert json.loads(encode_notice(make_notice(site="berlin")))["site"] == "berlin"
    assert json.loads(encode_window(make_window(site="berlin")))["site"] == "berlin"
    assert "site" not in json.loads(encode_notice(make_notice()))


def test_a_name_of_the_peer_is_told_where_there_is_one():
    named = json.loads(encode_notice(make_notice(peer_name="cdn.example")))

    assert named["peer_name"] == "cdn.example"
    assert "peer_name" not in json.loads(encode_notice(make_notice()))


def test_the_share_of_a_sample_is_told_where_not_all_was_taken_in():
    assert json.loads(encode_notice(make_notice(sampled=0.25)))["sampled"] == 0.25
    assert json.loads(encode_window(make_window(sampled=0.25)))["sampled"] == 0.25
    assert "sampled" not in json.loads(encode_notice(make_notice()))
    assert "sampled" not in json.loads(encode_window(make_window()))


def test_alerts_of_the_sensor_are_told_where_there_are_some():
    alerted = json.loads(encode_notice(make_notice(alerts=("ET a\x1b[2J", "ET b"))))

    assert alerted["alerts"] == ["ET a\\x1b[2J", "ET b"]
    assert "alerts" not in json.loads(encode_notice(make_notice()))


def test_what_is_missing_is_null():
    alone = make_driver(peers_low=None, peers_high=None)
    bare = make_evidence(duration=None, service=None, orig_bytes=None, community_id=None)

    written = json.loads(encode_notice(make_notice(peer=None, drivers=(alone,), evidence=(bare,))))

    assert written["peer"] is None
    assert written["drivers"][0]["peers"] is None
    for name in ("duration", "service", "orig_bytes", "community_id"):
        assert written["evidence"][0][name] is None


def test_a_scored_window():
    assert encode_window(make_window()) == (
        b'{"host":"10.0.0.5","start":"2023-11-14T22:13:20.000000Z",'
        b'"end":"2023-11-14T22:14:20.000000Z","connections":3,"score":-1.5,"p_value":0.4,'
        b'"class":"benign","scale":"minute"}\n'
    )


def test_a_window_with_a_score_that_is_no_number():
    written = json.loads(encode_window(make_window(score=math.nan, host="\x1b[2J")))

    assert written["score"] is None
    assert written["host"] == "\\x1b[2J"

"""A notice as Zeek takes it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netheed.records import Notice
from netheed.sinks.formats.zeek_verdict import verdict
from netheed.zeek.encode import verdict_event
from tests.makers import END, make_driver, make_evidence, make_notice

TEXT = st.text(st.characters(exclude_categories=()), max_size=40)  # lone surrogates too


def values(notice: Notice) -> dict[str, Any]:
    message = json.loads(verdict_event(verdict(notice)))
    fields = message["data"][2]["data"][1]["data"][1]["data"]
    names = ("ts", "notice_id", "host", "class", "score", "uids", "msg", "sub")
    return {name: field["data"] for name, field in zip(names, fields, strict=True)}


def test_every_field_is_said() -> None:
    said = values(make_notice(evidence=(make_evidence(uid="C1", sensor="zeek"), make_evidence())))

    assert said | {"msg": ""} == {
        "ts": END,
        "notice_id": "9f2c4a1be07d3356aa10",
        "host": "10.0.0.5",
        "class": "beacon",
        "score": 0.73,
        "uids": [{"@data-type": "string", "data": "C1"}],
        "msg": "",
        "sub": "score=7.250 p=0.00012 severity=high class_probability=0.9300 scale=minute "
        "peer=203.0.113.9 techniques=T1071 model=first-light drivers=new_destinations",
    }
    assert said["msg"].startswith("NETHEED ")
    assert said["msg"].endswith(": new destinations 212 (usually 2-14, peers 1-20)")


def test_what_is_missing_is_not_said() -> None:
    bare = make_notice(peer=None, drivers=(), techniques=(), p_value=float("nan"))

    said = values(bare)
    assert said["sub"] == (
        "score=7.250 severity=high class_probability=0.9300 scale=minute model=first-light"
    )
    assert ":" not in said["msg"]


def test_a_hostile_text_adds_no_key() -> None:
    driver = make_driver(feature="x y=1\n\x1b[2J")

    said = values(make_notice(site="a b=\u202ec", drivers=(driver,), score=float("nan")))
    assert [pair.partition("=")[0] for pair in said["sub"].split(" ")] == [
        "p", "severity", "class_probability", "scale", "peer", "site", "techniques",
        "model", "drivers",
    ]  # fmt: skip
    assert (said["sub"] + said["msg"]).isprintable()
    assert said["score"] == 0.73


def test_a_host_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="address"):
        verdict_event(verdict(make_notice(host="\x00")))


@given(TEXT, TEXT, TEXT, st.floats(), st.floats(), st.floats())
def test_whatever_a_notice_says_zeek_can_take_it(
    site: str, model: str, feature: str, score: float, p_value: float, end: float
) -> None:
    driver = make_driver(feature=feature, value=score)
    evidence = (make_evidence(uid=model, sensor="zeek"),)

    notice = make_notice(site=site, model=model, drivers=(driver,), score=score, p_value=p_value,
                         end=end, evidence=evidence)  # fmt: skip

    frame = verdict_event(verdict(notice))
    text = frame.decode()
    assert text.isprintable()
    assert "\\u" not in text.replace("\\\\", "")
    assert not {"nan", "inf"} & {piece.split("}")[0] for piece in text.split('"real","data":')}
    json.loads(text)


def test_alerts_of_the_sensor_stand_in_the_details():
    assert verdict(make_notice(alerts=("ET a, b", "ET c"))).sub.endswith(" alerts=ET_a_b,ET_c")
    assert "alerts" not in verdict(make_notice()).sub


def test_the_name_of_the_peer_stands_in_the_details():
    assert "peer_name=cdn.example" in verdict(make_notice(peer_name="cdn.example")).sub
    assert "peer_name" not in verdict(make_notice()).sub

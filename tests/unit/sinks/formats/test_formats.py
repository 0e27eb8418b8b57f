"""What holds for every form of a notice, whatever the records said."""

import json
import math
import unicodedata
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netheed.records import Notice, Outcome, Severity
from netheed.sinks.formats import FORMATS
from tests.makers import make_driver, make_evidence, make_notice

TEXT = st.text(st.characters(exclude_categories=()), max_size=40)  # lone surrogates too
MAYBE = st.none() | TEXT
NUMBER = st.floats()
COUNT = st.none() | st.integers(0, 2**53)
DRIVERS = st.builds(
    make_driver,
    feature=TEXT,
    unit=TEXT,
    value=NUMBER,
    usual_low=NUMBER,
    usual_high=NUMBER,
    peers_low=st.none() | NUMBER,
    peers_high=st.none() | NUMBER,
    effect=NUMBER,
)
CONNECTIONS = st.builds(
    make_evidence,
    uid=TEXT | st.sampled_from(["1396867914677676", "٣", "9" * 30]),
    sensor=st.sampled_from(["zeek", "suricata"]),
    start=NUMBER,
    duration=st.none() | NUMBER,
    orig=TEXT,
    resp=TEXT,
    proto=TEXT | st.sampled_from(["tcp", "udp", "icmp"]),
    service=MAYBE,
    outcome=st.sampled_from(Outcome),
    orig_bytes=COUNT,
    resp_bytes=COUNT,
    orig_pkts=COUNT,
    resp_pkts=COUNT,
    community_id=MAYBE,
    interface=MAYBE,
    sensor_name=MAYBE,
)
NOTICES = st.builds(
    make_notice,
    id=TEXT,
    host=TEXT,
    peer=MAYBE,
    peer_name=MAYBE,
    alerts=st.lists(TEXT, max_size=3).map(tuple),
    start=NUMBER,
    end=NUMBER,
    score=NUMBER,
    p_value=NUMBER,
    severity=st.sampled_from(get_args(Severity)),
    kind=TEXT,
    kind_probability=NUMBER,
    techniques=st.lists(TEXT, max_size=2).map(tuple),
    drivers=st.lists(DRIVERS, max_size=4).map(tuple),
    evidence=st.lists(CONNECTIONS, max_size=3).map(tuple),
    model=TEXT,
    config=TEXT,
)
forms = pytest.mark.parametrize("form", FORMATS)


def texts(value: Any) -> list[str]:
    """Every text in a document, keys too."""
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in texts(part)]
    if isinstance(value, list):
        return [text for inner in value for text in texts(inner)]
    return [value] if isinstance(value, str) else []


@forms
@settings(deadline=None)  # a busy machine may take its time
@given(notice=NOTICES)
def test_any_notice_is_one_line_of_valid_json_without_hidden_characters(form: str, notice: Notice):
    written = FORMATS[form](notice)

    assert written.endswith(b"\n")
    assert len(written.decode().splitlines()) == 1
    said = "".join(texts(json.loads(written, parse_constant=pytest.fail)))
    hidden = {unicodedata.category(character) for character in said} & {"Cc", "Cf", "Cs"}
    assert not hidden


@forms
def test_the_same_notice_gives_the_same_bytes(form: str):
    assert FORMATS[form](make_notice()) == FORMATS[form](make_notice())


@forms
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_does_not_lose_the_notice(form: str, number: float):
    notice = make_notice(score=number, p_value=number, kind_probability=number)

    written = FORMATS[form](notice)

    assert notice.id in written.decode()
    assert not {"NaN", "nan", "Infinity", "inf"} & set(texts(json.loads(written)))


@forms
def test_every_form_carries_what_the_analyst_needs(form: str):
    written = FORMATS[form](make_notice()).decode()

    for needed in ("9f2c4a1be07d3356aa10", "10.0.0.5", "203.0.113.9", "beacon", "T1071"):
        assert needed in written
    for pivot in ("1396867914677676", "1:wdc+jXNAn3Ap2cp33lxK1pgbevM="):
        assert pivot in written
    for reason in ("new_destinations", "212", "first-light", "0.00012"):
        assert reason.replace("_", " ") in written.replace("_", " ")


@forms
def test_a_notice_without_evidence_names_host_and_peer(form: str):
    written = FORMATS[form](make_notice(evidence=(), peer="198.51.100.7"))

    assert {"10.0.0.5", "198.51.100.7"} <= set(texts(json.loads(written)))

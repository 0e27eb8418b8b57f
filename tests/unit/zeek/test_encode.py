"""Verdicts as Zeek takes them."""

import json
import math

import pytest

from netheed.zeek.encode import Verdict, subscriptions, verdict_event

VERDICT = Verdict(
    1707834941.977478, "a1b2c3d4", "147.32.80.37", "scan", 1.0, ("C1", "C2"), "m", "s"
)


def fields(**given: object) -> list[dict[str, object]]:
    message = json.loads(verdict_event(VERDICT._replace(**given)))
    return message["data"][2]["data"][1]["data"][1]["data"]


def test_it_is_the_event_that_zeek_accepted() -> None:
    message = json.loads(verdict_event(VERDICT))

    assert (message["type"], message["topic"]) == ("data-message", "netheed/verdict/")
    assert message["data"][2]["data"][0] == {"@data-type": "string", "data": "Netheed::verdict"}
    kinds = [field["@data-type"] for field in fields()]
    assert kinds == ["real", "string", "address", "string", "real", "vector", "string", "string"]


@pytest.mark.parametrize("score", [1.0, 0.0, -3.5, 1e300, -math.inf, math.nan, 1e-9])
def test_a_double_always_has_a_decimal_point_and_is_a_number(score: float) -> None:
    frame = verdict_event(VERDICT._replace(score=score)).decode()

    shown = frame.split('"scan"},{"@data-type":"real","data":')[1].split("}")[0]
    assert "." in shown
    assert "e" not in shown
    assert math.isfinite(float(shown))


def test_texts_have_no_escapes_but_of_quote_and_backslash() -> None:
    hostile = 'é"\\ \x00\x1b[2J\n\x7f\u2028\ud800\u202e'

    frame = verdict_event(VERDICT._replace(msg=hostile))
    assert fields(msg=hostile)[6]["data"] == 'é"\\ [2J'
    assert b"\\u" not in frame
    assert "é".encode() in frame


@pytest.mark.parametrize(
    "host", ["", "10.0.0.256", "10.0.0.1/8", "::g", 'x"', "10.0.0.1\n", "fe80::1%a"]
)
def test_what_is_no_address_is_never_sent(host: str) -> None:
    with pytest.raises(ValueError, match="address"):
        verdict_event(VERDICT._replace(host=host))


def test_lengths_are_capped() -> None:
    assert len(fields(msg="x" * 9999)[6]["data"]) == 1024
    assert len(fields(uids=("C",) * 999)[5]["data"]) == 64


def test_subscriptions_are_a_bare_array() -> None:
    assert json.loads(subscriptions(("a/", "b/"))) == ["a/", "b/"]

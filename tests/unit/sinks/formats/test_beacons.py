"""The ranked list of pairs in each of its forms."""

import csv
import io
import json
import math
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from netheed.records import Beacon
from netheed.sinks.formats.beacons import (
    BEACON_FORMS,
    FIELDS,
    WIDTH,
    comma_separated,
    document,
    jsonl,
    table,
)
from tests.makers import make_beacon

TEXT = st.text(st.characters(exclude_categories=()), max_size=40)  # lone surrogates too
MAYBE = st.none() | TEXT
NUMBER = st.floats()
BEACONS = st.builds(
    make_beacon,
    host=TEXT,
    site=MAYBE,
    peer=TEXT,
    peer_name=MAYBE,
    proto=TEXT,
    service=MAYBE,
    first_seen=NUMBER,
    last_seen=NUMBER,
    period=st.none() | NUMBER,
    jitter=st.none() | NUMBER,
    size_sameness=NUMBER,
    persistence=NUMBER,
    score=NUMBER,
    p_value=NUMBER,
    kind=TEXT,
)
forms = pytest.mark.parametrize("form", BEACON_FORMS)


def shown(*beacons: Beacon) -> str:
    return table(beacons, on_terminal=False).decode()


def rows(*beacons: Beacon) -> list[list[str]]:
    """The cells of the CSV, header first."""
    text = comma_separated(beacons, False).decode()
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def cell(name: str, beacon: Beacon) -> str:
    header, row = rows(beacon)
    return row[header.index(name)]


def hidden(text: str) -> set[str]:
    return {unicodedata.category(character) for character in text} & {"Cc", "Cf", "Cs"}


@forms
@settings(deadline=None)  # a busy machine may take its time
@given(beacons=st.lists(BEACONS, max_size=3))
def test_no_hidden_character_of_a_record_comes_out(form: str, beacons: Sequence[Beacon]) -> None:
    written = BEACON_FORMS[form](beacons, False).decode()

    assert not hidden(written.replace("\r\n", "").replace("\n", ""))


@settings(deadline=None)  # a busy machine may take its time
@given(beacons=st.lists(BEACONS, max_size=3))
def test_each_line_of_jsonl_is_valid_json(beacons: list[Beacon]) -> None:
    lines = jsonl(beacons, False).splitlines()

    documents = [json.loads(line, parse_constant=pytest.fail) for line in lines]

    assert len(documents) == len(beacons)


@settings(deadline=None)  # a busy machine may take its time
@given(beacons=st.lists(BEACONS, max_size=3))
def test_each_row_of_csv_has_all_fields(beacons: list[Beacon]) -> None:
    found = rows(*beacons)

    assert [len(row) for row in found] == [len(FIELDS)] * (1 + len(beacons))


@settings(deadline=None)  # a busy machine may take its time
@given(beacon=BEACONS)
def test_no_text_in_csv_begins_as_a_formula(beacon: Beacon) -> None:
    texts = [cell(name, beacon) for name, value in document(beacon).items() if type(value) is str]

    assert not [text for text in texts if text.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_a_line_of_jsonl_has_the_fields_in_their_order() -> None:
    assert tuple(json.loads(jsonl([make_beacon()], False))) == FIELDS


def test_the_header_of_csv_has_the_fields_in_their_order() -> None:
    assert tuple(rows()[0]) == FIELDS


def test_jsonl_says_all_of_a_pair() -> None:
    assert json.loads(jsonl([make_beacon(peer_name="cdn.example", site="lyon")], False)) == {
        "score": 7.25,
        "p_value": 0.00012,
        "class": "beacon",
        "host": "10.0.0.5",
        "site": "lyon",
        "peer": "203.0.113.9",
        "peer_name": "cdn.example",
        "port": 443,
        "proto": "tcp",
        "service": "ssl",
        "connections": 48,
        "first_seen": "2023-11-14T18:14:20.000000Z",
        "last_seen": "2023-11-14T22:14:20.000000Z",
        "span": 14400.0,
        "period": 302.0,
        "jitter": 0.02,
        "size_sameness": 0.98,
        "persistence": 1.0,
        "peer_hosts": 1,
    }


def test_what_is_not_known_is_null_in_jsonl() -> None:
    assert json.loads(jsonl([make_beacon(period=None)], False))["period"] is None


def test_what_is_not_known_is_empty_in_csv() -> None:
    assert cell("period", make_beacon(period=None)) == ""


def test_lines_of_csv_end_as_its_rfc_has_it() -> None:
    written = comma_separated([make_beacon()], False)

    assert written.count(b"\r\n") == written.count(b"\n") == 2


@pytest.mark.parametrize("text", ['a "quoted" name', "one,two", '"', ",", "'"])
def test_what_csv_would_part_is_quoted(text: str) -> None:
    assert cell("peer_name", make_beacon(peer_name=text)) == text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("x","y")'])
def test_text_that_a_spreadsheet_would_run_is_quoted_off(text: str) -> None:
    assert cell("peer_name", make_beacon(peer_name=text)) == f"'{text}"


def test_a_negative_number_stays_a_number_in_csv() -> None:
    assert cell("score", make_beacon(score=-1.5)) == "-1.5"


def test_jsonl_leaves_formulas_as_they_are() -> None:
    assert json.loads(jsonl([make_beacon(peer_name="=1+1")], False))["peer_name"] == "=1+1"


@pytest.mark.parametrize("markup", ["[red]x[/red]", "[link=http://x]y", "[/]", "\\[b]"])
def test_markup_in_a_record_is_shown_as_it_is(markup: str) -> None:
    assert markup in shown(make_beacon(peer_name=markup))


def test_the_table_says_who_calls_whom_how_often_and_how_steadily() -> None:
    *_, first, second = shown(make_beacon(peer_name="cdn.example")).splitlines()

    assert first.split() == [
        *("7.25", "0.0001", "beacon", "10.0.0.5", "203.0.113.9", "443/tcp", "ssl", "48"),
        *("4h00m", "5m02s", "2%"),
        *("98%", "100%", "1", "2023-11-14"),
    ]
    assert second.split() == ["cdn.example", "18:14"]


def test_a_pair_without_a_period_has_dashes_for_it_and_its_jitter() -> None:
    assert " -      - " in shown(make_beacon(period=None, jitter=None))


def test_a_pair_without_a_p_value_has_a_dash_for_it() -> None:
    assert " 7.25 - beacon " in f" {' '.join(shown(make_beacon(p_value=math.nan)).split())} "


def test_a_table_that_goes_to_no_terminal_has_a_width_of_its_own() -> None:
    name = "a" * 400

    assert max(map(len, shown(make_beacon(peer_name=name)).splitlines())) == WIDTH


def test_a_long_name_is_folded_and_never_cut() -> None:
    assert shown(make_beacon(peer_name="a" * 400)).count("a") >= 400


def test_addresses_are_whole_on_a_terminal_of_120_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    beacon = make_beacon(host="192.168.100.105", peer="198.51.100.223", peer_name="a" * 90)
    beacon = structs.replace(beacon, kind="exfiltration", p_value=5e-05)

    text = table([beacon], on_terminal=True).decode()

    assert "192.168.100.105" in text
    assert "198.51.100.223" in text
    assert "2023-11-14" in text


def test_colours_are_for_terminals_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert "\x1b" not in shown(make_beacon())


def test_no_pair_is_said_in_words() -> None:
    assert shown() == "no pair was seen often enough\n"


def test_no_pair_is_nothing_in_jsonl() -> None:
    assert jsonl([], False) == b""


@forms
@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_does_not_lose_the_pair(form: str, number: float) -> None:
    beacon = make_beacon(score=number, p_value=number, period=number, jitter=number)

    assert b"203.0.113.9" in BEACON_FORMS[form]([beacon], False)

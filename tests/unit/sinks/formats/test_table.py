import math
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from netheed.records import Notice
from netheed.sinks.formats.table import notice_table
from tests.makers import make_driver, make_evidence, make_notice

TEXT = st.text(st.characters(exclude_categories=()), max_size=30)


def shown(notices: Sequence[Notice], *, width: int = 120, colour: bool = False) -> str:
    """The table as a terminal of that width gets it."""
    console = Console(
        width=width, force_terminal=colour, color_system="standard" if colour else None,
        no_color=not colour, legacy_windows=False,
    )  # fmt: skip
    with console.capture() as captured:
        console.print(notice_table(notices))
    return captured.get()


def columns(text: str) -> list[str]:
    """Each column's cells, run together: what a reader sees in it."""
    rows = [line.strip("│").split("│") for line in text.splitlines() if line.startswith("│")]
    return [" ".join(cell.strip() for cell in column) for column in zip(*rows, strict=True)]


def test_a_notice_is_shown_with_when_who_what_why_and_where_to_look():
    notice = make_notice(evidence=tuple(make_evidence(uid=uid) for uid in ("C1", "C2", "C3")))

    when, host, verdict, why, pivots = (cell.strip() for cell in columns(shown([notice])))

    assert when == "2023-11-14 22:13"
    assert host == "10.0.0.5 -> 203.0.113.9"
    assert verdict == "beacon 93% high p 0.0001"
    assert why == "new destinations 212 (usually 2-14, peers 1-20)"
    assert pivots == "C1 C2"


def test_three_reasons_are_shown():
    drivers = tuple(make_driver(feature=name) for name in ("one", "two", "three", "four"))

    text = shown([make_notice(drivers=drivers)])

    assert "three 212" in text
    assert "four" not in text


def test_a_notice_without_peer_drivers_and_evidence_is_shown():
    text = shown([make_notice(peer=None, drivers=(), evidence=())])

    assert "10.0.0.5" in text
    assert "->" not in text


@pytest.mark.parametrize("width", [80, 100, 120])
def test_long_addresses_are_folded_and_never_cut(width: int):
    host, uid = "fd12:3456:789a:bcde:f012:3456:789a:bcde", "CHhAvVGS1DHFjwGM9"
    notice = make_notice(host=host, peer=None, evidence=(make_evidence(uid=uid),))

    text = shown([notice], width=width)

    assert max(map(len, text.splitlines())) <= width
    cells = [column.replace(" ", "") for column in columns(text)]
    assert cells[1] == host
    assert cells[4] == uid


@pytest.mark.parametrize("markup", ["[red]x[/red]", "[link=http://x]y", "[/]", "\\[b]"])
def test_markup_in_a_record_is_shown_as_it_is(markup: str):
    uids = (make_evidence(uid=markup),)
    drivers = (make_driver(feature=markup),)
    notice = make_notice(host=markup, peer=markup, kind=markup, drivers=drivers, evidence=uids)

    _, host, verdict, why, pivots = columns(shown([notice]))

    assert host.strip() == f"{markup} -> {markup}"
    for cell in (verdict, why, pivots):
        assert cell.startswith(markup)


def test_colours_are_ours_alone():
    text = shown([make_notice(host="\x1b[31mred", severity="critical")], colour=True)

    assert "\x1b[1;31mcritical" in text
    assert "\\x1b[31mred" in text
    assert "\x1b[31mred" not in text


@settings(deadline=None)  # a busy machine may take its time
@given(TEXT, TEXT, TEXT, TEXT)
def test_no_hidden_character_of_a_record_reaches_the_terminal(
    host: str, peer: str, feature: str, uid: str
):
    notice = make_notice(
        host=host,
        peer=peer,
        kind=feature,
        drivers=(make_driver(feature=feature, unit=uid),),
        evidence=(make_evidence(uid=uid),),
    )

    text = shown([notice]).replace("\n", "")

    hidden = {unicodedata.category(character) for character in text} & {"Cc", "Cf", "Cs"}
    assert not hidden


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_numbers_that_are_none_are_shown(number: float):
    assert "10.0.0.5" in shown([make_notice(p_value=number, kind_probability=number)])


def test_a_hostile_name_stands_under_its_address_and_reaches_no_terminal():
    table = notice_table([make_notice(peer_name="\x1b[2J.example")])

    (cell,) = table.columns[1].cells
    assert str(cell) == "10.0.0.5\n-> 203.0.113.9\n\\x1b[2J.example"


@pytest.mark.parametrize(("scale", "said"), [("minute", ""), ("pair", "pair"), ("hours", "hours")])
def test_the_scale_that_found_it_is_said_but_of_the_minute(scale: str, said: str):
    text = shown([make_notice(scale=scale)])

    assert [word for word in ("(pair)", "(hours)") if word in text] == [f"({said})"] * bool(said)


def test_alerts_of_the_sensor_stand_below_the_reasons_and_reach_no_terminal():
    table = notice_table([make_notice(alerts=("ET \x1b[2Ja", "ET b"))])

    (cell,) = table.columns[3].cells
    assert str(cell).splitlines()[-2:] == ["alert: ET \\x1b[2Ja", "alert: ET b"]

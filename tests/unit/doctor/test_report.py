import json

import pytest
import yaml

from netheed import config
from netheed.doctor import report
from netheed.doctor.findings import IN_THE_END, Finding, Level, advice, missing, ok, paste

HOSTILE = "\x1b[2J\x9b1m\u202e\x07\x7f\r\n"


def printed(**found: list[Finding]) -> str:
    return report.text(found, "netheed.yaml")


def test_each_finding_is_a_line_below_who_found_it():
    assert printed(zeek=[ok("found"), missing("port"), advice("clock")]).splitlines() == [
        "zeek",
        "  ok       found",
        "  MISSING  port",
        "  advice   clock",
    ]


def test_lines_stand_below_their_file_once():
    one = missing("a", paste("local.zeek", "@load packages"), paste("a shell", "zeekctl deploy"))
    two = missing("b", paste("a shell", "zeekctl deploy"))

    assert report.pastes({"zeek": [one, two]}, "") == {
        "local.zeek": ["@load packages"],
        "a shell": ["zeekctl deploy"],
    }


def test_a_stanza_is_pasted_whole_where_another_has_some_of_its_lines():
    one = missing("a", paste("suricata.yaml", "a:", "  enabled: yes"))
    two = missing("b", paste("suricata.yaml", "b:", "  enabled: yes"))

    lines = report.pastes({"suricata": [one, two, one]}, "")["suricata.yaml"]

    assert lines == ["a:", "  enabled: yes", "b:", "  enabled: yes"]


def test_what_makes_the_lines_take_effect_comes_last():
    one = missing("a", paste(IN_THE_END, "zeekctl deploy"), paste("local.zeek", "@load packages"))

    shown = printed(zeek=[one, missing("b", paste("a shell", "zkg install ./netheed"))])

    assert shown.endswith(
        "zkg install ./netheed\n\na shell, when the rest is done:\n    zeekctl deploy"
    )


def test_what_two_sensors_want_becomes_one_configuration(tmp_path):
    one = {"sources": [{"type": "zeek_log", "path": "/a/conn.log"}]}
    two = {"sources": [{"type": "zeek_log", "path": "/b/conn.log"}], "sinks": []}
    found = {
        "zeek": [Finding(Level.ADVICE, "a", (), one)],
        "suricata": [Finding(Level.ADVICE, "b", (), two), Finding(Level.ADVICE, "c", (), one)],
    }
    file = tmp_path / "netheed.yaml"
    file.write_text("\n".join(report.pastes(found, "netheed.yaml")["netheed.yaml"]))

    assert [source.path for source in config.read(file).sources] == ["/a/conn.log", "/b/conn.log"]


def test_what_source_and_sink_share_is_written_out_twice():
    link = {"type": "zeek_websocket", "url": "ws://h"}
    found = [Finding(Level.ADVICE, "a", (), {"sources": [link], "sinks": [link]})]

    assert [line[:2] for line in report.pastes({"zeek": found}, "f")["f"]] == [
        "so",
        "- ",
        "  ",
        "si",
        "- ",
        "  ",
    ]


def test_no_control_character_reaches_a_terminal():
    shown = printed(zeek=[missing(HOSTILE, paste(HOSTILE, HOSTILE))])

    assert all(line.isprintable() for line in shown.splitlines())
    assert shown.isascii()


def test_no_control_character_is_in_the_json():
    shown = report.as_json({"zeek": [missing(HOSTILE, paste(HOSTILE, HOSTILE))]}, HOSTILE)

    assert shown.isascii()
    assert shown.isprintable()
    assert json.loads(shown)["findings"][0]["what"] == HOSTILE


def test_a_hostile_path_survives_in_the_configuration():
    path = f"/logs/{HOSTILE}: [{{#"
    found = [Finding(Level.ADVICE, "a", (), {"sources": [{"path": path}]})]

    shown = printed(zeek=found).partition("netheed.yaml:\n")[2]

    assert all(line.isprintable() for line in shown.splitlines())
    assert yaml.safe_load(shown)["sources"][0]["path"] == path


def test_a_long_line_is_pasted_whole():
    line = "x" * 5000

    assert line in printed(zeek=[missing("long", paste("file", line))])


@pytest.mark.parametrize(("made", "missed"), [(ok, False), (advice, False), (missing, True)])
def test_only_what_is_missing_counts(made, missed):
    found = {"zeek": [ok("a")], "netheed": [made("b")]}

    assert report.something_is_missing(found) is missed
    assert json.loads(report.as_json(found, ""))["missing"] is missed

import os
from pathlib import Path

import pytest

from netheed.doctor import conn_log, machine
from netheed.doctor.findings import Level
from netheed.doctor.installation import found
from tests.installed_zeek import NOW, Pretended, missing, pasted, reading, that_say
from tests.lines import CONN_JSON, TSV_HEADER, TSV_ROW, changed

LOG = "/opt/zeek/logs/current/conn.log"


def findings(here: Pretended, version: str = "8.0.10", **case):
    here.install(version)
    (zeek,) = found(here.machine(), None)
    return list(conn_log.findings(here.case(**case), zeek))


@pytest.mark.parametrize(
    ("text", "form"), [(CONN_JSON, "JSON"), (TSV_HEADER + TSV_ROW, "TSV")], ids=["json", "tsv"]
)
def test_a_log_in_order_is_told_with_its_form(tmp_path, text, form):
    here = Pretended(tmp_path)
    here.log(text)

    (only,) = findings(here)

    assert (only.level, form in only.what) == (Level.OK, True)


@pytest.mark.parametrize("text", [b"", b"\x1b[2J no log\n", TSV_HEADER])
def test_a_log_without_a_connection_is_told(tmp_path, text):
    here = Pretended(tmp_path)
    here.log(text)

    (only,) = findings(here)

    assert (only.level, "no connection" in only.what) == (Level.ADVICE, True)


def test_the_newest_connection_of_a_long_log_is_at_its_end(tmp_path):
    here = Pretended(tmp_path)
    late = changed(CONN_JSON, ts=NOW + 7200)
    here.log(CONN_JSON * 1000 + late)

    (ahead,) = that_say(findings(here), "ahead")

    assert ahead.what == "its clock is 2 hours ahead of this machine's"


def test_a_log_of_any_length_is_read_from_both_ends(tmp_path):
    path = tmp_path / "conn.log"
    for rows in (1, 500, 1000, 1900):
        path.write_bytes(TSV_HEADER + TSV_ROW * rows)

        first, newest = conn_log._ends(path)

        assert (first, newest) == (b"#", NOW - 9)


@pytest.mark.parametrize(
    ("ago", "words"), [(7300, "2 hours"), (9000 * 60, "6 days"), (100, ""), (-500, "")]
)
def test_a_log_that_nobody_writes_is_told(tmp_path, ago, words):
    here = Pretended(tmp_path)
    here.log(changed(CONN_JSON, ts=NOW - ago - 20), written=NOW - ago)

    told = that_say(findings(here), "is Zeek running?")

    assert [words in one.what for one in told] == [True] * bool(words)


def test_a_sensor_whose_clock_is_behind_is_told(tmp_path):
    here = Pretended(tmp_path)
    here.log(changed(CONN_JSON, ts=NOW - 86_400))

    (behind,) = that_say(findings(here), "behind")

    assert (behind.level, "24 hours" in behind.what) == (Level.ADVICE, True)


def test_a_pipe_is_not_waited_for(tmp_path):
    here = Pretended(tmp_path)
    here.log().unlink()
    os.mkfifo(tmp_path / LOG.lstrip("/"))

    (only,) = findings(here)

    assert (only.level, "no file" in only.what) == (Level.ADVICE, True)


def test_a_log_that_may_not_be_read_is_told_with_the_rights_to_give(tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    here = Pretended(tmp_path)
    here.log()
    monkeypatch.setattr(conn_log, "_ends", refuse)

    (only,) = findings(here, settings=reading(LOG))

    assert (only.level, only.what) == (Level.MISSING, f"{LOG}: Permission denied")
    assert all("setfacl" in line and "/opt/zeek/logs/current" in line for _, line in pasted([only]))


def test_a_log_in_a_closed_folder_is_no_log_that_is_not_there(tmp_path, monkeypatch):
    def refuse(path, *_arguments, **_options):
        if "logs" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path)

    here, stat = Pretended(tmp_path), Path.stat
    here.log()
    monkeypatch.setattr(machine.Path, "stat", refuse)
    monkeypatch.setattr(machine.os, "access", lambda path, _: not str(path).endswith("/logs"))
    monkeypatch.setattr(conn_log, "_log", lambda _, path: refuse(path))

    (only,) = findings(here)

    assert only.what == f"{LOG}: Permission denied"
    assert all(line.endswith(" /opt/zeek/logs") for _, line in pasted([only]))


def test_a_configured_log_that_is_not_there_is_missing(tmp_path):
    assert missing(findings(Pretended(tmp_path), settings=reading("/logs/conn.log"))) == [
        "/logs/conn.log: No such file or directory"
    ]


def test_a_log_that_is_not_asked_for_is_not_missing(tmp_path):
    assert missing(findings(Pretended(tmp_path))) == []


def test_before_7_1_the_log_is_the_only_way(tmp_path):
    assert len(missing(findings(Pretended(tmp_path), "7.0.11"))) == 1


@pytest.mark.parametrize(
    ("control", "path"),
    [
        ("", LOG),
        ("LogDir = /data/logs", "/data/logs/current/conn.log"),
        ("", "/var/log/zeek/conn.log"),
    ],
    ids=["usual", "LogDir", "no zeekctl"],
)
def test_the_log_is_found_where_zeek_writes(tmp_path, control, path):
    here = Pretended(tmp_path)
    here.write("/opt/zeek/etc/zeekctl.cfg", control)
    here.write(path, CONN_JSON)

    assert len(that_say(findings(here), f"{path} can be read")) == 1


def test_rotated_logs_are_counted_where_they_are_read(tmp_path):
    here = Pretended(tmp_path)
    here.log()
    here.write("/opt/zeek/logs/2023-11-14/conn.21:00:00-22:00:00.log.gz")
    here.write("/opt/zeek/logs/current/conn-20231114.log")
    here.write("/opt/zeek/logs/2023-11-14/dns.21:00:00-22:00:00.log.gz")

    assert len(that_say(findings(here), "2 rotated")) == 1

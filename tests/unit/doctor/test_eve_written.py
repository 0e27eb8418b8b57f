import os

import pytest

from netheed.doctor import eve_written
from netheed.doctor.findings import Level
from netheed.sinks import EveSettings
from netheed.sources.eve_file import EveFileSettings as EveFile
from netheed.sources.eve_socket import EveSocketSettings
from tests.installed_suricata import EVE, RECORD, configured, dump, eve_log, write_eve
from tests.installed_zeek import NOW, Pretended, missing, pasted, that_say


def found(here, *sources, sinks=(), dumped=None):
    case = here.case(settings=configured(*sources, sinks=sinks))
    return list(eve_written.findings(case, dumped))


def test_a_file_that_is_written_now_is_in_order(tmp_path):
    write_eve(here := Pretended(tmp_path))

    assert {one.level for one in found(here, EveFile())} == {Level.OK}


def test_without_a_source_the_best_output_is_looked_at(tmp_path):
    write_eve(here := Pretended(tmp_path))

    (one,) = found(here, dumped=dump())

    assert EVE in one.what
    assert found(here, dumped=dump(eve_log(filetype="redis"))) == []
    assert found(here) == []


def test_the_newest_of_several_is_looked_at(tmp_path):
    here = Pretended(tmp_path)
    write_eve(here, "/logs/eve.1.json", b"junk", written=NOW - 9)
    write_eve(here, "/logs/eve.2.json")

    (one,) = found(here, EveFile(path="/logs/eve.*.json"))

    assert one.what == "/logs/eve.2.json can be read, the newest of 2"


def test_a_file_that_is_not_there_is_missing(tmp_path):
    (what,) = missing(found(Pretended(tmp_path), EveFile()))

    assert "no such file" in what


@pytest.mark.parametrize("closed", ["/var/log/suricata", EVE])
def test_what_this_user_may_not_read_comes_with_its_rights(tmp_path, monkeypatch, closed):
    here = Pretended(tmp_path)
    if closed == EVE:
        write_eve(here)
    else:
        (tmp_path / closed.lstrip("/")).mkdir(parents=True)
    real = os.access
    shut = str(tmp_path / closed.lstrip("/"))
    monkeypatch.setattr(os, "access", lambda path, *how: str(path) != shut and real(path, *how))

    findings = found(here, EveFile())

    assert len(missing(findings)) == 1
    assert "setfacl" in pasted(findings)[0][1]
    assert "/var/log/suricata" in pasted(findings)[0][1]


def test_a_pipe_is_not_opened(tmp_path):
    here = Pretended(tmp_path)
    write_eve(here).unlink()
    os.mkfifo(tmp_path / EVE.lstrip("/"))

    (one,) = found(here, EveFile())

    assert "no file that can be followed" in one.what


@pytest.mark.parametrize("text", [b"", b"junk\n\xff\n", b'{"timestamp":1}', b'{"timestamp":"x"}'])
def test_a_file_without_records_is_told(tmp_path, text):
    write_eve(here := Pretended(tmp_path), text=text)

    assert [one.what for one in found(here, EveFile())] == [f"{EVE} ends in no EVE record"]


def test_only_the_end_of_a_large_file_is_read(tmp_path):
    write_eve(here := Pretended(tmp_path), text=b"x" * (2 * eve_written.BLOCK) + b"\n" + RECORD)

    assert {one.level for one in found(here, EveFile())} == {Level.OK}


@pytest.mark.parametrize(
    ("record", "written", "words"),
    [
        (b"2023-11-14T22:13:28", NOW - 7200, "was written 2 hours ago"),
        (b"2023-11-14T23:13:28", NOW, "is 60 minutes ahead"),
        (b"2023-11-12T22:13:28", NOW, "is 2 days behind"),
    ],
)
def test_a_clock_that_is_wrong_is_told(tmp_path, record, written, words):
    text = RECORD.replace(b"2023-11-14T22:13:28", record)
    write_eve(here := Pretended(tmp_path), text=text, written=written)

    (one,) = that_say(found(here, EveFile()), words)

    assert one.level is Level.ADVICE


def test_a_record_without_a_time_of_its_own_is_passed_over(tmp_path):
    text = RECORD + RECORD.replace(b"2023-11-14T22:13:28", b"1970-01-01T00:00:00")
    write_eve(here := Pretended(tmp_path), text=text)

    assert {one.level for one in found(here, EveFile())} == {Level.OK}


def test_no_file_is_missed_where_a_socket_is_read(tmp_path):
    assert found(Pretended(tmp_path), EveSocketSettings(), dumped=dump()) == []


def test_a_sink_beside_suricatas_file_is_in_order(tmp_path):
    write_eve(here := Pretended(tmp_path))
    sink = EveSettings(path="/var/log/suricata/netheed.json")

    assert that_say(found(here, EveFile(), sinks=(sink,), dumped=dump()), "no source reads")


def test_a_sink_among_the_archives_would_be_read_back(tmp_path):
    write_eve(here := Pretended(tmp_path))
    source = EveFile(archives=("/var/log/suricata/*.json*",))
    sink = EveSettings(path="/var/log/suricata/netheed.json")

    assert that_say(found(here, source, sinks=(sink,)), "its own alerts")


def test_a_sink_that_fits_a_source_is_in_order_because_that_leaves_it_out(tmp_path):
    write_eve(here := Pretended(tmp_path))
    source = EveFile(path="/var/log/suricata/eve*.json")
    sink = EveSettings(path="/var/log/suricata/eve-netheed.json")

    assert that_say(found(here, source, sinks=(sink,), dumped=dump()), "no source reads")


def test_a_sink_in_suricatas_own_file_is_missing_another_name(tmp_path):
    write_eve(here := Pretended(tmp_path))
    findings = found(here, EveFile(), sinks=(EveSettings(path=EVE),), dumped=dump())

    (what,) = missing(findings)
    assert "Suricata's own file" in what

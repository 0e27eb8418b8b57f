import re
from pathlib import Path

import pytest

from netheed import config
from netheed.doctor import report, suricata, zeek
from netheed.doctor.findings import IN_THE_END, Finding, Level
from tests.installed_zeek import (
    URL,
    Pretended,
    connecting,
    missing,
    pasted,
    reading,
    that_say,
)

MANUAL = (Path(__file__).parents[3] / "docs" / "zeek.md").read_text(encoding="utf-8")
LOG = "/opt/zeek/logs/current/conn.log"
LOCAL = "/opt/zeek/share/zeek/site/local.zeek"


def findings(here: Pretended, **case) -> list[Finding]:
    return list(zeek.findings(here.case(**case)))


def configuration(tmp_path: Path, found: list[Finding]) -> config.Settings:
    """What is printed for netheed.yaml, read as netheed reads it."""
    file = tmp_path / "netheed.yaml"
    file.write_text("\n".join(report.pastes({"zeek": found}, "netheed.yaml")["netheed.yaml"]))
    return config.read(file)


def test_without_a_zeek_a_sensor_elsewhere_may_be_read(tmp_path):
    found = findings(Pretended(tmp_path))

    assert missing(found) == []
    assert len(that_say(found, "no Zeek on this machine")) == 1
    (elsewhere,) = that_say(found, "a sensor elsewhere")
    assert re.findall(r"\((\w+)\)", str(elsewhere)) == ["eve_file", "eve_redis"]
    assert configuration(tmp_path, found).sources
    assert pasted(found) == [("a shell", "ssh -N -L 27759:127.0.0.1:27759 MANAGER")]


def test_without_a_zeek_a_configuration_that_reads_something_is_left_alone(tmp_path):
    found = findings(Pretended(tmp_path), settings=reading("/mnt/conn.log"))

    assert [one.level for one in found] == [Level.ADVICE]


def test_a_prefix_without_a_zeek_is_missing_it(tmp_path):
    assert missing(findings(Pretended(tmp_path), prefix="/srv/zeek")) == ["no Zeek in /srv/zeek"]


def test_7_0_is_followed_by_its_log(tmp_path):
    here = Pretended(tmp_path)
    here.install("7.0.11", package=False)
    here.log()
    found = findings(here)

    assert missing(found) == []
    assert len(that_say(found, "older than 7.1")) == 1
    assert [source.path for source in configuration(tmp_path, found).sources] == [LOG]


@pytest.mark.parametrize("version", ["7.2.0", "8.0.10"])
def test_a_zeek_alone_in_order_misses_nothing(tmp_path, version):
    here = Pretended(tmp_path)
    here.install(version)
    here.listen()
    here.log()
    here.write("/opt/zeek/lib/zeek/python/broker/__init__.py")

    found = findings(here, settings=connecting(URL))

    assert {one.level for one in found} == {Level.OK}


def test_8_1_alone_without_a_backend_misses_just_that(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.1.0")
    here.log()
    found = findings(here)

    (what,) = missing(found)

    assert "no cluster backend" in what
    assert pasted(found)[0][0] == "the command line of Zeek"


def test_a_cluster_is_told_with_its_nodes(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.1.0")
    here.nodes("logger", "manager", "worker", "worker")
    here.listen()
    found = findings(here)

    assert missing(found) == []
    assert len(that_say(found, "a cluster of 4 nodes")) == 1


def test_nodes_that_zeekctl_does_not_read_are_told(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.1.0")
    here.write("/opt/zeek/etc/node.cfg", "\x1b[2J")

    assert len(that_say(findings(here), "not what zeekctl reads")) == 1


def test_a_second_zeek_is_told(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    here.prefix = "/usr/local/zeek"
    here.install("7.0.0")

    (other,) = that_say(findings(here), "--prefix chooses")

    assert (other.level, "/usr/local/zeek" in other.what) == (Level.ADVICE, True)


def test_a_zeek_that_cannot_be_run_is_missing_its_version(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    here.says.clear()

    assert len(missing(findings(here))) == 1


def test_a_package_that_is_not_there_comes_with_its_commands(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.1.0", package=False, local="")
    here.nodes("standalone")
    here.listen()
    found = findings(here)

    assert len(missing(found)) == 2
    assert pasted(found)[:3] == [
        ("a shell", "zkg install ./netheed  # a checkout of netheed's repository"),
        (IN_THE_END, "zeekctl deploy"),
        (LOCAL, "@load packages"),
    ]


def test_a_package_that_is_not_loaded_misses_the_line_of_the_manual(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10", local="# @load packages\n")
    here.listen()
    found = findings(here)

    assert missing(found) == [f"{LOCAL} does not load netheed"]
    assert pasted(found) == [(LOCAL, "@load packages")]
    assert "`@load packages`" in MANUAL


@pytest.mark.parametrize("line", ["@load packages", "@load ./packages/netheed", "@load packages/"])
def test_a_package_of_zkg_is_loaded_by_any_of_its_names(tmp_path, line):
    here = Pretended(tmp_path)
    here.install("8.0.10", local=line)
    here.listen()

    assert missing(findings(here)) == []


@pytest.mark.parametrize(
    ("line", "paste"), [("@load netheed", []), ("@load packages", [(LOCAL, "@load netheed")])]
)
def test_a_package_that_was_copied_is_loaded_by_its_own_name(tmp_path, line, paste):
    here = Pretended(tmp_path)
    here.install("8.0.10", local=line, package=False)
    here.write(f"{here.site}/netheed/__load__.zeek")
    here.listen()

    assert pasted(findings(here)) == paste


@pytest.mark.parametrize(
    ("text", "pastes"), [("@load ./netheed\n", []), ("", [("a shell", "zkg load netheed")])]
)
def test_zkg_says_what_it_loads(tmp_path, text, pastes):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    here.write(f"{here.site}/packages/packages.zeek", text)
    here.listen()

    assert pasted(findings(here)) == pastes


def test_a_script_that_cannot_be_read_is_told(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    (tmp_path / LOCAL.lstrip("/")).unlink()

    assert len(that_say(findings(here), "cannot be read: it must load")) == 1


def test_whoever_reads_logs_only_misses_neither_package_nor_port(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10", package=False, local="")
    here.log()

    assert len(missing(findings(here))) == 3
    found = findings(here, settings=reading(LOG))
    assert (missing(found), pasted(found)) == ([], [])


def test_the_configuration_names_the_log_that_was_found(tmp_path):
    here = Pretended(tmp_path)
    here.install("7.0.11")
    here.write("/opt/zeek/etc/zeekctl.cfg", "LogDir = /data: [logs\n")
    here.write("/data: [logs/current/conn.log")

    settings = configuration(tmp_path, findings(here))

    assert [source.path for source in settings.sources] == ["/data: [logs/current/conn.log"]
    assert [sink.path for sink in settings.sinks] == ["/var/lib/netheed/notices.jsonl"]


def test_a_configuration_that_cannot_be_read_is_not_written_over(tmp_path):
    here = Pretended(tmp_path)
    without = findings(here, unread="Permission denied")
    here.install("8.0.10")

    assert [one for one in (*without, *findings(here, unread="denied")) if one.settings] == []


def test_a_netheed_that_knows_the_websocket_is_told_to_use_it(tmp_path, monkeypatch):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    monkeypatch.setitem(zeek.LIVE_SOURCES, "zeek_websocket", None)
    (last,) = that_say(findings(here), "names no source")

    assert last.settings["sources"] == [{"type": "zeek_websocket", "url": URL}]
    assert last.settings["sinks"][0] == {"type": "zeek_websocket", "url": URL}


def test_7_0_is_never_told_to_use_the_websocket(tmp_path, monkeypatch):
    here = Pretended(tmp_path)
    here.install("7.0.11")
    monkeypatch.setitem(zeek.LIVE_SOURCES, "zeek_websocket", None)
    (last,) = that_say(findings(here), "names no source")

    assert last.settings["sources"] == [{"type": "zeek_log", "path": LOG}]


def test_what_a_hostile_zeek_says_is_shown_harmlessly(tmp_path):
    here = Pretended(tmp_path, "/opt/zeek")
    here.install("8.0\x1b[2J\x9b5m\x07\n", local="redef Netheed::listen_addr = \x1b]0;x\x07;")
    here.write("/opt/zeek/etc/zeekctl.cfg", "LogDir = /\x1b[31m\nWebSocketHost = \x1b[5m\n")
    here.nodes("manager\x1b[2J")
    here.write("/\x1b[31m/current/conn.log", b"\x1b[2J\n")

    shown = report.text({"zeek": findings(here)}, "netheed.yaml")

    assert all(line.isprintable() for line in shown.splitlines())


def test_only_versions_and_folders_are_asked_of_programs(tmp_path):
    here = Pretended(tmp_path)
    here.install("8.0.10")
    here.write("/opt/zeek/bin/zeek-config", mode=0o755)
    findings(here)

    assert {command[1] for command in here.ran} == {"--version", "--site_dir", "--python_dir"}


def test_without_a_zeek_a_suricata_that_is_here_is_read_instead(tmp_path, monkeypatch):
    monkeypatch.setitem(suricata.LIVE_SOURCES, "eve_file", None)
    here = Pretended(tmp_path)
    here.write("/usr/bin/suricata", mode=0o755)

    (one,) = findings(here)

    assert (one.level, one.settings) == (Level.ADVICE, {})

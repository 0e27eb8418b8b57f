import pytest

from netheed.doctor import report, suricata
from netheed.doctor.findings import Finding, Level
from netheed.sinks import EveSettings
from netheed.sinks.suricata_dataset import SuricataDatasetSettings as SuricataDataset
from netheed.sources.eve_file import EveFileSettings as EveFile
from netheed.sources.eve_redis import EveRedisSettings as EveRedis
from netheed.sources.eve_socket import EveSocketSettings as EveSocket
from tests.installed_suricata import (
    EVE,
    PROGRAM,
    configured,
    eve_log,
    good,
    install,
    printed,
    write_eve,
)
from tests.installed_zeek import Pretended, missing, reading, that_say


def findings(here: Pretended, **case) -> list[Finding]:
    return list(suricata.findings(here.case(**case)))


@pytest.fixture
def here(tmp_path):
    """With a Suricata in order."""
    install(here := Pretended(tmp_path))
    write_eve(here)
    return here


@pytest.mark.parametrize("settings", [None, reading("/logs/conn.log")])
def test_without_a_suricata_it_is_one_quiet_line(tmp_path, settings):
    (one,) = findings(Pretended(tmp_path), settings=settings)

    assert (one.level, one.what.startswith("no suricata")) == (Level.ADVICE, True)


def test_a_suricata_elsewhere_must_still_reach_netheed(tmp_path):
    found = findings(Pretended(tmp_path), settings=configured(EveFile(), EveRedis(), EveSocket()))

    assert len(missing(found)) == 2


@pytest.mark.parametrize("version", ["7.0.10", "8.0.6"])
def test_a_suricata_in_order_misses_nothing(here, version):
    install(here, version=version)

    assert {one.level for one in findings(here, settings=configured(EveFile()))} == {Level.OK}


@pytest.mark.parametrize(
    ("version", "level"), [("6.0.20", Level.MISSING), ("9.0.0-dev", Level.ADVICE)]
)
def test_a_version_that_was_not_compared_is_told(here, version, level):
    install(here, version=version)

    (one,) = that_say(findings(here), version)

    assert one.level is level


def test_a_suricata_that_cannot_be_run_is_missing_its_version_and_its_settings(here):
    here.says.clear()

    assert len(missing(findings(here))) == 2


def test_a_second_suricata_is_told(here):
    here.write("/opt/suricata/bin/suricata", mode=0o755)

    assert len(that_say(findings(here), "/opt/suricata/bin/suricata too")) == 1


def test_a_configuration_elsewhere_is_asked_for_and_named(here):
    here.says[f"{PROGRAM} --dump-config -c /etc/s.yaml"] = good(eve_log(types=["alert"]))

    (one,) = that_say(findings(here, suricata_yaml="/etc/s.yaml"), "no flows")

    assert one.pastes[0].file == "/etc/s.yaml"


def test_a_configuration_that_cannot_be_read_is_named(here):
    (what,) = missing(findings(here, suricata_yaml="/etc/s.yaml"))

    assert "-c /etc/s.yaml fails" in what


def test_an_include_that_replaces_outputs_is_told(here):
    include = (
        "Info: conf-yaml-loader: Including configuration file netheed.yaml.\n"
        "Info: conf-yaml-loader: Configuration node 'outputs' redefined.\n"
    )
    install(here, include + good())

    (one,) = that_say(findings(here), "twice, and includes netheed.yaml")

    assert one.level is Level.ADVICE


def test_an_include_that_replaces_nothing_is_in_order(here):
    install(here, "Info: x: Including configuration file vars.yaml.\n" + good())

    assert that_say(findings(here), "vars.yaml is included")[0].level is Level.OK


def test_what_no_source_reads_is_not_missing(here):
    install(here, printed({}))

    assert missing(findings(here)) == ["no eve-log is enabled"]
    assert missing(findings(here, settings=reading("/logs/conn.log"))) == []
    assert missing(findings(here, settings=configured(EveSocket(), sinks=(SuricataDataset(),))))


def test_a_netheed_that_knows_eve_is_told_to_read_it(here, monkeypatch):
    monkeypatch.setitem(suricata.LIVE_SOURCES, "eve_file", None)

    (last,) = that_say(findings(here), "names no source")

    assert last.settings["sources"] == [{"type": "eve_file", "path": EVE}]


def test_beside_a_zeek_only_one_of_them_is_read(here, monkeypatch):
    monkeypatch.setitem(suricata.LIVE_SOURCES, "eve_file", None)
    here.install("8.0.10")

    found = findings(here)

    assert [one for one in found if one.settings] == []
    assert that_say(found, "read only one of them")


def test_a_netheed_that_does_not_know_eve_is_not_told_to_read_it(here, monkeypatch):
    monkeypatch.delitem(suricata.LIVE_SOURCES, "eve_file", raising=False)

    assert [one for one in findings(here) if one.settings] == []


def test_what_a_hostile_suricata_says_is_shown_harmlessly(here):
    evil = "\x1b[2J\x9b5m\x07"
    said = f"Info: x: Including configuration file {evil}.\n" + good(
        eve_log(filename=f"/{evil}", community_id="no", rotate_interval=evil),
        eve_log(filetype="redis", redis={"server": evil, "port": evil, "key": evil}),
        run_as={"user": evil},
        unix_command={"enabled": "yes", "filename": evil},
    )
    install(here, said, version=f"7.0{evil}")
    for source in (EveFile(path=f"/{evil}*"), EveSocket(), EveRedis(key=evil)):
        sinks = (SuricataDataset(), EveSettings(path=f"/{evil}"))
        found = findings(here, settings=configured(source, sinks=sinks))

        shown = report.text({"suricata": found}, "netheed.yaml")

        assert all(line.isprintable() for line in shown.splitlines())


def test_only_its_version_and_its_settings_are_asked_of_it(here):
    findings(here)

    assert {tuple(command[1:]) for command in here.ran} == {("-V",), ("--dump-config",)}

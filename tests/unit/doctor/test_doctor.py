"""`netheed doctor` as a user meets it."""

import json
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from netheed import cli, config, doctor, service
from netheed.doctor.findings import ok
from tests.installed_zeek import NOW, Pretended


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pretended:
    pretended = Pretended(tmp_path)
    made = partial(
        service.Machine,
        root=tmp_path,
        run=pretended._run,
        connects=lambda *at: at in pretended.open,
    )
    monkeypatch.setattr(service, "Machine", made)
    return pretended


def examined(here: Pretended, *arguments: str) -> Result:
    command = ["doctor", "--config", str(here.root / "netheed.yaml"), *arguments]
    return CliRunner().invoke(cli.main, command, obj=lambda: NOW)


def configure(here: Pretended, log: Path) -> None:
    settings = {
        "sources": [{"type": "zeek_log", "path": str(log)}],
        "sinks": [{"type": "jsonl", "path": str(here.root / "notices.jsonl")}],
        "daemon": {"state": str(here.root / "state")},
    }
    here.write("netheed.yaml", json.dumps(settings))


def test_nothing_missing_is_exit_code_0(here):
    # Configured paths are the real machine's, so the installation is one of its folders.
    here.install("7.0.11")
    log = here.log()
    configure(here, log)
    (here.root / log.relative_to("/").parent).mkdir(parents=True)
    (here.root / log.relative_to("/")).hardlink_to(log)

    result = examined(here)

    assert (result.exit_code, "MISSING" in result.output) == (0, False), result.output


def test_something_missing_is_exit_code_1(here):
    result = examined(here)

    assert (result.exit_code, "MISSING" in result.output) == (1, True)


def test_a_sink_that_cannot_be_written_is_missing(here):
    configure(here, here.log())
    settings = json.loads((here.root / "netheed.yaml").read_text())
    settings["sinks"][0]["path"] = str(here.root / "nowhere" / "notices.jsonl")
    here.write("netheed.yaml", json.dumps(settings))

    assert "MISSING  sinks[0].path" in examined(here).output


@pytest.mark.parametrize("text", ["a: \x1b[2J", "unknown: 1", "sources: [", "\x1b: 1"])
def test_a_configuration_that_is_none_is_a_finding(here, text):
    here.write("netheed.yaml", text)

    result = examined(here)

    assert (result.exit_code, "the configuration cannot be used" in result.output) == (1, True)
    assert "\x1b" not in result.output


def test_what_is_pasted_into_the_configuration_is_one(here, tmp_path):
    here.install("8.0.10")
    document = json.loads(examined(here, "--as", "json").output)
    (lines,) = (one["lines"] for one in document["paste"] if one["file"].endswith(".yaml"))
    here.write("netheed.yaml", "\n".join(lines))

    assert config.read(tmp_path / "netheed.yaml").sources


def test_a_relative_prefix_is_one_of_this_folder(here, monkeypatch):
    monkeypatch.chdir(here.root)

    assert f"no Zeek in {here.root}/zeek" in examined(here, "--prefix", "zeek").output


def test_another_sensor_is_a_line_of_the_table(here, monkeypatch):
    monkeypatch.setitem(doctor.DOCTORS, "suricata", lambda _: [ok("Suricata 8.0.6")])

    assert "suricata\n  ok       Suricata 8.0.6" in examined(here).output


def test_the_clock_is_the_machines():
    assert cli.main.context_settings["obj"]() > 1_700_000_000

import os
import socket

import pytest

from netheed.doctor import command_socket
from netheed.doctor.findings import Level
from netheed.sinks.suricata_dataset import SuricataDatasetSettings as SuricataDataset
from tests.installed_suricata import YAML, configured, dump
from tests.installed_zeek import Pretended, missing, pasted

PATH = "/var/run/suricata-command.socket"


def found(here, *sinks, **nodes):
    case = here.case(settings=configured(sinks=sinks))
    (one,) = command_socket.findings(case, dump(**nodes), YAML)
    return one


@pytest.fixture
def here(tmp_path):
    """With a socket at which Suricata answers."""
    (tmp_path / "var" / "run").mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / PATH.lstrip("/")))
        here = Pretended(tmp_path)
        here.answers[str(tmp_path / PATH.lstrip("/"))] = b'{"return":"OK"}'
        yield here


def test_a_suricata_that_answers_is_in_order(here):
    assert found(here, SuricataDataset()).what == f"Suricata answers at {PATH}"


@pytest.mark.parametrize("enabled", ["yes", "auto", "no"])
def test_without_a_sink_it_is_not_needed(here, enabled):
    one = found(here, unix_command={"enabled": enabled})

    assert (one.level, pasted([one])) == (Level.OK, [])


def test_a_sink_misses_a_socket_that_is_off(here):
    one = found(here, SuricataDataset(), unix_command={"enabled": "no"})

    assert one.level is Level.MISSING
    assert pasted([one])[-1] == (YAML, f"unix-command: {{enabled: yes, filename: {PATH}}}")


def test_a_sink_that_names_another_socket_is_given_its_name(here):
    one = found(here, SuricataDataset(socket="/run/other"))

    assert one.level is Level.MISSING
    assert f'    socket: "{PATH}"' in pasted([one])[0][1]


@pytest.mark.parametrize(
    ("filename", "path"),
    [({}, "/var/run/suricata/suricata-command.socket"), ({"filename": "a"}, "/var/run/suricata/a")],
)
def test_a_name_without_a_folder_is_below_suricatas(filename, path):
    assert command_socket.place(dump(unix_command={"enabled": "yes"} | filename)) == path


def test_a_socket_that_is_not_there_is_missing(tmp_path):
    assert missing([found(Pretended(tmp_path), SuricataDataset())]) == [
        f"{PATH} is not there: is Suricata running?"
    ]


def test_a_file_is_no_socket(tmp_path):
    here = Pretended(tmp_path)
    here.write(PATH)

    assert missing([found(here, SuricataDataset())]) == [f"{PATH} is no socket"]


@pytest.mark.parametrize(("group", "command"), [(0, "setfacl"), (12, "usermod")])
def test_a_socket_that_this_user_may_not_use_comes_with_the_right(
    here, monkeypatch, group, command
):
    monkeypatch.setattr(os, "access", lambda *_: False)
    if os.geteuid() == 0:
        os.chown(here.root / PATH.lstrip("/"), -1, group)

    one = found(here, SuricataDataset())

    assert one.level is Level.MISSING
    if os.geteuid() == 0:
        assert command in pasted([one])[-1][1]


@pytest.mark.parametrize("answer", [b"", b"[1]", b"\xff", b'{"return":"NOK"}'])
def test_something_else_is_told(here, answer):
    here.answers = dict.fromkeys(here.answers, answer)

    assert "does not speak as Suricata" in found(here, SuricataDataset()).what


def test_a_suricata_that_has_ended_is_missing(here):
    here.answers.clear()

    assert "nobody answers" in missing([found(here, SuricataDataset())])[0]

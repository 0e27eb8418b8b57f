"""The unit is one that systemd takes, and as closed as it can be beside a sensor."""

import re
from pathlib import Path

import pytest

from netheed.config import DaemonSettings
from tests.debian import PACKAGING, program, ran

UNIT = PACKAGING / "systemd" / "netheed.service"
EXPOSURE = 15
"""Tenths, of 100. What is left is the network, a group that reads logs, and /proc/cpuinfo."""


@pytest.fixture(scope="module")
def analyze() -> Path:
    return program("systemd", "systemd-analyze")


def settings(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(encoding="utf-8"), re.MULTILINE)


def test_systemd_knows_every_setting_of_the_unit(analyze: Path, tmp_path: Path) -> None:
    # Whether ExecStart= is there is asked too, and netheed is not installed where tests run.
    unit = UNIT.read_text(encoding="utf-8").replace("/usr/bin/netheed", "/bin/true")
    (copy := tmp_path / UNIT.name).write_text(unit, encoding="utf-8")

    done = ran(analyze, "verify", "--man=no", copy)

    assert (done.returncode, done.stdout) == (0, "")


def test_what_the_unit_leaves_open_stays_below_the_threshold(analyze: Path) -> None:
    done = ran(analyze, "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", UNIT)

    assert done.returncode == 0, done.stdout


def test_the_unit_says_what_netheed_tells_systemd() -> None:
    assert settings("Type") == ["notify"]
    assert settings("NotifyAccess") == ["main"]
    # A beat comes each second; the unit must not be stricter.
    assert all(int(seconds) >= 10 for seconds in settings("WatchdogSec"))


def test_a_configuration_that_cannot_be_used_is_not_tried_again() -> None:
    assert settings("Restart") == ["on-failure"]
    assert settings("RestartPreventExitStatus") == ["78"]


def test_the_default_state_is_the_directory_that_the_unit_makes() -> None:
    assert [f"/var/lib/{name}" for name in settings("StateDirectory")] == [DaemonSettings().state]

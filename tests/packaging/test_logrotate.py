"""The logrotate file is one, and rotates files that netheed writes to."""

import getpass
import grp
import os
from contextlib import closing
from pathlib import Path

import pytest

from netheed.sinks.line_file import LineFile
from tests.debian import PACKAGING, program, ran

RULES = (PACKAGING / "logrotate" / "netheed").read_text(encoding="utf-8")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """For a folder and a user that are here."""
    (tmp_path / "log").mkdir(mode=0o750)
    own = f"su {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name}"
    text = RULES.replace("su netheed netheed", own).replace("/var/log/netheed", f"{tmp_path}/log")
    (file := tmp_path / "rules").write_text(text, encoding="utf-8")
    file.chmod(0o644)
    return file


def test_logrotate_understands_every_line(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "log" / "eve-netheed.json").write_text("{}\n")

    done = ran(program("logrotate"), "--debug", "--state", tmp_path / "state", rules)

    assert done.returncode == 0, done.stdout
    assert "error" not in done.stdout


def test_what_comes_after_a_rotation_is_in_a_new_file(rules: Path, tmp_path: Path) -> None:
    path = tmp_path / "log" / "eve-netheed.json"
    with closing(LineFile(path=path)) as written:
        written.append(b"before\n")
        done = ran(program("logrotate"), "--force", "--state", tmp_path / "state", rules)
        written.append(b"after\n")

    assert done.returncode == 0, done.stdout
    assert path.read_bytes() == b"after\n"
    assert path.with_name("eve-netheed.json.1").read_bytes() == b"before\n"

"""An error that the user can act on is one line and an exit code; any other is a bug and shows."""

import pytest

from netheed.errors import BadRecordError, ConfigError, ModelError, NetheedError, StateError
from netheed.exits import CONFIGURATION_ERROR, told


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (ConfigError("no such key", where="a.yml: x"), 78, "netheed: a.yml: x: no such key\n"),
        (ModelError("of another format"), 78, "netheed: of another format\n"),
        (NetheedError("conn.log: gone"), 1, "netheed: conn.log: gone\n"),
        (StateError("damaged"), 1, "netheed: damaged\n"),
        (BadRecordError("no number", where="a:1"), 1, "netheed: a:1: no number\n"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_becomes_one_line_and_its_exit_code(
    error: NetheedError, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, told():
        raise error

    assert ended.value.code == code
    assert capsys.readouterr() == ("", line)


def test_a_wrong_configuration_has_the_code_that_sysexits_gives_it() -> None:
    assert CONFIGURATION_ERROR == 78


def test_what_a_terminal_would_obey_is_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), told():
        raise NetheedError("a\x1b[2Jb\nnetheed: all is well")

    told_line = capsys.readouterr().err
    assert "\x1b" not in told_line
    assert told_line.count("\n") == 1


def test_a_bug_is_not_dressed_up(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), told():
        raise ZeroDivisionError

    assert capsys.readouterr().err == ""


def test_without_an_error_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with told():
        pass

    assert capsys.readouterr() == ("", "")

"""The log of bad records stays short and harmless."""

import pytest

from netheed import logs
from netheed.errors import BadRecordError


def test_the_first_bad_records_of_a_file_are_told_and_the_rest_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()
    bad = logs.BadRecords()
    for number in range(10):
        bad(BadRecordError("no record", where=f"a.log:{number}"))
    bad(BadRecordError("no record", where="b.log:1"))
    bad.finish()

    told = capsys.readouterr().err.splitlines()
    assert len(told) == logs.SHOWN_A_FILE + 2
    assert "a.log:0" in told[0]
    assert "count=7" in told[-1]


def test_control_characters_of_a_record_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hidden = "\x1b[2J\n\r\x9b\u202e\u2028\ud800"
    logs.configure()
    logs.BadRecords()(BadRecordError(f"bad {hidden} value", where=f"a{hidden}.log:1"))

    [told] = capsys.readouterr().err.splitlines()
    assert told.isprintable()

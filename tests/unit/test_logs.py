"""The log of bad records stays short and harmless."""

import re

import pytest

from netheed import logs
from netheed.errors import BadRecordError


def test_the_first_bad_records_of_a_file_are_told_and_the_rest_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()
    bad = logs.FirstBadRecords()
    for number in range(10):
        bad(BadRecordError("no record", where=f"a.log:{number}"))
    bad(BadRecordError("no record", where="b.log:1"))
    bad.finish()

    told = capsys.readouterr().err.splitlines()
    assert len(told) == logs.SHOWN_A_FILE + 2
    assert "a.log:0" in told[0]
    assert "count=7" in told[-1]


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return re.findall(r"where='([^']*)'", capsys.readouterr().err)


def test_a_daemon_tells_of_bad_records_ever_more_rarely_and_does_not_stop(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()
    bad = logs.BadRecords()
    for number in range(1, 1001):
        bad(BadRecordError("no record", where=f"a.log:{number}"))

    assert told(capsys) == [f"a.log:{2**power}" for power in range(10)]


def test_a_daemon_forgets_the_file_that_has_had_no_bad_record_for_longest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()
    bad = logs.BadRecords()
    for hour in range(10 * logs.REMEMBERED):
        for number in range(3):
            bad(BadRecordError("no record", where=f"{hour}.log:{number}"))
            bad(BadRecordError("no record", where=f"conn.log:{number}"))

    assert len(bad.seen) == logs.REMEMBERED
    assert bad.seen["conn.log"] == 30 * logs.REMEMBERED
    assert len([where for where in told(capsys) if where.startswith("conn.log")]) == 13


def test_control_characters_of_a_record_do_not_reach_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hidden = "\x1b[2J\n\r\x9b\u202e\u2028\ud800"
    logs.configure()
    logs.BadRecords()(BadRecordError(f"bad {hidden} value", where=f"a{hidden}.log:1"))

    [told] = capsys.readouterr().err.splitlines()
    assert told.isprintable()

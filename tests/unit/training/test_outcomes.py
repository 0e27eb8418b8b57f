"""Measures of verdicts, on windows that are written by hand."""

import math

import pytest

from netheed.training.judged import Judged, Told, Window
from netheed.training.outcomes import (
    at_notices,
    at_windows,
    benign,
    finding,
    needed,
    others,
    recall,
    told_at,
)
from netheed.training.trials import trial
from tests.unit.training.made import BEGUN, C2, HOST, NEIGHBOUR, calls, recording, scan

CALLED = trial(recording("called", "iot23", calls(), "beacon"), "iot23")
SCANNED = trial(recording("scanned", "iot23", scan(), "scan"), "iot23")


def told(minute: int, host: str = HOST, peer: str | None = None, kind: str = "beacon") -> Told:
    start = BEGUN + 60 * minute
    return Told(host, peer, kind, start, start + 60, 1e-4, 5.0)


def window(minute: int, p_value: float, host: str = NEIGHBOUR, *, evidence: bool = True) -> Window:
    start = BEGUN + 60 * minute
    return Window(host, start, start + 60, 1.0, p_value, "scan", 1, evidence, None, "minute")


def judged(windows: list[Window], notices: list[Told] | None = None) -> Judged:
    return Judged(model="m", seconds=0.1, windows=windows, notices=notices or [], pairs=[])


def test_the_first_right_notice_says_when_the_guilty_was_found():
    [guilty] = CALLED.guilty

    found = finding(guilty, [told(9), told(4, kind="unknown"), told(2, host=NEIGHBOUR)])

    assert found.kind == "unknown"
    assert found.minutes == 5.0
    # Two calls a minute, each a second long.
    assert found.calls == 10
    assert found.notices == 2


def test_the_right_peer_is_told_by_any_right_notice():
    [guilty] = CALLED.guilty

    assert finding(guilty, [told(4), told(9, peer=C2)]).peer is True
    assert finding(guilty, [told(4, peer="198.51.100.1")]).peer is False
    assert finding(SCANNED.guilty[0], [told(60)]).peer is None


def test_without_a_right_notice_the_guilty_is_missed():
    found = finding(CALLED.guilty[0], [told(4, host=NEIGHBOUR)])

    assert found.minutes is None
    assert found.calls is None


def test_the_p_value_that_is_needed_is_the_lowest_with_evidence_while_it_lasts():
    [guilty] = CALLED.guilty
    windows = [window(4, 0.02, HOST), window(5, 0.01, HOST), window(100, 1e-4, HOST)]
    windows += [window(6, 1e-4, HOST, evidence=False), window(7, 1e-4, NEIGHBOUR)]

    assert needed(guilty, windows) == 0.01
    assert needed(guilty, windows[3:]) is None


def test_notices_elsewhere_and_after_the_attack_are_others():
    assert others(CALLED, [told(4), told(4, host=NEIGHBOUR), told(100)]) == 2


def test_host_days_are_active_hours_of_benign_hosts():
    hours = [window(minute, 0.5) for minute in (0, 1, 60, 119)]

    found = benign([(CALLED, judged([*hours, window(0, 1e-4, HOST)], [told(4, NEIGHBOUR)]))])

    assert len(found.p_values) == 4
    assert found.host_days == 3 / 24
    assert found.all_host_days == 4 / 24
    assert found.notices == 1


def test_notices_of_an_empty_memorys_first_ten_minutes_are_counted_apart():
    notices = [told(minute, NEIGHBOUR) for minute in (4, 9, 10, 40)]

    found = benign([(CALLED, judged([], notices))])

    assert (found.notices, found.early) == (4, 2)


def test_notices_at_another_p_value_have_their_peers():
    windows = [Window(HOST, BEGUN, BEGUN + 60, 1.0, 0.01, "beacon", 1, True, C2, "pair")]

    assert [(n.peer, n.scale) for n in told_at(judged(windows), 0.01)] == [(C2, "pair")]
    assert told_at(judged(windows), 0.009) == []


def test_shares_of_benign_windows_are_counted_up_to_the_p_value():
    found = benign([(CALLED, judged([window(at, p) for at, p in enumerate((0.01, 0.1, 0.5, 1))]))])

    assert found.share(0.1) == 0.5
    assert math.isnan(benign([]).share(0.1))


def test_the_p_value_of_a_price_is_just_below_the_notice_that_is_too_many():
    # One host, 24 active hours, so one notice is allowed; the second would come at 0.02.
    windows = [window(60 * hour, 0.9, evidence=False) for hour in range(24)]
    windows += [window(61, 0.01), window(301, 0.02), window(601, 0.03)]

    found = at_notices(benign([(CALLED, judged(windows))]))

    assert found == pytest.approx(0.02)
    assert found < 0.02


def test_where_all_may_be_told_any_p_value_will_do():
    assert at_notices(benign([(CALLED, judged([window(0, 0.01)]))]), per_host_day=100.0) == 1.0


def test_the_p_value_of_a_share_of_windows_leaves_the_next_one_out():
    windows = [window(at, (at + 1) / 1000) for at in range(1000)]

    found = at_windows(benign([(CALLED, judged(windows))]), 0.01)

    assert sum(each.p_value <= found for each in windows) == 10


def test_recall_counts_hosts_and_windows_of_each_kind():
    windows = [window(60, 0.001, HOST), window(4, 0.9, HOST), window(5, 0.002, HOST)]
    verdicts = [(SCANNED, judged(windows)), (CALLED, judged(windows))]

    found = recall(verdicts, 0.001)

    assert (found["scan"].noticed, found["scan"].windows, found["scan"].odd) == (1, 1, 1)
    # The notice of the scan comes when the calls have ended.
    assert (found["beacon"].noticed, found["beacon"].windows, found["beacon"].odd) == (0, 2, 0)
    assert recall(verdicts, 1e-4)["scan"].noticed == 0
    assert math.isnan(recall(verdicts, 1e-4)["scan"].minutes)
